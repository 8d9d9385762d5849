"""The verbs of an interaction; each is one unit of work. Offers have theirs in routing/."""

from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import Where
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


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands; `started` when it opened the interaction."""

    interaction: int
    seq: int
    started: bool = False


async def post_from_visitor(visitor: Visitor, *, body: str, nonce: str) -> Posted:
    """Store a visitor's message, in their open interaction or in a new one, exactly once."""
    stored = await _stored(Interaction.visitor == visitor.id, nonce, body)
    if stored:
        return stored
    try:
        async with unit_of_work():
            started = await _start_if_none(visitor)
            open_id = started or await _open_of(visitor)
            interaction = await log.write(
                open_id,
                NewEntry(log.MESSAGE, log.CONTACT, body=body, nonce=nonce),
                states=OPEN,
                refusal=CLOSED,
                changes=_words_of_contact(body),
            )
            if started:
                tell(InteractionQueued(interaction.id))
        return Posted(interaction.id, interaction.last_seq, started=bool(started))
    except NonceUsed:
        return await _stored_for_certain(Interaction.visitor == visitor.id, nonce, body)


async def post_from_agent(interaction: Interaction, *, by: Agent, body: str, nonce: str) -> Posted:
    """Store an agent's message in an active interaction, exactly once."""
    ours = Interaction.id == interaction.id
    try:
        async with unit_of_work():
            written = await log.write(
                interaction.id,
                NewEntry(log.MESSAGE, log.AGENT, agent=by.id, body=body, nonce=nonce),
                states=(ACTIVE,),
                refusal=NOT_ACTIVE,
                changes=_words_of_agent(body),
                conditions=(Interaction.agent == by.id,),
            )
        return Posted(written.id, written.last_seq)
    except NonceUsed:
        return await _stored_for_certain(ours, nonce, body)
    except Refused:
        stored = await _stored(ours, nonce, body)
        if stored:
            return stored
        raise


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


async def archive(interaction: Interaction, *, by: Agent, code: WrapUpCode, note: str = "") -> None:
    """Complete an interaction with a wrap-up code; archiving it again changes nothing."""
    try:
        async with unit_of_work():
            written = await log.write(
                interaction.id,
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
                conditions=(Interaction.agent == interaction.agent,),
            )
            tell(InteractionClosed(written.id))
            tell(InteractionChanged(written.id, written.visitor, written.agent or 0))
    except Refused:
        if not await Interaction.exists().where(
            Interaction.id == interaction.id, Interaction.state == ARCHIVED
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


async def read_by_agent(interaction: Interaction, *, seq: int) -> None:
    """Note how far the agent has read."""
    async with unit_of_work():
        rows = (
            await Interaction.update({Interaction.agent_read_seq: seq, Interaction.unread: 0})
            .where(
                Interaction.id == interaction.id,
                Interaction.agent_read_seq < seq,
                Interaction.last_seq <= seq,
            )
            .returning(Interaction.visitor, Interaction.agent)
        )
        for row in rows:
            tell(InteractionChanged(interaction.id, row["visitor"], row["agent"] or 0))


async def read_by_visitor(visitor: Visitor, *, interaction: Interaction, seq: int) -> None:
    """Note how far the visitor has read."""
    await Interaction.update({Interaction.contact_read_seq: seq}).where(
        Interaction.id == interaction.id,
        Interaction.visitor == visitor.id,
        Interaction.contact_read_seq < seq,
        Interaction.last_seq >= seq,
    )


async def _start_if_none(visitor: Visitor) -> int | None:
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
    return made[0]["id"] if made else None


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


async def _stored(whose: Where, nonce: str, body: str) -> Posted | None:
    row = (
        await Entry.select(Entry.interaction, Entry.seq, Entry.body)
        .where(
            Entry.nonce == nonce,
            Entry.interaction.is_in(Interaction.select(Interaction.id).where(whose)),
        )
        .first()
    )
    if row is None:
        return None
    if row["body"] != body:
        raise Refused(OTHER_BODY)
    return Posted(row["interaction"], row["seq"])


async def _stored_for_certain(whose: Where, nonce: str, body: str) -> Posted:
    stored = await _stored(whose, nonce, body)
    if stored is None:
        raise RuntimeError("A used nonce has its entry.")
    return stored


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
