"""Erasing one contact: everything they sent, in every chat of theirs, and who they were."""

from contextlib import suppress

from app.administration.audit import record
from app.agents.tables import Agent
from app.contacts.events import VisitorReplaced
from app.contacts.names import contact_number
from app.contacts.tables import Contact, Visitor
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged, InteractionClosed
from app.interactions.projections import no_wait_after
from app.interactions.tables import ARCHIVED, OPEN, Interaction
from app.languages import N_
from app.moments import now
from app.problems import Refused
from app.retention.removal import delete_chat, remove_contact, remove_visitor
from app.routing.offers import withdraw_all
from app.tokens import new_token, token_hash

ERASED, KIND = N_("erased"), N_("contact")
ENDED = N_("It has ended.")
AGAIN = N_("It is open again.")
# A message that was on its way when the tokens died may open a chat once more.
TRIES = 5


async def erase(contact: Contact, *, by: Agent) -> list[str]:
    """Erase a contact with all chats; gives the files to remove.

    Their tokens die first, so that nobody writes meanwhile; then what is open ends, for
    everybody who sees it; then all of it goes at once. The record names a number, no person.
    """
    await _end_visits(contact)
    for _ in range(TRIES):
        await _end_open(contact)
        try:
            return await _remove(contact, by=by)
        except Refused:
            continue
    raise Refused(AGAIN)


async def _remove(contact: Contact, *, by: Agent) -> list[str]:
    files: list[str] = []
    async with unit_of_work():
        for chat in await Interaction.objects().where(Interaction.contact == contact.id):
            files += await delete_chat(chat)
            tell(InteractionChanged(chat.id, chat.visitor, chat.agent or 0))
        for visitor_id in await _visitors(contact):
            files += await remove_visitor(visitor_id)
        await remove_contact(contact.id)
        await record(by, ERASED, (KIND, contact.id, contact_number(contact.id)))
    return files


async def _visitors(contact: Contact) -> list[int]:
    rows = await Visitor.select(Visitor.id).where(Visitor.contact == contact.id)
    return [row["id"] for row in rows]


async def _end_visits(contact: Contact) -> None:
    async with unit_of_work():
        for visitor_id in await _visitors(contact):
            await Visitor.update(
                {Visitor.token_hash: token_hash(new_token()), Visitor.came_back: True}
            ).where(Visitor.id == visitor_id)
            tell(VisitorReplaced(visitor_id))


async def _end_open(contact: Contact) -> None:
    for chat in await Interaction.objects().where(
        Interaction.contact == contact.id, Interaction.state.is_in(list(OPEN))
    ):
        with suppress(Refused):  # it has ended meanwhile
            await _end(chat)


async def _end(chat: Interaction) -> None:
    at = now()
    async with unit_of_work():
        ended = await log.write(
            chat.id,
            states=OPEN,
            refusal=ENDED,
            changes={
                Interaction.state: ARCHIVED,
                Interaction.archived_at: at,
                Interaction.wrap_up_until: None,
                Interaction.unread: 0,
                **no_wait_after(at),
            },
        )
        await withdraw_all(ended.id)
        tell(InteractionClosed(ended.id))
        tell(InteractionChanged(ended.id, ended.visitor, ended.agent or 0))
