"""What agents change about contacts: their details, and that two of them are one person."""

from app.agents.tables import Agent
from app.contacts.names import contact_number
from app.contacts.news import tell_of
from app.contacts.service import AgentsDetails
from app.contacts.tables import Contact, ContactMerge, Visitor
from app.database import unit_of_work
from app.interactions import log
from app.interactions.log import notice
from app.interactions.tables import OPEN, Interaction
from app.languages import N_
from app.moments import now
from app.problems import Refused

MERGED_ALREADY = N_("One of the two has just been merged. Look again before you go on.")


async def change_details(contact: Contact, details: AgentsDetails) -> None:
    """Set name, e-mail and phone, and tell everybody who has the contact in their list."""
    async with unit_of_work():
        await Contact.update(
            {
                Contact.name: details.name,
                Contact.email: details.email,
                Contact.phone: details.phone,
            }
        ).where(Contact.id == contact.id)
        await tell_of(contact.id)


async def merge(other: Contact, *, into: Contact, by: Agent) -> None:
    """Two contacts are one person: `into` stays, with the interactions and visitors of both.

    The other keeps its number as another name of the one that stays, and gives what that one
    lacks. It cannot be undone; the record says who did it and when.
    """
    async with unit_of_work():
        await _lock(other.id, into.id)
        now_open = await _open_of(other.id, into.id)
        await Contact.update({Contact.merged_into: into.id}).where(
            (Contact.id == other.id) | (Contact.merged_into == other.id)
        )
        for column in (Contact.name, Contact.email, Contact.phone):
            given = getattr(other, column._meta.name)  # noqa: SLF001 - Piccolo's name of a column
            if given:
                await Contact.update({column: given}).where(Contact.id == into.id, column == "")
        await Visitor.update({Visitor.contact: into.id}).where(Visitor.contact == other.id)
        await ContactMerge.insert(
            ContactMerge(kept=into.id, merged=other.id, agent=by.id, merged_at=now())
        )
        for interaction_id, contact_id in now_open:
            found = other.id if contact_id == into.id else into.id
            await _note(interaction_id, by=by, found=found)
        await Interaction.update({Interaction.contact: into.id}).where(
            Interaction.contact == other.id
        )
        await tell_of(into.id)


async def _lock(*contacts: int) -> None:
    """Lock both rows, in one order for everybody, if neither was merged before."""
    for contact_id in sorted(contacts):
        rows = (
            await Contact.update({Contact.merged_into: 0})
            .where(Contact.id == contact_id, Contact.merged_into == 0)
            .returning(Contact.id)
        )
        if not rows:
            raise Refused(MERGED_ALREADY)


async def _open_of(*contacts: int) -> list[tuple[int, int]]:
    rows = (
        await Interaction.select(Interaction.id, Interaction.contact)
        .where(Interaction.contact.is_in(list(contacts)), Interaction.state.is_in(list(OPEN)))
        .order_by(Interaction.id)
    )
    return [(row["id"], row["contact"]) for row in rows]


async def _note(interaction_id: int, *, by: Agent, found: int) -> None:
    try:
        await log.write(
            interaction_id,
            notice("merged", agent=by.id, body=contact_number(found)),
            states=OPEN,
            refusal="",
        )
    except Refused:
        return  # it has just ended, so nobody has to be told in it
