"""What a row of the floor opens: an agent's interactions and statuses, a queue's waiting."""

from dataclasses import dataclass
from datetime import datetime

from app.agents.tables import Agent
from app.contacts.names import Person
from app.interactions.queries import OVERVIEW, Overview, urls
from app.interactions.tables import ACTIVE, OFFERED, QUEUED, Interaction
from app.problems import NotFound
from app.routing.line import line
from app.routing.tables import Queue
from app.workspace.queries import Choice, status

LARGEST_ID = 2**31 - 1
OF_AGENT = OVERVIEW + f"WHERE i.agent = {{}} AND i.state = '{ACTIVE}' ORDER BY i.id"
WAITING = OVERVIEW + f"WHERE i.queue = {{}} AND i.state IN ('{QUEUED}', '{OFFERED}')"


@dataclass(frozen=True, slots=True)
class Item:
    """An interaction in a menu."""

    person: Person
    preview: str
    since: datetime
    page: str
    base: str


@dataclass(frozen=True, slots=True)
class AgentMenu:
    """An agent's active interactions and the statuses that may be set."""

    name: str
    items: list[Item]
    choices: list[Choice]
    action: str


@dataclass(frozen=True, slots=True)
class WaitingMenu:
    """What waits in a queue: what somebody is shown already, then the line in its order."""

    queue: str
    items: list[Item]


async def known_agent(agent_id: int) -> Agent:
    """The agent with this id, if the account is open."""
    known = 0 < agent_id <= LARGEST_ID
    agent = await Agent.objects().get(Agent.id == agent_id) if known else None
    if agent is None or agent.disabled_at is not None:
        raise NotFound
    return agent


async def agent_menu(agent_id: int) -> AgentMenu:
    """The menu of an agent's row."""
    agent = await known_agent(agent_id)
    found = [Overview(**row) for row in await Interaction.raw(OF_AGENT, agent.id)]
    return AgentMenu(
        name=agent.name,
        items=[_item(one, one.awaiting_reply_since or one.opened_at) for one in found],
        choices=(await status(agent)).choices,
        action=f"/workspace/agents/{agent.id}/availability",
    )


async def waiting_menu(queue_id: int) -> WaitingMenu:
    """The menu of a queue's row."""
    known = 0 < queue_id <= LARGEST_ID
    queue = await Queue.objects().get(Queue.id == queue_id) if known else None
    if queue is None:
        raise NotFound
    found = [Overview(**row) for row in await Interaction.raw(WAITING, queue.id)]
    places = {one.interaction.id: number for number, one in enumerate(await line(), start=1)}
    found.sort(key=lambda one: (places.get(one.id, 0), one.queued_at, one.id))
    return WaitingMenu(queue.name, [_item(one, one.queued_at) for one in found])


def _item(one: Overview, since: datetime) -> Item:
    where = urls(one.id)
    return Item(one.person, one.last_preview, since, where.page, where.base)
