"""The hours of queues, as they are kept in the database."""

from collections import defaultdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.routing.hours import Hours, Period
from app.routing.tables import Queue, QueueHoliday, QueuePeriod

Rows = list[dict[str, Any]]


async def all_hours() -> dict[int, Hours]:
    """The hours of every queue by its id."""
    return _hours(
        await Queue.select(Queue.id, Queue.time_zone),
        await QueuePeriod.select(),
        await QueueHoliday.select(),
    )


async def hours_of(queue_id: int) -> Hours:
    """The hours of one queue; always open when there is no such queue."""
    hours = _hours(
        await Queue.select(Queue.id, Queue.time_zone).where(Queue.id == queue_id),
        await QueuePeriod.select().where(QueuePeriod.queue == queue_id),
        await QueueHoliday.select().where(QueueHoliday.queue == queue_id),
    )
    return hours.get(queue_id, Hours())


def _hours(queues: Rows, periods: Rows, holidays: Rows) -> dict[int, Hours]:
    periods_of: dict[int, list[Period]] = defaultdict(list)
    for one in periods:
        periods_of[one["queue"]].append(Period(one["weekday"], one["opens"], one["closes"]))
    holidays_of: dict[int, set[date]] = defaultdict(set)
    for day in holidays:
        holidays_of[day["queue"]].add(day["day"])
    return {
        queue["id"]: Hours(
            zone=zone(queue["time_zone"]),
            periods=tuple(periods_of[queue["id"]]),
            holidays=frozenset(holidays_of[queue["id"]]),
        )
        for queue in queues
    }


def zone(name: str) -> ZoneInfo:
    """The time zone of this name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
