"""Routing: offers what waits to who can take it. Any number of processes may run it at once."""

from collections.abc import Collection
from datetime import datetime

from app.interactions.service import tell_to_wait
from app.interactions.tables import QUEUED, Interaction
from app.moments import ago, now
from app.problems import Refused
from app.routing import offers
from app.routing.choice import Candidate, choose
from app.routing.queries import loads
from app.routing.tables import Offer, Queue, QueueMember

BATCH = 100


async def offer_waiting(*, present: Collection[int], again_after: float) -> None:
    """Offer each waiting interaction, first in first out, to the agent whom the rule chooses.

    `present` are the agents with a live workspace, `again_after` the seconds until someone who
    passed an interaction is asked again. Where nobody is free the visitor is told, once.
    """
    able = await _queues_with_room(present)
    untold = Interaction.told_to_wait.eq(False)
    waiting = (
        await Interaction.objects()
        .where(
            Interaction.state == QUEUED,
            Interaction.queue.is_in(able) | untold if able else untold,
        )
        .order_by(Interaction.priority, ascending=False)
        .order_by(Interaction.queued_at)
        .order_by(Interaction.id)
        .limit(BATCH)
    )
    for interaction in waiting:
        chosen = choose(
            await candidates(interaction, present=present), passed_before=ago(again_after)
        )
        if chosen is None:
            if not interaction.told_to_wait:
                await tell_to_wait(interaction.id)
            continue
        queue = await Queue.objects().get(Queue.id == interaction.queue)
        if queue is None:
            raise RuntimeError("A waiting interaction has its queue.")
        try:
            await offers.offer(interaction, to=chosen.agent, queue=queue)
        except Refused:
            continue  # another process was first, which is as good


async def end_due_offers() -> None:
    """Expire the offers whose time has run out."""
    due = await Offer.objects().where(Offer.outcome == "", Offer.expires_at <= now())
    for made in due:
        try:
            await offers.expire(made)
        except Refused:
            # Decided in the meantime; or its chat ended, and nobody lived to withdraw it.
            await offers.withdraw(made)


async def candidates(interaction: Interaction, *, present: Collection[int]) -> list[Candidate]:
    """The members of the interaction's queue as the rule needs them."""
    members = await QueueMember.select(
        QueueMember.agent,
        QueueMember.agent.status_kind,
        QueueMember.agent.capacity,
        QueueMember.agent.last_offer_at,
    ).where(QueueMember.queue == interaction.queue, QueueMember.agent.disabled_at.is_null())
    agents = [row["agent"] for row in members]
    if not agents:
        return []
    load = await loads(agents)
    passed = await _passed(interaction)
    return [
        Candidate(
            agent=row["agent"],
            available=row["agent.status_kind"] == "available",
            present=row["agent"] in present,
            load=load[row["agent"]],
            capacity=row["agent.capacity"],
            last_offer_at=row["agent.last_offer_at"],
            passed=len(passed.get(row["agent"], [])),
            passed_at=max(passed.get(row["agent"], []), default=None),
        )
        for row in members
    ]


async def _queues_with_room(present: Collection[int]) -> list[int]:
    """Where somebody could take something: what waits elsewhere must not keep these waiting."""
    if not present:
        return []
    members = await QueueMember.select(
        QueueMember.queue, QueueMember.agent, QueueMember.agent.capacity
    ).where(
        QueueMember.agent.is_in(list(present)),
        QueueMember.agent.status_kind == "available",
        QueueMember.agent.disabled_at.is_null(),
    )
    agents = list({row["agent"] for row in members})
    load = await loads(agents) if agents else {}
    return sorted({row["queue"] for row in members if load[row["agent"]] < row["agent.capacity"]})


async def _passed(interaction: Interaction) -> dict[int, list[datetime]]:
    rows = await Offer.select(Offer.agent, Offer.decided_at).where(
        Offer.interaction == interaction.id,
        Offer.outcome.is_in([offers.DECLINED, offers.EXPIRED]),
        Offer.offered_at >= interaction.queued_at,
    )
    passed: dict[int, list[datetime]] = {}
    for row in rows:
        passed.setdefault(row["agent"], []).append(row["decided_at"])
    return passed
