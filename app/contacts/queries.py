"""Reads of contacts, shaped for the panel beside a chat."""

import re
from dataclasses import dataclass

from app.contacts.names import FIRST_NUMBER, Person, contact_number
from app.contacts.people import contact_person
from app.contacts.tables import Contact

NUMBER = re.compile(r"\s*(?:C-?)?(\d{4,9})\s*", re.IGNORECASE)
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known about a contact, and where it can be changed."""

    id: int
    person: Person
    name: str
    email: str
    phone: str
    number: str
    url: str
    edit_url: str
    merge_url: str


def contact_facts(contact_id: int, name: str, email: str, phone: str) -> ContactFacts:
    """The facts of a contact."""
    url = f"/workspace/contacts/{contact_id}"
    return ContactFacts(
        id=contact_id,
        person=contact_person(contact_id, name, email, phone),
        name=name,
        email=email,
        phone=phone,
        number=contact_number(contact_id),
        url=url,
        edit_url=f"{url}/editing",
        merge_url=f"{url}/merging",
    )


def facts_of(contact: Contact) -> ContactFacts:
    """The facts of a contact's row."""
    return contact_facts(contact.id, contact.name, contact.email, contact.phone)


async def contact_with_id(contact_id: int) -> Contact | None:
    """The contact; whoever was merged is found as the one they turned out to be."""
    if not 0 < contact_id <= LARGEST_ID:
        return None
    found = await Contact.objects().get(Contact.id == contact_id)
    if found is not None and found.merged_into:
        return await Contact.objects().get(Contact.id == found.merged_into)
    return found


async def contact_with_number(text: str) -> Contact | None:
    """The contact whose number, such as C-1042, somebody wrote."""
    found = NUMBER.fullmatch(text)
    return await contact_with_id(int(found[1]) - FIRST_NUMBER) if found else None
