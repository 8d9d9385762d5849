"""Messages and notes, stored exactly once however often they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.agents.tables import Agent
from app.attachments import service as attachments
from app.contacts.tables import Contact, Visitor
from app.database import Sql, fetch, tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionQueued
from app.interactions.log import NewEntry, NonceUsed
from app.interactions.projections import words_of_agent, words_of_contact
from app.interactions.tables import ACTIVE, OPEN, QUEUED, Entry, Interaction
from app.languages import N_
from app.moments import now
from app.problems import NotFound, Refused
from app.widget.tables import Widget

CLOSED = N_("This chat has ended. Your text is kept; start a new chat to send it.")
NOT_ACTIVE = N_("This interaction is not active any more, so nothing was sent. Your text is kept.")
OTHER_BODY = N_("This message was already sent with other words. Nothing was changed.")

# A visitor's interactions, each with the entry that has this nonce, if one has.
BEFORE = """
SELECT i.id, i.state, e.seq, e.body FROM interactions i
LEFT JOIN entries e ON e.interaction = i.id AND e.nonce = {}
WHERE i.visitor = {}
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    interaction: int
    seq: int


@dataclass(frozen=True, slots=True)
class Before:
    """What there was before a visitor's message: the same one, or an open interaction."""

    stored: Posted | None = None
    body: str = ""
    open_id: int | None = None


class _Changed(Exception):
    """The visitor's interactions are not what they were a moment ago; nothing was written."""


async def post_from_visitor(
    visitor: Visitor,
    *,
    body: str,
    nonce: str,
    uploads: Sequence[str] = (),
    offline: bool = False,
    before: Before | None = None,
) -> Posted:
    """Store a visitor's message, in their open interaction or in a new one, exactly once.

    `offline` says that it is left while nobody is there: a new interaction is marked as that.
    `before` is what there was a moment ago, for who has looked already.
    """
    for _ in range(3):  # again when the open interaction ended, or another began, meanwhile
        before = before or await look_before(visitor.id, nonce)
        if before.stored:
            return await _same(before.stored, before.body, body, uploads)
        try:
            if before.open_id and not uploads:
                return await _go_on(before.open_id, body=body, nonce=nonce)
            return await _post(
                visitor, before.open_id, body=body, nonce=nonce, uploads=uploads, offline=offline
            )
        except (NonceUsed, _Changed):
            before = None
    raise Refused(N_("Your chat is changing right now, so nothing was sent. Try again."))


async def _go_on(open_id: int, *, body: str, nonce: str) -> Posted:
    """The next words in an open interaction, which are all that is written."""
    new = NewEntry(log.MESSAGE, log.CONTACT, body=body, nonce=nonce)
    changes = words_of_contact(body)
    try:
        seq = await log.write_alone(open_id, new, states=OPEN, refusal=CLOSED, changes=changes)
    except Refused as error:
        raise _Changed from error
    return Posted(open_id, seq)


async def _post(
    visitor: Visitor,
    open_id: int | None,
    *,
    body: str,
    nonce: str,
    uploads: Sequence[str],
    offline: bool,
) -> Posted:
    uploader = attachments.by_visitor(visitor)
    async with unit_of_work():
        files = await attachments.names_of(uploads, uploader)
        interaction_id = open_id or await _start(visitor, offline=offline)
        told = [await _left(visitor)] if offline and open_id is None else []
        try:
            interaction = await log.write(
                interaction_id,
                NewEntry(log.MESSAGE, log.CONTACT, body=body, nonce=nonce),
                *told,
                states=OPEN,
                refusal=CLOSED,
                changes=words_of_contact(body, files),
            )
        except Refused as error:
            raise _Changed from error
        await attachments.attach(
            uploads,
            uploader,
            interaction_id=interaction.id,
            seq=interaction.last_seq - len(told),
        )
        if open_id is None:
            tell(InteractionQueued(interaction.id))
    return Posted(interaction.id, interaction.last_seq - len(told))


async def post_from_agent(
    interaction_id: int, *, by: Agent, body: str, nonce: str, uploads: Sequence[str] = ()
) -> Posted:
    """Store an agent's message in an active interaction, exactly once."""
    new = NewEntry(log.MESSAGE, log.AGENT, agent=by.id, body=body, nonce=nonce)
    theirs = (Sql("agent = {}", by.id),)
    try:
        if not uploads:
            seq = await log.write_alone(
                interaction_id,
                new,
                states=(ACTIVE,),
                refusal=NOT_ACTIVE,
                changes=words_of_agent(body),
                conditions=theirs,
            )
            return Posted(interaction_id, seq)
        uploader = attachments.by_agent(by, interaction_id)
        async with unit_of_work():
            files = await attachments.names_of(uploads, uploader)
            written = await log.write(
                interaction_id,
                new,
                states=(ACTIVE,),
                refusal=NOT_ACTIVE,
                changes=words_of_agent(body, files),
                conditions=theirs,
            )
            await attachments.attach(
                uploads, uploader, interaction_id=written.id, seq=written.last_seq
            )
        return Posted(written.id, written.last_seq)
    except (NonceUsed, Refused):
        stored = await _stored_before(interaction_id, nonce, body, uploads)
        if stored is None:
            raise
        return stored


async def add_note(interaction_id: int, *, by: Agent, body: str, nonce: str) -> Posted:
    """Write an internal note, which only agents see, into an interaction that is open."""
    try:
        async with unit_of_work():
            written = await log.write(
                interaction_id,
                NewEntry(log.NOTE, log.AGENT, agent=by.id, body=body, nonce=nonce),
                states=OPEN,
                refusal=NOT_ACTIVE,
            )
        return Posted(written.id, written.last_seq)
    except (NonceUsed, Refused):
        stored = await _stored_before(interaction_id, nonce, body)
        if stored is None:
            raise
        return stored


async def _left(visitor: Visitor) -> NewEntry:
    """The notice of a message left while nobody was there, with where an answer may go."""
    row = (
        await Contact.select(Contact.email).where(Contact.id == await _contact_of(visitor)).first()
    )
    return log.notice("offline", body=row["email"] if row else "")


async def _start(visitor: Visitor, *, offline: bool) -> int:
    widget = await Widget.objects().get(Widget.id == visitor.widget)
    if widget is None:
        raise NotFound
    at = now()
    made = (
        await Interaction.insert(
            Interaction(
                widget=widget.id,
                contact=await _contact_of(visitor),
                visitor=visitor.id,
                queue=widget.queue,
                state=QUEUED,
                opened_at=at,
                queued_at=at,
                last_at=at,
                offline=offline,
                told_to_wait=offline,
            )
        )
        .on_conflict(action="DO NOTHING")
        .returning(Interaction.id)
    )
    if not made:
        raise _Changed
    started: int = made[0]["id"]
    return started


async def _contact_of(visitor: Visitor) -> int:
    """Whose chat it is: read again, as the contact may have been merged since the request came."""
    row = await Visitor.select(Visitor.contact).where(Visitor.id == visitor.id).first()
    if row is None:
        raise NotFound
    found: int = row["contact"]
    return found


async def look_before(visitor_id: int, nonce: str) -> Before:
    """What there is before a message with this nonce."""
    rows = await fetch(BEFORE, nonce, visitor_id)
    stored = next((row for row in rows if row["seq"] is not None), None)
    return Before(
        stored=Posted(stored["id"], stored["seq"]) if stored else None,
        body=stored["body"] if stored else "",
        open_id=next((row["id"] for row in rows if row["state"] in OPEN), None),
    )


async def _stored_before(
    interaction_id: int, nonce: str, body: str, uploads: Sequence[str] = ()
) -> Posted | None:
    stored = await Entry.objects().get(
        (Entry.interaction == interaction_id) & (Entry.nonce == nonce)
    )
    if stored is None:
        return None
    return await _same(Posted(interaction_id, stored.seq), stored.body, body, uploads)


async def _same(stored: Posted, stored_body: str, body: str, uploads: Sequence[str]) -> Posted:
    sent = await attachments.sent_with(stored.interaction, stored.seq)
    if stored_body != body or sent != list(uploads):
        raise Refused(OTHER_BODY)
    return stored
