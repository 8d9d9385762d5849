"""The verbs of an offer: offer, accept, decline, expire; each is one unit of work."""

from contextlib import suppress
from datetime import datetime, timedelta

from app.agents.tables import Agent
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged
from app.interactions.log import notice
from app.interactions.tables import ACTIVE, OFFERED, QUEUED, Interaction
from app.moments import now
from app.problems import Refused
from app.routing.events import OfferEnded, OfferMade
from app.routing.queries import loads
from app.routing.tables import Offer, Queue

ENDED = "This offer has ended: it was taken, withdrawn or its time ran out."
ACCEPTED, DECLINED, EXPIRED, WITHDRAWN = "accepted", "declined", "expired", "withdrawn"


async def offer(interaction: Interaction, *, to: int, queue: Queue) -> None:
    """Show a queued interaction to an agent; refused when it is no longer queued."""
    at = now()
    async with unit_of_work():
        await _reserve(to)
        await log.write(
            interaction.id,
            states=(QUEUED,),
            refusal="Only a waiting interaction can be offered.",
            changes={Interaction.state: OFFERED},
        )
        made = await Offer.insert(
            Offer(
                interaction=interaction.id,
                queue=queue.id,
                agent=to,
                offered_at=at,
                expires_at=at + timedelta(seconds=queue.offer_seconds),
            )
        ).returning(Offer.id)
        tell(OfferMade(made[0]["id"], to))
        tell(InteractionChanged(interaction.id, interaction.visitor, 0))


async def accept(made: Offer, *, by: Agent) -> Interaction:
    """Give the interaction to the agent; of many at once one wins, the others are refused."""
    at = now()
    async with unit_of_work():
        interaction = await log.write(
            made.interaction,
            notice("joined", agent=by.id),
            states=(OFFERED,),
            refusal=ENDED,
            changes={
                Interaction.state: ACTIVE,
                Interaction.agent: by.id,
                Interaction.accepted_at: at,
            },
        )
        await _decide(made, ACCEPTED, at)
        tell(InteractionChanged(interaction.id, interaction.visitor, by.id))
    return interaction


async def decline(made: Offer) -> None:
    """Pass on it: the interaction waits again at its old place."""
    await _return_to_queue(made, DECLINED)


async def expire(made: Offer) -> None:
    """Its time ran out unanswered: the interaction waits again at its old place."""
    await _return_to_queue(made, EXPIRED)


async def withdraw(made: Offer) -> None:
    """Void an offer that is still open though its interaction is not offered any more."""
    async with unit_of_work():
        with suppress(Refused):
            await _decide(made, WITHDRAWN, now())


async def withdraw_all(interaction_id: int) -> None:
    """Void the open offers of an interaction that ended."""
    async with unit_of_work():
        for row in (
            await Offer.update({Offer.outcome: WITHDRAWN, Offer.decided_at: now()})
            .where(Offer.interaction == interaction_id, Offer.outcome == "")
            .returning(Offer.id, Offer.agent)
        ):
            tell(OfferEnded(row["id"], row["agent"]))


async def _reserve(agent_id: int) -> None:
    """Lock the agent's row and make sure that they have room, so that no two offers overfill."""
    locked = (
        await Agent.update({Agent.last_offer_at: now()})
        .where(Agent.id == agent_id, Agent.status_kind == "available")
        .returning(Agent.capacity)
    )
    if not locked or (await loads([agent_id]))[agent_id] >= locked[0]["capacity"]:
        raise Refused("This agent has no room for another interaction.")


async def _return_to_queue(made: Offer, outcome: str) -> None:
    async with unit_of_work():
        interaction = await log.write(
            made.interaction,
            states=(OFFERED,),
            refusal=ENDED,
            changes={Interaction.state: QUEUED},
        )
        await _decide(made, outcome, now())
        tell(InteractionChanged(interaction.id, interaction.visitor, 0))


async def _decide(made: Offer, outcome: str, at: datetime) -> None:
    decided = (
        await Offer.update({Offer.outcome: outcome, Offer.decided_at: at})
        .where(Offer.id == made.id, Offer.outcome == "")
        .returning(Offer.id)
    )
    if not decided:
        raise Refused(ENDED)
    tell(OfferEnded(made.id, made.agent))
