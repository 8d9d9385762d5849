"""What happens to offers and interactions of an agent who may no longer have them."""

from collections.abc import Collection

from app.agents.tables import Agent
from app.interactions.tables import ACTIVE, Interaction
from app.problems import Refused
from app.routing import offers
from app.routing.forwarding import release
from app.routing.tables import Offer


async def withdraw_offers(agent_id: int, *, queues: Collection[int] | None = None) -> None:
    """Take back an agent's open offers, of these queues or of all; they go to the next agent.

    What was forwarded to them by name does not depend on their queues.
    """
    for made in await Offer.objects().where(Offer.agent == agent_id, Offer.outcome == ""):
        if queues is not None and (made.queue not in queues or made.from_agent):
            continue
        try:
            await offers.withdraw(made)
        except Refused:
            continue  # decided in the meantime


async def give_back_all(agent: Agent) -> None:
    """Put every active interaction of an agent first in line again, with a notice.

    What they had forwarded does not come back to them either.
    """
    await offers.forget_sender(agent.id)
    active = await Interaction.select(Interaction.id).where(
        Interaction.agent == agent.id, Interaction.state == ACTIVE
    )
    for row in active:
        try:
            await release(row["id"], agent=agent)
        except Refused:
            continue  # archived or taken over in the meantime
