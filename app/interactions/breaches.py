"""Breaches: a clock that passes its target says so in the log, once for each time it started.

The sweep reads the open interactions without their logs, counts only what may be late, and writes
with an insert that only one of many processes can make.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from app.database import fetch, tell, unit_of_work
from app.interactions import log, timeline
from app.interactions.clock_views import NAMES
from app.interactions.clocks import FIRST_RESPONSE, REPLY, RESOLUTION, Clock, Targets, clocks
from app.interactions.events import InteractionBreached
from app.interactions.log import notice
from app.interactions.tables import OPEN, Breach
from app.interactions.timeline import MARKS, Marks
from app.languages import N_, SOURCE, speaking
from app.moments import lasted, now
from app.problems import Refused
from app.routing.calendars import all_hours, hours_of
from app.routing.hours import Hours

OPEN_ONES = """
SELECT i.id, i.queue, i.state, i.first_message_at, i.first_response_at, i.reply_started_at,
       i.replied_at, i.awaiting_reply_since, i.reopened_at, i.archived_at,
       q.first_response_target, q.reply_target, q.resolution_target
FROM interactions i JOIN queues q ON q.id = i.queue
WHERE i.state IN ('queued', 'offered', 'active')
"""
# Of these, those of which something may be late and is not told: the clocks that began long
# enough ago and run, or ended just now. Told once, or answered in time, costs nothing each second.
UNTOLD = """NOT EXISTS (
  SELECT 1 FROM breaches b
  WHERE b.interaction = i.id AND b.clock = '{clock}' AND b.started_at = {start}
)"""
BEGAN = "COALESCE(i.first_message_at, i.awaiting_reply_since)"
RESPONSE_SINCE = f"COALESCE(i.reopened_at, {BEGAN})"
REPLY_SINCE = "COALESCE(i.awaiting_reply_since, i.reply_started_at)"
MAY_BE_LATE = f"""{OPEN_ONES} AND (
  ({RESPONSE_SINCE} <= {{}} AND COALESCE(i.first_response_at, {{}}) >= {{}}
   AND {UNTOLD.format(clock=FIRST_RESPONSE, start=RESPONSE_SINCE)})
  OR ({REPLY_SINCE} <= {{}} AND (i.awaiting_reply_since IS NOT NULL OR i.replied_at >= {{}})
      AND {UNTOLD.format(clock=REPLY, start=REPLY_SINCE)})
  OR ({BEGAN} <= {{}} AND {UNTOLD.format(clock=RESOLUTION, start=BEGAN)})
)"""
SHORTEST = """
SELECT min(first_response_target) AS first_response, min(reply_target) AS reply,
       min(resolution_target) AS resolution
FROM queues
"""
# What ended late while nobody looked for longer is told when the interaction ends.
JUST_NOW = timedelta(minutes=10)
TOLD = """
SELECT b.interaction, b.clock, b.started_at
FROM breaches b JOIN interactions i ON i.id = b.interaction
WHERE i.state IN ('queued', 'offered', 'active')
"""
ENDED = N_("It has ended, so its clocks stand still.")


async def sweep() -> None:
    """Tell of every clock that has passed its target and was not told of yet."""
    at = now()
    rows = await _may_be_late(at)
    late = {row["id"]: _late_by_the_wall(row, at) for row in rows}
    if not any(late.values()):
        return
    told = {(row["interaction"], row["clock"], row["started_at"]) for row in await fetch(TOLD)}
    hours = await all_hours()
    for row in rows:
        untold = {name for name, start in late[row["id"]] if (row["id"], name, start) not in told}
        if any(clock.name in untold for clock in _late(row, hours[row["queue"]], at)):
            async with unit_of_work():
                await tell_late(row["id"])


async def tell_late(interaction_id: int) -> None:
    """Write each clock of an open interaction that has passed its target and was not told of.

    Part of the unit of work around it: the sweep's own, or that of a verb that ends the
    interaction, so that what passed its target since the last sweep is told all the same.
    The row is locked first, as every verb does it.
    """
    try:
        await log.write(interaction_id, states=OPEN, refusal=ENDED)
    except Refused:
        return  # who ended it has told; a verb that ends it is refused by itself
    for row in await fetch(f"{OPEN_ONES} AND i.id = {{}}", interaction_id):
        at = now()
        if _late_by_the_wall(row, at):
            for clock in _late(row, await hours_of(row["queue"]), at):
                await _breach(interaction_id, clock)


async def _breach(interaction_id: int, clock: Clock) -> None:
    """Write that this clock passed its target; a second time changes nothing."""
    made = (
        await Breach.insert(
            Breach(
                interaction=interaction_id,
                clock=clock.name,
                started_at=clock.started_at,
                breached_at=clock.due_at,
            )
        )
        .on_conflict(action="DO NOTHING")
        .returning(Breach.id)
    )
    if not made:
        return
    with speaking(SOURCE):  # the log is English, whoever's request this is
        words = f"{NAMES[clock.name][0]} passed {lasted(clock.target)}"
    await log.write(interaction_id, notice("breached", body=words), states=OPEN, refusal=ENDED)
    tell(InteractionBreached(interaction_id, clock.name))


async def _may_be_late(at: datetime) -> list[dict[str, Any]]:
    """By the shortest target of any queue, so that there are more of them rather than fewer."""
    [shortest] = await fetch(SHORTEST)
    if shortest["reply"] is None:
        return []
    since = {name: at - timedelta(seconds=shortest[name]) for name in shortest}
    recent = at - JUST_NOW
    response = since[FIRST_RESPONSE], at, recent
    return await fetch(MAY_BE_LATE, *response, since[REPLY], recent, since[RESOLUTION])


def _late_by_the_wall(row: dict[str, Any], at: datetime) -> list[tuple[str, datetime]]:
    """The clocks, with their starts, that are late if the queue never closed.

    Open time is never longer than this, so that most clocks need not be counted at all.
    """
    began = row["first_message_at"] or row["awaiting_reply_since"]
    waiting = row["awaiting_reply_since"]
    spans = (
        (FIRST_RESPONSE, row["reopened_at"] or began, row["first_response_at"]),
        (REPLY, waiting or row["reply_started_at"], None if waiting else row["replied_at"]),
        (RESOLUTION, began, None),
    )
    return [
        (name, start)
        for name, start, end in spans
        if start and ((end or at) - start).total_seconds() >= row[f"{name}_target"]
    ]


def _late(row: dict[str, Any], hours: Hours, at: datetime) -> Iterator[Clock]:
    """The clocks of an interaction that are over their target, or ended over it."""
    targets = Targets(row["first_response_target"], row["reply_target"], row["resolution_target"])
    events = timeline.from_marks(Marks(**{name: row[name] for name in MARKS}))
    for clock in clocks(events, hours=hours, targets=targets, now=at).all:
        if clock.breached:
            yield clock
