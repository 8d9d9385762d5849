"""Breaches: a clock that passes its target says so in the log, once for each time it started.

The sweep reads the open interactions without their logs, and writes with an insert that only one
of many processes can make.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.database import tell, unit_of_work
from app.interactions import log, timeline
from app.interactions.clock_views import NAMES
from app.interactions.clocks import Clock, Targets, clocks
from app.interactions.events import InteractionBreached
from app.interactions.log import notice
from app.interactions.tables import OPEN, Breach, Interaction
from app.interactions.timeline import Marks
from app.moments import lasted, now
from app.problems import Refused
from app.routing.calendars import all_hours
from app.routing.hours import Hours

# Open interactions that may have a clock past its target: business time is never longer than
# wall time, so those that are young are not even counted.
OPEN_ONES = """
SELECT i.id, i.queue, i.state, i.first_message_at, i.first_response_at, i.reply_started_at,
       i.replied_at, i.awaiting_reply_since, i.reopened_at, i.archived_at,
       q.first_response_target, q.reply_target, q.resolution_target
FROM interactions i JOIN queues q ON q.id = i.queue
WHERE i.state IN ('queued', 'offered', 'active')
"""
TOLD = """
SELECT b.interaction, b.clock, b.started_at
FROM breaches b JOIN interactions i ON i.id = b.interaction
WHERE i.state IN ('queued', 'offered', 'active')
"""
MARKS = (
    "state",
    "first_message_at",
    "first_response_at",
    "reply_started_at",
    "replied_at",
    "awaiting_reply_since",
    "reopened_at",
    "archived_at",
)


async def sweep() -> None:
    """Tell of every clock that has passed its target and was not told of yet."""
    at = now()
    due = [row for row in await Interaction.raw(OPEN_ONES) if _may_be_late(row, at)]
    if not due:
        return
    hours = await all_hours()
    told = {(row["interaction"], row["clock"], row["started_at"]) for row in await Breach.raw(TOLD)}
    for row in due:
        for clock in _late(row, hours[row["queue"]], at):
            if (row["id"], clock.name, clock.started_at) not in told:
                await breach(row["id"], clock)


async def breach(interaction_id: int, clock: Clock) -> None:
    """Write that this clock passed its target; a second time changes nothing."""
    try:
        async with unit_of_work():
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
            words = f"{NAMES[clock.name][0]} passed {lasted(clock.target)}"
            await log.write(
                interaction_id,
                notice("breached", body=words),
                states=OPEN,
                refusal="It has ended, so its clocks stand still.",
            )
            tell(InteractionBreached(interaction_id, clock.name))
    except Refused:
        return  # ended in the meantime: nothing is written, and the report counts it all the same


def _may_be_late(row: dict[str, Any], at: datetime) -> bool:
    """Whether any clock has run for as long as the shortest target, in wall time."""
    targets = (row["first_response_target"], row["reply_target"], row["resolution_target"])
    began = row["first_message_at"] or row["awaiting_reply_since"]
    return began is not None and (at - began).total_seconds() >= min(targets)


def _late(row: dict[str, Any], hours: Hours, at: datetime) -> Iterator[Clock]:
    """The clocks of an interaction that are over their target, or ended over it."""
    targets = Targets(row["first_response_target"], row["reply_target"], row["resolution_target"])
    events = timeline.from_marks(Marks(**{name: row[name] for name in MARKS}))
    for clock in clocks(events, hours=hours, targets=targets, now=at).all:
        if clock.breached:
            yield clock
