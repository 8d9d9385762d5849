"""Agents as the settings list them."""

from dataclasses import dataclass
from typing import Any

from app.administration.audit import Snapshot
from app.agents.service import status_in_words
from app.agents.tables import Agent
from app.canary.mark import MARKED
from app.contacts.names import Person, person
from app.languages import N_
from app.routing.tables import Queue, QueueMember

ROLES = {"agent": N_("Agent"), "supervisor": N_("Supervisor"), "admin": N_("Admin")}


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent in the list."""

    id: int
    person: Person
    email: str
    role: str
    queues: str
    capacity: int
    status: str
    status_kind: str
    disabled: bool
    invited: bool


async def agent_lines() -> list[AgentLine]:
    """Everybody, by name; who is disabled last."""
    members: dict[int, list[str]] = {}
    for row in await QueueMember.select(QueueMember.agent, QueueMember.queue.name).order_by(
        QueueMember.queue.name
    ):
        members.setdefault(row["agent"], []).append(row["queue.name"])
    lines = [
        AgentLine(
            id=agent.id,
            person=person(agent.name, agent.id, agent.picture),
            email=agent.email,
            role=ROLES[agent.role],
            queues=", ".join(members.get(agent.id, [])),
            capacity=agent.capacity,
            status=status_in_words(agent.status),
            status_kind=agent.status_kind,
            disabled=agent.disabled_at is not None,
            invited=not agent.password_hash,
        )
        for agent in await Agent.objects().where(Agent.email.not_like(MARKED)).order_by(Agent.name)
    ]
    return sorted(lines, key=lambda line: (line.disabled, line.person.name.casefold()))


async def queue_choices(chosen: set[int] | None = None) -> dict[int, str]:
    """The queues that agents may be members of: those in use, and archived ones they are in."""
    return {
        queue.id: queue.name
        for queue in await Queue.objects().order_by(Queue.name)
        if queue.archived_at is None or queue.id in (chosen or set())
    }


async def queues_of(agent_id: int) -> set[int]:
    """The ids of the queues that an agent is a member of."""
    rows = await QueueMember.select(QueueMember.queue).where(QueueMember.agent == agent_id)
    return {row["queue"] for row in rows}


async def values_of(agent: Agent) -> dict[str, Any]:
    """What the form shows of an agent."""
    return {
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "capacity": str(agent.capacity or ""),
        "queue": [str(queue) for queue in await queues_of(agent.id)],
    }


async def snapshot(agent: Agent) -> Snapshot:
    """An agent in words, for the record of changes."""
    chosen = await queues_of(agent.id)
    names = await queue_choices(chosen)
    return {
        N_("Name"): agent.name,
        N_("E-mail"): agent.email,
        N_("Role"): ROLES[agent.role],
        N_("Chats at once"): str(agent.capacity or N_("as the queue says")),
        N_("Queues"): ", ".join(name for id_, name in names.items() if id_ in chosen),
    }
