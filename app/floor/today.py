"""What happened today, by queue: breaches, and first responses in time."""

from dataclasses import dataclass, field
from datetime import datetime, time

from app.interactions.tables import Breach, Interaction
from app.routing.hours import Hours
from app.routing.tables import Queue

# The plus keeps SQLite, which knows nothing of how often a value comes, from reading every chat
# that the queue ever had. Asked: first responses that were given, or are late. A breach is kept
# once for each start.
FIRST_RESPONSES = """
SELECT COUNT(*) AS asked,
       COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM breaches b WHERE b.interaction = i.id
                             AND b.clock = 'first_response') THEN 1 ELSE 0 END), 0) AS late
FROM interactions i
WHERE i.first_message_at >= {} AND +i.queue = {}
  AND (i.first_response_at IS NOT NULL
       OR EXISTS (SELECT 1 FROM breaches b WHERE b.interaction = i.id
                  AND b.clock = 'first_response'))
"""
BREACHES = """
SELECT COUNT(*) AS breaches FROM breaches b JOIN interactions i ON i.id = b.interaction
WHERE b.breached_at >= {} AND +i.queue = {}
"""


@dataclass(frozen=True, slots=True)
class Day:
    """The day so far; `on_time` in whole per cent, None before anything was asked."""

    breaches: int = 0
    asked: int = 0
    late: int = 0

    @property
    def on_time(self) -> int | None:
        """The share of first responses that were in time, never rounded up to all of them."""
        return int(100 * (self.asked - self.late) / self.asked) if self.asked else None


@dataclass(frozen=True, slots=True)
class Today:
    """The day of each queue, from midnight where the queue is."""

    queues: dict[int, Day] = field(default_factory=dict)

    def of(self, queue_id: int) -> Day:
        """The day of one queue."""
        return self.queues.get(queue_id, Day())

    @property
    def all(self) -> Day:
        """All queues together."""
        days = self.queues.values()
        return Day(
            sum(day.breaches for day in days),
            sum(day.asked for day in days),
            sum(day.late for day in days),
        )


async def today(queues: list[Queue], hours: dict[int, Hours], at: datetime) -> Today:
    """The day so far."""
    return Today({queue.id: await _day(queue.id, hours[queue.id], at) for queue in queues})


async def _day(queue_id: int, hours: Hours, at: datetime) -> Day:
    local = at.astimezone(hours.zone)
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    breached = await Breach.raw(BREACHES, midnight, queue_id)
    [first] = await Interaction.raw(FIRST_RESPONSES, midnight, queue_id)
    return Day(breached[0]["breaches"], first["asked"], first["late"])
