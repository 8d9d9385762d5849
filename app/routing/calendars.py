"""The hours of queues, as they are kept in the database."""

from collections import defaultdict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.routing.hours import Hours, Period
from app.routing.tables import Queue, QueueHoliday, QueuePeriod


async def all_hours() -> dict[int, Hours]:
    """The hours of every queue by its id."""
    periods = defaultdict(list)
    for one in await QueuePeriod.objects():
        periods[one.queue].append(Period(one.weekday, one.opens, one.closes))
    holidays = defaultdict(set)
    for day in await QueueHoliday.objects():
        holidays[day.queue].add(day.day)
    return {
        queue["id"]: Hours(
            zone=zone(queue["time_zone"]),
            periods=tuple(periods[queue["id"]]),
            holidays=frozenset(holidays[queue["id"]]),
        )
        for queue in await Queue.select(Queue.id, Queue.time_zone)
    }


async def hours_of(queue_id: int) -> Hours:
    """The hours of one queue."""
    return (await all_hours()).get(queue_id, Hours())


def zone(name: str) -> ZoneInfo:
    """The time zone of this name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
