"""Routing: offers what waits to who can take it. Any number of processes may run it at once.

Every step is one conditional update; a step that another process took first is refused, which
is as good.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.calls.queries import in_a_call
from app.database import rows_where
from app.interactions.service import give_up, tell_once
from app.interactions.tables import QUEUED, Interaction
from app.moments import ago, now
from app.problems import Refused
from app.routing import offers
from app.routing.calendars import all_hours
from app.routing.choice import Candidate, can_take, in_order
from app.routing.forwarding import overflow
from app.routing.hours import Hours
from app.routing.line import line
from app.routing.queries import loads
from app.routing.tables import BROADCAST, Offer, Queue, QueueMember


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


DEFAULTS = Rules()


async def offer_waiting(*, present: Collection[int], rules: Rules = DEFAULTS) -> None:
    """Offer each waiting interaction, in the order of the line, to whom the rule chooses.

    `present` are the agents with a live workspace. Where nobody is free, or the queue is
    closed, the visitor is told, once.
    """
    crowds: dict[int, list[Candidate]] = {}
    for one in await line():
        interaction, queue = one.interaction, one.queue
        if not one.hours.is_open(now()):
            await _tell_closed(interaction, one.hours)
            continue
        if queue.id not in crowds:
            crowds[queue.id] = await members(queue, present=present)
        asked = await _ask(interaction, queue, crowds[queue.id], ago(rules.again_after))
        if asked:
            crowds.clear()  # whoever was asked has less room, in every queue
        else:
            await _tell_waiting(interaction)


async def end_due_offers(rules: Rules = DEFAULTS) -> list[int]:
    """End the offers whose time has run out, or that no browser showed; gives the agents."""
    missed = []
    for made in await rows_where(Offer, "outcome = ''"):
        unseen = made.shown_at is None and made.offered_at <= ago(rules.unseen_after)
        if made.expires_at > now() and not unseen:
            continue
        try:
            await offers.expire(made, offers.UNSEEN if unseen else offers.EXPIRED)
            missed.append(made.agent)
        except Refused:
            # Decided in the meantime; or its chat ended, and nobody lived to withdraw it.
            await offers.void(made)
    return missed


async def end_long_waits() -> None:
    """Move what waits too long to the overflow queue; give up what waits longer than may be."""
    waiting = await rows_where(Interaction, "state = {}", QUEUED)
    if not waiting:
        return
    queues = {queue.id: queue for queue in await Queue.objects()}
    hours = await all_hours()
    for interaction in waiting:
        queue = queues[interaction.queue]
        waited = hours[queue.id].seconds_between(interaction.queued_at, now())
        try:
            if queue.overflow_queue and 0 < queue.overflow_after <= waited:
                await overflow(interaction.id, queues[queue.overflow_queue])
            elif 0 < queue.longest_wait <= waited and not interaction.offline:
                await give_up(interaction.id)
        except Refused:
            continue  # taken in the meantime


async def candidates(
    interaction: Interaction, queue: Queue, *, present: Collection[int]
) -> list[Candidate]:
    """The members of the interaction's queue as the rule needs them."""
    return await _with_passes(interaction, await members(queue, present=present))


async def members(queue: Queue, *, present: Collection[int]) -> list[Candidate]:
    """The members of a queue, with what they have in hand."""
    rows = await QueueMember.select(
        QueueMember.agent,
        QueueMember.agent.status_kind,
        QueueMember.agent.capacity,
        QueueMember.agent.last_offer_at,
    ).where(QueueMember.queue == queue.id, QueueMember.agent.disabled_at.is_null())
    if not rows:
        return []
    agents = [row["agent"] for row in rows]
    load = await loads(agents)
    talking = set() if queue.offers_in_calls else await in_a_call(agents)
    return [
        Candidate(
            agent=row["agent"],
            available=row["agent.status_kind"] == "available",
            present=row["agent"] in present,
            load=load[row["agent"]],
            capacity=row["agent.capacity"] or queue.capacity,
            last_offer_at=row["agent.last_offer_at"],
            in_a_call=row["agent"] in talking,
        )
        for row in rows
    ]


async def _with_passes(interaction: Interaction, crowd: list[Candidate]) -> list[Candidate]:
    passed = await _passed(interaction)
    return [
        replace(one, passed=len(passed[one.agent]), passed_at=max(passed[one.agent]))
        if one.agent in passed
        else one
        for one in crowd
    ]


async def _ask(
    interaction: Interaction, queue: Queue, crowd: list[Candidate], passed_before: datetime
) -> bool:
    """Offer to the one whom the rule chooses, or to all who can take it; False for nobody."""
    if not any(can_take(one, passed_before=passed_before) for one in crowd):
        return False
    able = in_order(await _with_passes(interaction, crowd), passed_before=passed_before)
    if queue.mode == BROADCAST:
        asked = await _asked(interaction)
        chosen = [one for one in able if one.agent not in asked]
    else:
        chosen = able[:1]
    for one in chosen:
        try:
            await offers.offer(interaction, to=one.agent, queue=queue)
        except Refused:
            continue  # another process was quicker
    return bool(chosen)


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
        if opens is None:
            await tell_once(interaction.id, "shut")
            return
        words = opens.astimezone(hours.zone).strftime("%A %H:%M")
        soon = opens - now() < timedelta(hours=18)
        await tell_once(interaction.id, "closed", body=words[-5:] if soon else words)
