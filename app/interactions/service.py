"""The verbs of an interaction; each is one unit of work. Offers have theirs in routing/."""

from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column
from piccolo.query.functions import Coalesce

from app.agents.tables import Agent
from app.contacts.tables import Visitor
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged, InteractionClosed, InteractionQueued
from app.interactions.formatting import plain
from app.interactions.log import NewEntry, NonceUsed, notice
from app.interactions.tables import (
    ACTIVE,
    ARCHIVED,
    MISSED,
    OFFERED,
    OPEN,
    QUEUED,
    Entry,
    Interaction,
)
from app.moments import now
from app.problems import NotFound, Refused
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

PREVIEW = 160
CLOSED = "This chat has ended. Your text is kept; start a new chat to send it."
NOT_ACTIVE = "This interaction is not active any more, so nothing was sent. Your text is kept."
OTHER_BODY = "This message was already sent with other words. Nothing was changed."


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
class _Before:
    """What there was before a visitor's message: the same one, or an open interaction."""

    stored: Posted | None
    body: str
    open_id: int | None


class _Changed(Exception):
    """The visitor's interactions are not what they were a moment ago; nothing was written."""


async def post_from_visitor(visitor: Visitor, *, body: str, nonce: str) -> Posted:
    """Store a visitor's message, in their open interaction or in a new one, exactly once."""
    for _ in range(3):  # again when the open interaction ended, or another began, meanwhile
        before = await _before(visitor.id, nonce)
        if before.stored:
            return _same(before.stored, before.body, body)
        try:
            return await _post(visitor, before.open_id, body=body, nonce=nonce)
        except (NonceUsed, _Changed):
            continue
    raise Refused("Your chat is changing right now, so nothing was sent. Try again.")


async def _post(visitor: Visitor, open_id: int | None, *, body: str, nonce: str) -> Posted:
    async with unit_of_work():
        interaction_id = open_id or await _start(visitor)
        try:
            interaction = await log.write(
                interaction_id,
                NewEntry(log.MESSAGE, log.CONTACT, body=body, nonce=nonce),
                states=OPEN,
                refusal=CLOSED,
                changes=_words_of_contact(body),
            )
        except Refused as error:
            raise _Changed from error
        if open_id is None:
            tell(InteractionQueued(interaction.id))
    return Posted(interaction.id, interaction.last_seq)


async def post_from_agent(interaction_id: int, *, by: Agent, body: str, nonce: str) -> Posted:
    """Store an agent's message in an active interaction, exactly once."""
    try:
        async with unit_of_work():
            written = await log.write(
                interaction_id,
                NewEntry(log.MESSAGE, log.AGENT, agent=by.id, body=body, nonce=nonce),
                states=(ACTIVE,),
                refusal=NOT_ACTIVE,
                changes=_words_of_agent(body),
                conditions=(Interaction.agent == by.id,),
            )
        return Posted(written.id, written.last_seq)
    except (NonceUsed, Refused):
        stored = await Entry.objects().get(
            (Entry.interaction == interaction_id) & (Entry.nonce == nonce)
        )
        if stored is None:
            raise
        return _same(Posted(interaction_id, stored.seq), stored.body, body)


async def leave(visitor: Visitor) -> None:
    """The visitor ends the chat: missed if nobody had it yet, else the agent archives it."""
    async with unit_of_work():
        open_id = await _open_of(visitor)
        try:
            interaction = await log.write(
                open_id,
                notice("left"),
                states=(QUEUED, OFFERED),
                refusal=CLOSED,
                changes={Interaction.state: MISSED, Interaction.left_at: now()},
            )
        except Refused:
            interaction = await _leave_agent(open_id)
        if interaction.state == MISSED:
            tell(InteractionClosed(interaction.id))
        tell(InteractionChanged(interaction.id, visitor.id, interaction.agent or 0))


async def _leave_agent(interaction_id: int) -> Interaction:
    return await log.write(
        interaction_id,
        notice("left"),
        states=(ACTIVE,),
        refusal=CLOSED,
        changes={Interaction.left_at: now()},
        conditions=(Interaction.left_at.is_null(),),
    )


async def archive(interaction_id: int, *, by: Agent, code: WrapUpCode, note: str = "") -> None:
    """Complete an agent's interaction with a wrap-up code; archiving it again changes nothing."""
    try:
        async with unit_of_work():
            written = await log.write(
                interaction_id,
                notice("archived", agent=by.id, body=code.name),
                states=(ACTIVE,),
                refusal="Only an active interaction can be archived.",
                changes={
                    Interaction.state: ARCHIVED,
                    Interaction.archived_at: now(),
                    Interaction.wrap_up_code: code.id,
                    Interaction.wrap_up_note: note,
                    Interaction.awaiting_reply_since: None,
                    Interaction.unread: 0,
                },
                conditions=(Interaction.agent == by.id,),
            )
            tell(InteractionClosed(written.id))
            tell(InteractionChanged(written.id, written.visitor, written.agent or 0))
    except Refused:
        if not await Interaction.exists().where(
            Interaction.id == interaction_id, Interaction.state == ARCHIVED
        ):
            raise


async def tell_to_wait(interaction_id: int) -> None:
    """Tell a waiting visitor once that nobody is free."""
    async with unit_of_work():
        try:
            await log.write(
                interaction_id,
                notice("waiting"),
                states=(QUEUED,),
                refusal="",
                changes={Interaction.told_to_wait: True},
                conditions=(Interaction.told_to_wait.eq(False),),
            )
        except Refused:
            return  # told already, or no longer waiting: both are what was wanted


async def read_by_agent(interaction_id: int, *, seq: int) -> None:
    """Note how far the agent has read."""
    async with unit_of_work():
        rows = (
            await Interaction.update({Interaction.agent_read_seq: seq, Interaction.unread: 0})
            .where(
                Interaction.id == interaction_id,
                Interaction.agent_read_seq < seq,
                Interaction.last_seq <= seq,
            )
            .returning(Interaction.visitor, Interaction.agent)
        )
        for row in rows:
            tell(InteractionChanged(interaction_id, row["visitor"], row["agent"] or 0))


async def read_by_visitor(visitor: Visitor, interaction_id: int, *, seq: int) -> None:
    """Note how far the visitor has read."""
    await Interaction.update({Interaction.contact_read_seq: seq}).where(
        Interaction.id == interaction_id,
        Interaction.visitor == visitor.id,
        Interaction.contact_read_seq < seq,
        Interaction.last_seq >= seq,
    )


async def _start(visitor: Visitor) -> int:
    widget = await Widget.objects().get(Widget.id == visitor.widget)
    if widget is None:
        raise NotFound
    at = now()
    made = (
        await Interaction.insert(
            Interaction(
                widget=widget.id,
                contact=visitor.contact,
                visitor=visitor.id,
                queue=widget.queue,
                state=QUEUED,
                opened_at=at,
                queued_at=at,
                last_at=at,
            )
        )
        .on_conflict(action="DO NOTHING")
        .returning(Interaction.id)
    )
    if not made:
        raise _Changed
    started: int = made[0]["id"]
    return started


async def _before(visitor_id: int, nonce: str) -> _Before:
    rows = await Interaction.raw(BEFORE, nonce, visitor_id)
    stored = next((row for row in rows if row["seq"] is not None), None)
    return _Before(
        stored=Posted(stored["id"], stored["seq"]) if stored else None,
        body=stored["body"] if stored else "",
        open_id=next((row["id"] for row in rows if row["state"] in OPEN), None),
    )


def _same(stored: Posted, stored_body: str, body: str) -> Posted:
    if stored_body != body:
        raise Refused(OTHER_BODY)
    return stored


async def _open_of(visitor: Visitor) -> int:
    row = (
        await Interaction.select(Interaction.id)
        .where(Interaction.visitor == visitor.id, Interaction.state.is_in(list(OPEN)))
        .first()
    )
    if row is None:
        raise Refused(CLOSED)
    found: int = row["id"]
    return found


def _words_of_contact(body: str) -> dict[Column, Any]:
    return {
        Interaction.last_preview: plain(body)[:PREVIEW],
        Interaction.last_author: log.CONTACT,
        Interaction.last_at: now(),
        Interaction.awaiting_reply_since: Coalesce(Interaction.awaiting_reply_since, now()),
        Interaction.unread: Interaction.unread + 1,
        Interaction.left_at: None,
    }


def _words_of_agent(body: str) -> dict[Column, Any]:
    return {
        Interaction.last_preview: plain(body)[:PREVIEW],
        Interaction.last_author: log.AGENT,
        Interaction.last_at: now(),
        Interaction.awaiting_reply_since: None,
        Interaction.unread: 0,
    }
