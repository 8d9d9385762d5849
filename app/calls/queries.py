"""Reads of calls, shaped for the two sides."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.calls.tables import Call
from app.contacts.names import Person, person
from app.contacts.tables import Visitor
from app.interactions.log import AGENT, CONTACT
from app.interactions.queries import overview
from app.routing.tables import QueueMember

# A call that nobody answers is missed after so many seconds.
RINGS_FOR = 30
CALLS, RINGS, TALKS = "calls", "rings", "talks"


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as one side sees it: `calls` the other, `rings` here, or `talks`.

    `base` is where it is asked for; `other` who is at the other end; `offers` says whether this
    side's page makes the connection's offers; `page` is the one that takes part.
    """

    id: int
    state: str
    interaction: int
    base: str
    other: Person
    offers: bool
    page: str
    round: int
    rang_at: datetime
    rings_until: datetime
    answered_at: datetime | None
    held: bool
    held_by_other: bool


async def call_of_agent(agent_id: int) -> CallView | None:
    """The open call of an agent."""
    call = await Call.objects().get((Call.agent == agent_id) & Call.ended_at.is_null())
    found = await overview(call.interaction) if call else None
    if call is None or found is None:
        return None
    return _view(call, AGENT, f"/workspace/calls/{call.id}", found.person)


async def call_of_visitor(visitor_id: int) -> CallView | None:
    """The open call of a visitor."""
    call = await Call.objects().get((Call.visitor == visitor_id) & Call.ended_at.is_null())
    found = await overview(call.interaction) if call else None
    if call is None or found is None:
        return None
    [row] = await Visitor.select(Visitor.widget.key).where(Visitor.id == visitor_id)
    other = person(found.agent_name or "", call.agent, found.agent_picture)
    return _view(call, CONTACT, f"/widget/{row['widget.key']}/calls/{call.id}", other)


def _view(call: Call, side: str, base: str, other: Person) -> CallView:
    began = call.began_by == side
    holds = (call.agent_holds, call.contact_holds)
    mine, theirs = holds if side == AGENT else reversed(holds)
    page: str = call.agent_page if side == AGENT else call.contact_page
    return CallView(
        id=call.id,
        state=TALKS if call.answered_at else CALLS if began else RINGS,
        interaction=call.interaction,
        base=base,
        other=other,
        offers=began,
        page=page,
        round=call.round,
        rang_at=call.rang_at,
        rings_until=call.rang_at + timedelta(seconds=RINGS_FOR),
        answered_at=call.answered_at,
        held=mine,
        held_by_other=theirs,
    )


async def open_call_in(interaction_id: int) -> Call | None:
    """The call of an interaction that rings or goes on."""
    return await Call.objects().get((Call.interaction == interaction_id) & Call.ended_at.is_null())


async def in_a_call(agents: list[int]) -> set[int]:
    """Those of the agents who are called, call or talk right now."""
    rows = await Call.select(Call.agent).where(Call.agent.is_in(agents), Call.ended_at.is_null())
    return {row["agent"] for row in rows}


async def may_invite(visitor_id: int) -> bool:
    """Whether the widget over which a visitor writes has calls."""
    rows = await Visitor.select(Visitor.widget.calls).where(Visitor.id == visitor_id)
    return any(row["widget.calls"] for row in rows)


async def is_offered_chats_in_calls(agent_id: int) -> bool:
    """Whether a queue of the agent's goes on offering chats while they are in a call."""
    rows = await QueueMember.select(QueueMember.queue.offers_in_calls).where(
        QueueMember.agent == agent_id
    )
    return any(row["queue.offers_in_calls"] for row in rows)
