"""Routing: offers what waits to who can take it. Any number of processes may run it at once.

Every step is one conditional update; a step that another process took first is refused, which
is as good.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.interactions.service import give_up, tell_once
from app.interactions.tables import OFFERED, QUEUED, Interaction
from app.moments import ago, now
from app.problems import Refused
from app.routing import offers
from app.routing.calendars import all_hours
from app.routing.choice import Candidate, can_take, choose
from app.routing.forwarding import overflow
from app.routing.hours import Hours
from app.routing.queries import loads
from app.routing.tables import BROADCAST, Offer, Queue, QueueMember

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of routing, in seconds but for `misses`.

    Who passed an interaction is asked again after `again_after`; an offer that the agent's
    browser has not drawn within `unseen_after` moves on; `misses` unanswered offers in a row
    make an agent away; an agent gone for `gone_after` gives back whom they keep waiting.
    """

    again_after: float = 20
    unseen_after: float = 3
    misses: int = 2
    gone_after: float = 300


async def offer_waiting(*, present: Collection[int], rules: Rules) -> None:
    """Offer each waiting interaction, in the order of the queue, to whom the rule chooses.

    `present` are the agents with a live workspace. Where nobody is free, or the queue is
    closed, the visitor is told, once.
    """
    waiting = await waiting_interactions()
    if not waiting:
        return
    queues = {queue.id: queue for queue in await Queue.objects()}
    hours = await all_hours()
    for interaction in waiting:
        queue = queues[interaction.queue]
        if not hours[queue.id].is_open(now()):
            await _tell_closed(interaction, hours[queue.id])
            continue
        found = await candidates(interaction, queue, present=present)
        if not await _offer(interaction, queue, found, ago(rules.again_after)):
            await _tell_waiting(interaction)


async def waiting_interactions() -> list[Interaction]:
    """What waits, highest priority first, then first in first out.

    In broadcast mode an offered interaction still waits for more agents to see it.
    """
    found = (
        await Interaction.objects(Interaction.queue)
        .where(Interaction.state.is_in([QUEUED, OFFERED]), Interaction.forwarded_by.is_null())
        .order_by(Interaction.queued_at)
        .order_by(Interaction.id)
        .limit(BATCH)
    )
    shown = [one for one in found if one.state == QUEUED or one.queue.mode == BROADCAST]
    shown.sort(key=lambda one: -(one.priority + one.queue.priority))
    for one in shown:
        one.queue = one.queue.id
    return shown


async def end_due_offers(rules: Rules) -> list[int]:
    """End the offers whose time has run out, or that no browser showed; gives the agents."""
    missed = []
    for made in await Offer.objects().where(Offer.outcome == ""):
        unseen = made.shown_at is None and made.offered_at <= ago(rules.unseen_after)
        if made.expires_at > now() and not unseen:
            continue
        try:
            await offers.expire(made, offers.UNSEEN if unseen else offers.EXPIRED)
            missed.append(made.agent)
        except Refused:
            continue  # decided in the meantime
    return missed


async def end_long_waits() -> None:
    """Move what waits too long to the overflow queue; give up what waits longer than may be."""
    queues = {queue.id: queue for queue in await Queue.objects()}
    hours = await all_hours()
    for interaction in await Interaction.objects().where(Interaction.state == QUEUED):
        queue = queues[interaction.queue]
        waited = hours[queue.id].seconds_between(interaction.queued_at, now())
        try:
            if queue.overflow_queue and 0 < queue.overflow_after <= waited:
                await overflow(interaction.id, queues[queue.overflow_queue])
            elif 0 < queue.longest_wait <= waited:
                await give_up(interaction.id)
        except Refused:
            continue  # taken in the meantime


async def candidates(
    interaction: Interaction, queue: Queue, *, present: Collection[int]
) -> list[Candidate]:
    """The members of the interaction's queue as the rule needs them."""
    members = await QueueMember.select(
        QueueMember.agent,
        QueueMember.agent.status_kind,
        QueueMember.agent.capacity,
        QueueMember.agent.last_offer_at,
    ).where(QueueMember.queue == queue.id, QueueMember.agent.disabled_at.is_null())
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
            capacity=row["agent.capacity"] or queue.capacity,
            last_offer_at=row["agent.last_offer_at"],
            passed=len(passed.get(row["agent"], [])),
            passed_at=max(passed.get(row["agent"], []), default=None),
        )
        for row in members
    ]


async def _offer(
    interaction: Interaction, queue: Queue, found: list[Candidate], passed_before: datetime
) -> bool:
    """Offer to the one whom the rule chooses, or to all who can take it; False for nobody."""
    if queue.mode == BROADCAST:
        asked = await _asked(interaction)
        able = [one for one in found if can_take(one, passed_before=passed_before)]
        chosen = [one for one in able if one.agent not in asked]
        somebody = bool(able or asked)
    else:
        best = choose(found, passed_before=passed_before)
        chosen = [best] if best else []
        somebody = bool(best)
    for one in chosen:
        try:
            await offers.offer(interaction, to=one.agent, queue=queue)
        except Refused:
            continue
    return somebody


async def _asked(interaction: Interaction) -> set[int]:
    rows = await Offer.select(Offer.agent).where(
        Offer.interaction == interaction.id, Offer.outcome == ""
    )
    return {row["agent"] for row in rows}


async def _passed(interaction: Interaction) -> dict[int, list[datetime]]:
    rows = await Offer.select(Offer.agent, Offer.decided_at).where(
        Offer.interaction == interaction.id,
        Offer.outcome.is_in(list(offers.PASSED)),
        Offer.offered_at >= interaction.queued_at,
    )
    passed: dict[int, list[datetime]] = {}
    for row in rows:
        passed.setdefault(row["agent"], []).append(row["decided_at"])
    return passed


async def _tell_waiting(interaction: Interaction) -> None:
    if interaction.state == QUEUED and not interaction.told_to_wait:
        await tell_once(interaction.id, "waiting")


async def _tell_closed(interaction: Interaction, hours: Hours) -> None:
    if interaction.state == QUEUED and not interaction.told_to_wait:
        opens = hours.next_opening(now())
        words = opens.astimezone(hours.zone).strftime("%A %H:%M") if opens else ""
        soon = opens is not None and opens - now() < timedelta(hours=18)
        await tell_once(interaction.id, "closed", body=words[-5:] if soon else words)
