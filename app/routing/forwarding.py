"""Forwarding: an interaction goes to another agent by name, or to a queue."""

from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import Where

from app.agents.tables import Agent
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged, InteractionQueued
from app.interactions.log import NewEntry, notice
from app.interactions.tables import ACTIVE, QUEUED, Interaction
from app.languages import N_
from app.moments import now
from app.problems import Refused
from app.routing import offers
from app.routing.tables import Queue

FIRST_IN_LINE = 100


async def to_agent(
    interaction_id: int, *, by: Agent, to: Agent, queue: Queue, note: str = ""
) -> None:
    """Offer it to another agent; declined or unanswered it comes back to `by`."""
    if to.id == by.id:
        raise Refused(N_("It is with you already."))
    entries = [*_note(by, note), notice("forwarded", agent=by.id, body=to.name)]
    await offers.forward(interaction_id, by=by, to=to, queue=queue, entries=entries)


async def to_queue(interaction_id: int, *, by: Agent, queue: Queue, note: str = "") -> None:
    """Put it into a queue, where it waits from now on."""
    async with unit_of_work():
        written = await log.write(
            interaction_id,
            *_note(by, note),
            notice("forwarded", agent=by.id, body=queue.name),
            states=(ACTIVE,),
            refusal=N_("Only an active interaction can be forwarded."),
            changes=_waiting_in(queue),
            conditions=(Interaction.agent == by.id,),
        )
        tell(InteractionQueued(written.id))
        tell(InteractionChanged(written.id, written.visitor, by.id))


async def give_back(interaction_id: int, *, agent: Agent) -> None:
    """An agent has vanished: whom they keep waiting is first in line again."""
    await _again_first_in_line(
        interaction_id, agent, "agent_gone", Interaction.awaiting_reply_since.is_not_null()
    )


async def release(interaction_id: int, *, agent: Agent) -> None:
    """An agent's account was closed: what they had is first in line again."""
    await _again_first_in_line(interaction_id, agent, "agent_left")


async def overflow(interaction_id: int, queue: Queue) -> None:
    """It waited too long where it was: let others take it."""
    async with unit_of_work():
        written = await log.write(
            interaction_id,
            notice("overflow", body=queue.name),
            states=(QUEUED,),
            refusal=N_("It does not wait any more."),
            changes=_waiting_in(queue),
        )
        tell(InteractionQueued(written.id))
        tell(InteractionChanged(written.id, written.visitor, 0))


def _note(by: Agent, note: str) -> list[NewEntry]:
    return [NewEntry(log.NOTE, log.AGENT, agent=by.id, body=note)] if note else []


async def _again_first_in_line(
    interaction_id: int, agent: Agent, why: str, *conditions: Where
) -> None:
    async with unit_of_work():
        written = await log.write(
            interaction_id,
            notice(why, agent=agent.id),
            states=(ACTIVE,),
            refusal=N_("It is in other hands already."),
            changes={
                Interaction.state: QUEUED,
                Interaction.agent: None,
                Interaction.queued_at: now(),
                Interaction.told_to_wait: False,
                Interaction.wrap_up_until: None,
                Interaction.priority: FIRST_IN_LINE,
            },
            conditions=(Interaction.agent == agent.id, *conditions),
        )
        tell(InteractionQueued(written.id))
        tell(InteractionChanged(written.id, written.visitor, agent.id))


def _waiting_in(queue: Queue) -> dict[Column, Any]:
    return {
        Interaction.state: QUEUED,
        Interaction.queue: queue.id,
        Interaction.agent: None,
        Interaction.queued_at: now(),
        Interaction.told_to_wait: False,
    }
