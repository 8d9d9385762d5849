"""How contacts and agents are shown."""

from app.contacts.names import Person, contact_number, person
from app.languages import N_


def contact_person(contact_id: int, name: str, email: str, phone: str) -> Person:
    """The contact by name, else e-mail, else phone, else number."""
    known = name or email or phone
    if known:
        return person(known, contact_id)
    return Person(
        N_("Contact {number}", number=contact_number(contact_id)), "", person("", contact_id).hue
    )
