"""To whom an interaction can be forwarded: agents with status and load, queues with who waits."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.agents.service import status_in_words
from app.agents.tables import Agent
from app.contacts.names import Person, person
from app.interactions.tables import QUEUED, Interaction
from app.languages import N_
from app.moments import WEEKDAYS, now
from app.routing.calendars import all_hours
from app.routing.hours import Hours
from app.routing.queries import loads
from app.routing.tables import Queue, QueueMember


@dataclass(frozen=True, slots=True)
class AgentChoice:
    """An agent to forward to; `reason` says why not now, and is empty for who can take it."""

    id: int
    person: Person
    status: str
    kind: str
    since: datetime | None
    load: int
    capacity: int
    reason: str

    @property
    def load_text(self) -> str:
        """How much they have in hand, or why they cannot take more."""
        return self.reason or N_(
            "{count} of {capacity} chats", count=self.load, capacity=self.capacity
        )


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue to forward to; `closed_text` when it is closed now."""

    id: int
    name: str
    waiting: int
    longest_since: datetime | None
    available: int
    closed_text: str


async def agent_choices(*, but: int, queue: Queue, present: Collection[int]) -> list[AgentChoice]:
    """Everybody else, those who can take it first."""
    agents = (
        await Agent.objects()
        .where(Agent.id != but, Agent.disabled_at.is_null())
        .order_by(Agent.name)
    )
    if not agents:
        return []
    load = await loads([agent.id for agent in agents])
    found = [_agent(agent, load[agent.id], queue, present=agent.id in present) for agent in agents]
    return sorted(found, key=lambda one: (bool(one.reason), one.load / one.capacity))


async def queue_choices(*, but: int, present: Collection[int]) -> list[QueueChoice]:
    """Every other queue."""
    hours = await all_hours()
    waiting: dict[int, list[datetime]] = {}
    for row in await Interaction.select(Interaction.queue, Interaction.queued_at).where(
        Interaction.state == QUEUED
    ):
        waiting.setdefault(row["queue"], []).append(row["queued_at"])
    available = Counter(
        row["queue"]
        for row in await QueueMember.select(QueueMember.queue, QueueMember.agent).where(
            QueueMember.agent.status_kind == "available", QueueMember.agent.disabled_at.is_null()
        )
        if row["agent"] in present
    )
    queues = (
        await Queue.objects()
        .where(Queue.id != but, Queue.archived_at.is_null())
        .order_by(Queue.name)
    )
    return [
        QueueChoice(
            id=queue.id,
            name=queue.name,
            waiting=len(waiting.get(queue.id, [])),
            longest_since=min(waiting.get(queue.id, []), default=None),
            available=available[queue.id],
            closed_text=closed_text(hours[queue.id], now()),
        )
        for queue in queues
    ]


def closed_text(hours: Hours, at: datetime) -> str:
    """Why a queue takes nobody now, such as "Closed, opens Monday 09:00"; empty when it is open."""
    if hours.is_open(at):
        return ""
    opens = hours.next_opening(at)
    if opens is None:
        return N_("Closed")
    local = opens.astimezone(hours.zone)
    same_day = local.date() == at.astimezone(hours.zone).date()
    if same_day:
        return N_("Closed, opens {time}", time=local.strftime("%H:%M"))
    day = WEEKDAYS[local.weekday()]
    return N_("Closed, opens {day} {time}", day=day, time=local.strftime("%H:%M"))


def _agent(agent: Agent, load: int, queue: Queue, *, present: bool) -> AgentChoice:
    capacity = agent.capacity or queue.capacity
    reasons = {
        N_("Offline"): agent.status_kind == "offline",
        N_("Away"): agent.status_kind == "away",
        N_("No open workspace"): not present,
        N_("At capacity"): load >= capacity,
    }
    return AgentChoice(
        id=agent.id,
        person=person(agent.name, agent.id),
        status=status_in_words(agent.status),
        kind=agent.status_kind,
        since=agent.status_since,
        load=load,
        capacity=capacity,
        reason=next((reason for reason, holds in reasons.items() if holds), ""),
    )
