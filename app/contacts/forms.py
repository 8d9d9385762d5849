"""What agents enter about contacts."""

from dataclasses import dataclass

from app.contacts.names import cleaned
from app.contacts.queries import contact_with_number
from app.contacts.service import AgentsDetails, email_error, is_ours, name_error, phone_error
from app.contacts.tables import Contact
from app.languages import N_
from app.problems import Invalid


@dataclass
class ContactForm:
    """A contact's details; each may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""

    async def checked(self, known: Contact) -> AgentsDetails:
        """The details, or Invalid with what was entered."""
        details = AgentsDetails(
            name=cleaned(self.name), email=self.email.strip(), phone=cleaned(self.phone)
        )
        errors = {
            "name": await _name_error(details.name, known),
            "email": email_error(details.email),
            "phone": phone_error(details.phone),
        }
        found = {field: text for field, text in errors.items() if text}
        if found:
            values = {"name": self.name, "email": self.email, "phone": self.phone}
            raise Invalid(found, values)
        return details


@dataclass
class MergeForm:
    """The number of the contact who is the same person, and the chat one comes from."""

    number: str = ""
    chat: int = 0

    async def checked(self, kept: Contact) -> Contact:
        """The other contact, or Invalid."""
        other = await contact_with_number(self.number[:40])
        error = ""
        if other is None:
            error = N_("There is no contact with this number. It looks like C-1042.")
        elif other.id == kept.id:
            error = N_("This is the same contact already.")
        if other is None or error:
            raise Invalid({"number": error}, {"number": self.number})
        return other


async def _name_error(name: str, known: Contact) -> str:
    if name == known.name:
        return ""
    if await is_ours(name):
        return N_("Somebody of the team has this name. Add something that tells the two apart.")
    return await name_error(name)
