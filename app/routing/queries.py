"""Reads about queues and offers."""

from dataclasses import dataclass
from datetime import datetime

from piccolo.query.functions import Count

from app.agents.tables import Agent
from app.interactions.tables import ACTIVE, OFFERED, Interaction
from app.problems import NotFound
from app.routing.tables import Offer, Queue, QueueMember

# Written out: Piccolo takes 25 ms to build these joins, and every change of an offer reads them.
OPEN_OFFERS = """
SELECT o.id, o.interaction, o.offered_at, o.expires_at, o.shown_at, o.note,
       f.name AS forwarded_by, q.name AS queue, i.queued_at, i.offline,
       c.id AS contact, c.name AS contact_name, c.email, c.phone,
       v.id AS visitor, v.page_title
FROM offers o
JOIN queues q ON q.id = o.queue
JOIN interactions i ON i.id = o.interaction
JOIN contacts c ON c.id = i.contact
JOIN visitors v ON v.id = i.visitor
LEFT JOIN agents f ON f.id = o.from_agent
WHERE o.agent = {} AND o.outcome = ''
ORDER BY o.id
"""


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that stands, with what its card shows."""

    id: int
    interaction: int
    offered_at: datetime
    expires_at: datetime
    shown_at: datetime | None
    note: str
    forwarded_by: str | None
    queue: str
    queued_at: datetime
    offline: bool
    contact: int
    contact_name: str
    email: str
    phone: str
    visitor: int
    page_title: str


async def loads(agents: list[int]) -> dict[int, int]:
    """What each of these agents has in hand: active interactions and open offers.

    What they forwarded by name and nobody has accepted yet counts too: it may come back.
    """
    # Offers first: one that is accepted meanwhile counts twice, never not at all.
    offered = (
        await Offer.select(Offer.agent, Count(alias="count"))
        .where(Offer.outcome == "", Offer.agent.is_in(agents))
        .group_by(Offer.agent)
    )
    forwarded = (
        await Interaction.select(Interaction.forwarded_by, Count(alias="count"))
        .where(Interaction.state == OFFERED, Interaction.forwarded_by.is_in(agents))
        .group_by(Interaction.forwarded_by)
    )
    active = (
        await Interaction.select(Interaction.agent, Count(alias="count"))
        .where(Interaction.state == ACTIVE, Interaction.agent.is_in(agents))
        .group_by(Interaction.agent)
    )
    found = dict.fromkeys(agents, 0)
    for row in [*active, *offered]:
        found[row["agent"]] += row["count"]
    for row in forwarded:
        found[row["forwarded_by"]] += row["count"]
    return found


async def capacities(agents: list[int], queue: Queue) -> dict[int, int]:
    """How many interactions each of these agents takes at once: their own number or the queue's."""
    rows = await Agent.select(Agent.id, Agent.capacity).where(Agent.id.is_in(agents))
    return {row["id"]: row["capacity"] or queue.capacity for row in rows}


async def queue_names(agent_id: int) -> list[str]:
    """The names of the queues an agent is a member of."""
    rows = (
        await QueueMember.select(QueueMember.queue.name)
        .where(QueueMember.agent == agent_id)
        .order_by(QueueMember.queue.name)
    )
    return [row["queue.name"] for row in rows]


async def open_offers(agent_id: int) -> list[OpenOffer]:
    """The open offers of an agent, oldest first, with interaction, contact and visitor."""
    return [OpenOffer(**row) for row in await Offer.raw(OPEN_OFFERS, agent_id)]


async def offered_to(interactions: list[int]) -> list[int]:
    """The agents who are shown one of these interactions as an offer."""
    rows = await Offer.select(Offer.agent).where(
        Offer.interaction.is_in(interactions), Offer.outcome == ""
    )
    return [row["agent"] for row in rows]


async def offer_of(offer_id: int, agent_id: int) -> Offer | None:
    """An offer if it was made to this agent, open or not."""
    return await Offer.objects().get((Offer.id == offer_id) & (Offer.agent == agent_id))


async def queue_with_id(queue_id: int) -> Queue:
    """The queue, if it is in use."""
    queue = await Queue.objects().get((Queue.id == queue_id) & Queue.archived_at.is_null())
    if queue is None:
        raise NotFound
    return queue


async def queue_of(interaction_id: int) -> Queue:
    """The queue in which an interaction is."""
    interaction = await Interaction.objects(Interaction.queue).get(Interaction.id == interaction_id)
    if interaction is None:
        raise NotFound
    found: Queue = interaction.queue
    return found
