"""What a report is about, and which chats belong to it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.canary.mark import MARKED
from app.reports.period import Period
from app.routing.hours import Hours

# No zone is farther from UTC.
FARTHEST = timedelta(hours=15)
# Of interactions i and queues q, with values() for its places.
BEGAN = """
WHERE i.first_message_at >= {} AND i.first_message_at < {} AND q.name NOT LIKE {}
  AND ({} = 0 OR i.queue = {})
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about; 0 stands for every queue, and for every agent."""

    period: Period
    queue: int = 0
    agent: int = 0


def values(asked: Asked) -> tuple[Any, ...]:
    """The first and the last moment that may belong to the days, wherever the queue is."""
    begin = datetime.combine(asked.period.first, time(), UTC) - FARTHEST
    end = datetime.combine(asked.period.last, time(), UTC) + timedelta(days=1) + FARTHEST
    return (begin, end, MARKED, asked.queue, asked.queue, asked.agent, asked.agent)


def day_of(at: datetime, hours: Hours) -> date:
    """The day that it was where the queue is."""
    return at.astimezone(hours.zone).date()
