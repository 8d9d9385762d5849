"""The verbs of an interaction but for messages; each is one unit of work.

Messages have theirs in messages.py; offers and forwarding in routing/.
"""

from datetime import datetime, timedelta
from typing import Any

from piccolo.columns import Column

from app.agents.tables import Agent
from app.contacts.tables import Visitor
from app.database import UNIQUE_VIOLATIONS, rows_where, tell, unit_of_work
from app.interactions import breaches, log
from app.interactions.events import InteractionChanged, InteractionClosed, InteractionRenamed
from app.interactions.log import notice
from app.interactions.projections import as_if_never_archived, missed, no_wait_after
from app.interactions.tables import (
    ACTIVE,
    ARCHIVED,
    MISSED,
    OFFERED,
    OPEN,
    QUEUED,
    Interaction,
)
from app.languages import N_
from app.moments import ago, now
from app.problems import Refused
from app.routing.tables import Queue
from app.wrapup.tables import WrapUpCode

CLOSED = N_("This chat has ended already.")
# The page offers to undo for 10 seconds; the rest is for the way of the click.
UNDO_WITHIN = 12
DAY = 24 * 3600
# Asked of what pages may still show: the log of each is found by its index, agents have none.
NAMING = f"""
SELECT i.id, i.visitor, i.agent FROM interactions i
WHERE (i.state IN ({", ".join(f"'{state}'" for state in OPEN)}) OR i.archived_at > {{}})
  AND (i.agent = {{}}
       OR EXISTS (SELECT 1 FROM entries e WHERE e.interaction = i.id AND e.agent = {{}}))
"""  # noqa: S608 - only names of states are put in


async def leave(visitor: Visitor) -> None:
    """The visitor ends the chat: missed if nobody had it yet, else the agent archives it."""
    async with unit_of_work():
        open_id = await _open_of(visitor)
        await breaches.tell_late(open_id)
        try:
            interaction = await log.write(
                open_id,
                notice("left"),
                states=(QUEUED, OFFERED),
                refusal=CLOSED,
                changes=missed(),
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
        changes={
            Interaction.left_at: now(),
            Interaction.wrap_up_until: await _wrap_up_until(interaction_id),
        },
        conditions=(Interaction.left_at.is_null(),),
    )


async def _wrap_up_until(interaction_id: int) -> datetime | None:
    """When the agent's after-work time ends, where the queue gives one and a code for its end."""
    row = (
        await Interaction.select(
            Interaction.queue.after_work_seconds, Interaction.queue.after_work_code
        )
        .where(Interaction.id == interaction_id)
        .first()
    )
    if not row or not row["queue.after_work_seconds"] or not row["queue.after_work_code"]:
        return None
    return now() + timedelta(seconds=row["queue.after_work_seconds"])


async def archive_by_default() -> None:
    """Archive what agents had time to wrap up and did not, with the default code of its queue."""
    due = await rows_where(Interaction, "state = {} AND wrap_up_until <= {}", ACTIVE, now())
    for interaction in due:
        code = await _default_code(interaction.queue)
        try:
            async with unit_of_work():
                await breaches.tell_late(interaction.id)
                written = await log.write(
                    interaction.id,
                    notice("wrapped_up", agent=interaction.agent, body=code.name),
                    states=(ACTIVE,),
                    refusal=N_("It is wrapped up already."),
                    changes=_archived(code, note=""),
                    conditions=(Interaction.wrap_up_until <= now(),),
                )
                tell(InteractionClosed(written.id))
                tell(InteractionChanged(written.id, written.visitor, written.agent or 0))
        except Refused:
            continue  # the agent was quicker


async def _default_code(queue_id: int) -> WrapUpCode:
    queue = await Queue.objects(Queue.after_work_code).get(Queue.id == queue_id)
    assert queue is not None  # noqa: S101 - a queue's row stays
    code: WrapUpCode = queue.after_work_code
    return code


def _archived(code: WrapUpCode, *, note: str) -> dict[Column, Any]:
    at = now()
    return {
        Interaction.state: ARCHIVED,
        Interaction.archived_at: at,
        Interaction.wrap_up_code: code.id,
        Interaction.wrap_up_note: note,
        Interaction.wrap_up_until: None,
        Interaction.unread: 0,
        **no_wait_after(at),
    }


async def archive(interaction_id: int, *, by: Agent, code: WrapUpCode, note: str = "") -> None:
    """Complete an agent's interaction with a wrap-up code; archiving it again changes nothing."""
    try:
        async with unit_of_work():
            await breaches.tell_late(interaction_id)
            written = await log.write(
                interaction_id,
                notice("archived", agent=by.id, body=code.name),
                states=(ACTIVE,),
                refusal=N_("Only an active interaction can be archived."),
                changes=_archived(code, note=note),
                conditions=(Interaction.agent == by.id,),
            )
            tell(InteractionClosed(written.id))
            tell(InteractionChanged(written.id, written.visitor, written.agent or 0))
    except Refused:
        if not await Interaction.exists().where(
            Interaction.id == interaction_id, Interaction.state == ARCHIVED
        ):
            raise


async def give_up(interaction_id: int) -> None:
    """Nobody could answer in time: missed, and said to the visitor."""
    async with unit_of_work():
        await breaches.tell_late(interaction_id)
        interaction = await log.write(
            interaction_id,
            notice("missed"),
            states=(QUEUED,),
            refusal=N_("Only a waiting interaction can be missed."),
            changes=missed(),
            conditions=(Interaction.offline.eq(False),),
        )
        tell(InteractionClosed(interaction.id))
        tell(InteractionChanged(interaction.id, interaction.visitor, 0))


async def reopen(interaction_id: int, *, by: Agent) -> None:
    """Take an archived interaction back into hand; refused once the visitor has begun another.

    Within seconds of archiving it that is to undo it: the clocks go on as if it had never been.
    Later the first response is asked for anew.
    """
    try:
        async with unit_of_work():
            try:
                written = await _undo(interaction_id, by=by)
            except Refused:
                written = await _take_up_again(interaction_id, by=by)
            tell(InteractionChanged(written.id, written.visitor, by.id))
    except UNIQUE_VIOLATIONS as error:
        raise Refused(
            N_("The visitor has begun another chat, so this one stays archived.")
        ) from error


async def _undo(interaction_id: int, *, by: Agent) -> Interaction:
    return await log.write(
        interaction_id,
        notice("archive_undone", agent=by.id),
        states=(ARCHIVED,),
        refusal=N_("It is too late to undo this."),
        changes=as_if_never_archived(
            interaction_id, wrap_up_until=await _wrap_up_until(interaction_id)
        ),
        conditions=(Interaction.archived_at > ago(UNDO_WITHIN), Interaction.agent == by.id),
    )


async def _take_up_again(interaction_id: int, *, by: Agent) -> Interaction:
    return await log.write(
        interaction_id,
        notice("reopened", agent=by.id),
        states=(ARCHIVED,),
        refusal=N_("Only an archived interaction can be reopened."),
        changes={
            Interaction.state: ACTIVE,
            Interaction.agent: by.id,
            Interaction.archived_at: None,
            Interaction.wrap_up_code: None,
            Interaction.left_at: None,
            Interaction.reopened_at: now(),
            Interaction.first_response_at: None,
        },
        conditions=(Interaction.forgotten_at.is_null(),),
    )


async def tell_once(interaction_id: int, code: str, *, body: str = "") -> None:
    """Tell a waiting visitor once how it is: nobody is free, or the queue is closed."""
    async with unit_of_work():
        try:
            await log.write(
                interaction_id,
                notice(code, body=body),
                states=(QUEUED,),
                refusal="",
                changes={Interaction.told_to_wait: True},
                conditions=(Interaction.told_to_wait.eq(False),),
            )
        except Refused:
            return  # told already, or no longer waiting: both are what was wanted


async def agent_looks_new(agent_id: int) -> None:
    """Tell the pages of chats whose log names an agent, who has another name or picture now."""
    rows = await Interaction.raw(NAMING, ago(DAY), agent_id, agent_id)
    for row in rows:
        tell(InteractionChanged(row["id"], row["visitor"], row["agent"] or 0))
        tell(InteractionRenamed(row["id"]))


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
