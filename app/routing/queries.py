"""Reads about queues and offers."""

from typing import Any

from piccolo.query.functions import Count

from app.interactions.tables import ACTIVE, Interaction
from app.routing.tables import Offer, Queue, QueueMember


async def loads(agents: list[int]) -> dict[int, int]:
    """What each of these agents has in hand: active interactions and open offers."""
    # Offers first: one that is accepted meanwhile counts twice, never not at all.
    offered = (
        await Offer.select(Offer.agent, Count(alias="count"))
        .where(Offer.outcome == "", Offer.agent.is_in(agents))
        .group_by(Offer.agent)
    )
    active = (
        await Interaction.select(Interaction.agent, Count(alias="count"))
        .where(Interaction.state == ACTIVE, Interaction.agent.is_in(agents))
        .group_by(Interaction.agent)
    )
    found = dict.fromkeys(agents, 0)
    for row in [*active, *offered]:
        found[row["agent"]] += row["count"]
    return found


async def queue_names(agent_id: int) -> list[str]:
    """The names of the queues an agent is a member of."""
    rows = (
        await QueueMember.select(QueueMember.queue.name)
        .where(QueueMember.agent == agent_id)
        .order_by(QueueMember.queue.name)
    )
    return [row["queue.name"] for row in rows]


async def open_offers(agent_id: int) -> list[Offer]:
    """The open offers of an agent, oldest first, with interaction, contact and visitor."""
    interaction: Any = Offer.interaction
    return (
        await Offer.objects(Offer.queue, interaction, interaction.contact, interaction.visitor)
        .where(Offer.agent == agent_id, Offer.outcome == "")
        .order_by(Offer.id)
    )


async def offer_of(offer_id: int, agent_id: int) -> Offer | None:
    """An offer if it was made to this agent, open or not."""
    return await Offer.objects().get((Offer.id == offer_id) & (Offer.agent == agent_id))


async def queue_named(name: str) -> Queue | None:
    """The queue of this name."""
    return await Queue.objects().get(Queue.name == name)
