"""The verbs of an offer: offer, accept, decline, expire; each is one unit of work.

Each locks the interaction first, then offers, then agents: in one order nobody waits for ever.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from app.agents.tables import Agent
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged
from app.interactions.log import NewEntry, notice
from app.interactions.tables import ACTIVE, OFFERED, QUEUED, Interaction
from app.languages import N_
from app.moments import now
from app.problems import Refused
from app.routing.events import OfferEnded, OfferGone, OfferMade
from app.routing.queries import capacities, loads
from app.routing.tables import Offer, Queue

ENDED = N_("This offer has ended: it was taken, withdrawn or its time ran out.")
ACCEPTED, DECLINED, WITHDRAWN = "accepted", "declined", "withdrawn"
# The time ran out; or the agent's browser never drew the card.
EXPIRED, UNSEEN = "expired", "unseen"
PASSED = (DECLINED, EXPIRED, UNSEEN)


async def offer(interaction: Interaction, *, to: int, queue: Queue) -> None:
    """Show a waiting interaction to an agent; refused when it is no longer there to be shown.

    In broadcast mode an interaction that is offered already is shown to one more agent. One that
    has moved to another queue meanwhile, or was forwarded by name, is not.
    """
    states = (QUEUED, OFFERED) if queue.mode == "broadcast" else (QUEUED,)
    async with unit_of_work():
        await log.write(
            interaction.id,
            states=states,
            refusal=N_("Only a waiting interaction can be offered."),
            changes={Interaction.state: OFFERED},
            conditions=(Interaction.queue == queue.id, Interaction.forwarded_by.is_null()),
        )
        await _reserve(to, queue)
        await _insert(interaction.id, to, queue)
        tell(InteractionChanged(interaction.id, interaction.visitor, 0))


async def forward(
    interaction_id: int, *, by: Agent, to: Agent, queue: Queue, entries: Sequence[NewEntry]
) -> None:
    """Offer an agent's interaction to another agent by name, with these entries in its log."""
    async with unit_of_work():
        interaction = await log.write(
            interaction_id,
            *entries,
            states=(ACTIVE,),
            refusal=N_("Only an active interaction can be forwarded."),
            changes={
                Interaction.state: OFFERED,
                Interaction.agent: None,
                Interaction.forwarded_by: by.id,
            },
            conditions=(Interaction.agent == by.id,),
        )
        await _reserve(to.id, queue)
        note = next((entry.body for entry in entries if entry.kind == log.NOTE), "")
        await _insert(interaction.id, to.id, queue, from_agent=by.id, note=note)
        tell(InteractionChanged(interaction.id, interaction.visitor, by.id))


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
                Interaction.forwarded_by: None,
                Interaction.accepted_at: at,
            },
        )
        await _decide(made, ACCEPTED, at)
        await withdraw_all(interaction.id, taken_by=by.id)
        await Agent.update({Agent.misses: 0}).where(Agent.id == by.id)
        tell(InteractionChanged(interaction.id, interaction.visitor, by.id))
    return interaction


async def decline(made: Offer) -> None:
    """Pass on it: the interaction waits again at its old place, or goes back to who forwarded."""
    async with unit_of_work():
        await _pass(made, DECLINED)
        await Agent.update({Agent.misses: 0}).where(Agent.id == made.agent)


async def expire(made: Offer, outcome: str = EXPIRED) -> None:
    """It was not answered, or not even shown: as declining, and a miss for the agent."""
    async with unit_of_work():
        await _pass(made, outcome)
        await Agent.update({Agent.misses: Agent.misses + 1}).where(Agent.id == made.agent)


async def withdraw(made: Offer) -> None:
    """Take it back from an agent who may no longer answer it: as declining, but no miss."""
    async with unit_of_work():
        await _pass(made, WITHDRAWN)


async def forget_sender(agent_id: int) -> None:
    """What this agent forwarded no longer comes back to them: if it is passed, it waits."""
    async with unit_of_work():
        await Interaction.update({Interaction.forwarded_by: None}).where(
            Interaction.forwarded_by == agent_id, Interaction.state == OFFERED
        )
        await Offer.update({Offer.from_agent: None}).where(
            Offer.from_agent == agent_id, Offer.outcome == ""
        )


async def shown(made: Offer) -> None:
    """The agent's browser has drawn the card."""
    await Offer.update({Offer.shown_at: now()}).where(Offer.id == made.id, Offer.shown_at.is_null())


async def void(made: Offer) -> None:
    """Void an offer that is still open though its interaction is not offered any more."""
    async with unit_of_work():
        with suppress(Refused):
            await _decide(made, WITHDRAWN, now())


async def withdraw_all(interaction_id: int, *, taken_by: int = 0) -> None:
    """Void the open offers of an interaction that was taken or ended."""
    async with unit_of_work():
        for row in (
            await Offer.update({Offer.outcome: WITHDRAWN, Offer.decided_at: now()})
            .where(Offer.interaction == interaction_id, Offer.outcome == "")
            .returning(Offer.id, Offer.agent)
        ):
            tell(OfferEnded(row["id"], row["agent"], WITHDRAWN))
            if row["agent"] != taken_by:
                tell(OfferGone(interaction_id, row["agent"], taken_by))


async def _insert(
    interaction_id: int,
    agent_id: int,
    queue: Queue,
    *,
    from_agent: int | None = None,
    note: str = "",
) -> None:
    at = now()
    new = Offer(
        interaction=interaction_id,
        queue=queue.id,
        agent=agent_id,
        from_agent=from_agent,
        note=note,
        offered_at=at,
        expires_at=at + timedelta(seconds=queue.offer_seconds),
    )
    made = await Offer.insert(new).on_conflict(action="DO NOTHING").returning(Offer.id)
    if not made:
        raise Refused(N_("This agent is shown it already."))
    tell(OfferMade(made[0]["id"], agent_id))


async def _reserve(agent_id: int, queue: Queue) -> None:
    """Lock the agent's row and make sure that they have room, so that no two offers overfill."""
    locked = (
        await Agent.update({Agent.last_offer_at: now()})
        .where(
            Agent.id == agent_id,
            Agent.status_kind == "available",
            Agent.disabled_at.is_null(),
        )
        .returning(Agent.id)
    )
    if not locked:
        raise Refused(N_("This agent is not available any more."))
    room = (await capacities([agent_id], queue))[agent_id] - (await loads([agent_id]))[agent_id]
    if room <= 0:
        raise Refused(N_("This agent has no room for another interaction."))


async def _pass(made: Offer, outcome: str) -> None:
    interaction = await log.write(made.interaction, states=(OFFERED,), refusal=ENDED)
    await _decide(made, outcome, now())
    if made.from_agent:
        await _give_back(interaction, made, outcome)
    elif not await Offer.exists().where(Offer.interaction == interaction.id, Offer.outcome == ""):
        await log.write(
            interaction.id, states=(OFFERED,), refusal=ENDED, changes={Interaction.state: QUEUED}
        )
    tell(InteractionChanged(interaction.id, interaction.visitor, made.from_agent or 0))


async def _give_back(interaction: Interaction, made: Offer, outcome: str) -> None:
    """A forwarded interaction that was not taken is again with whom it was before."""
    code = "forward_declined" if outcome == DECLINED else "forward_unanswered"
    await log.write(
        interaction.id,
        notice(code, agent=made.agent),
        states=(OFFERED,),
        refusal=ENDED,
        changes={
            Interaction.state: ACTIVE,
            Interaction.agent: made.from_agent,
            Interaction.forwarded_by: None,
        },
    )


async def _decide(made: Offer, outcome: str, at: datetime) -> None:
    decided = (
        await Offer.update({Offer.outcome: outcome, Offer.decided_at: at})
        .where(Offer.id == made.id, Offer.outcome == "")
        .returning(Offer.id)
    )
    if not decided:
        raise Refused(ENDED)
    tell(OfferEnded(made.id, made.agent, outcome))
