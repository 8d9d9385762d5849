"""The line: everything that waits, in the order in which it is offered.

The highest priority first, then the earliest due, then the longest waiting.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from app.database import rows_where
from app.interactions import clocks, timeline
from app.interactions.clocks import NEVER, Targets
from app.interactions.tables import OFFERED, QUEUED, Interaction
from app.routing.calendars import all_hours
from app.routing.hours import Hours
from app.routing.tables import BROADCAST, Queue

IN_LINE = "state IN ({}, {}) AND forwarded_by IS NULL"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An interaction in the line; `due_at` is None where its queue never opens again."""

    interaction: Interaction
    queue: Queue
    hours: Hours
    due_at: datetime | None

    @property
    def priority(self) -> int:
        """Its own and that of its queue."""
        return self.interaction.priority + self.queue.priority

    @property
    def order(self) -> tuple[int, datetime, datetime, int]:
        """What the line is sorted by."""
        one = self.interaction
        return (-self.priority, self.due_at or NEVER, one.queued_at, one.id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interaction stands in its queue: `before` are taken up first."""

    interaction: int
    visitor: int
    before: int


async def line() -> list[Waiting]:
    """What waits to be offered, of every queue; in broadcast mode what is offered waits on."""
    return [one for one in await everybody() if _is_asked_for(one)]


async def places() -> list[Place]:
    """Everybody who waits, with how many of their own queue are before them."""
    seen: Counter[int] = Counter()
    found = []
    for one in await everybody():
        waiting = one.interaction
        found.append(Place(waiting.id, waiting.visitor, seen[one.queue.id]))
        seen[one.queue.id] += 1
    return found


async def place_of(interaction_id: int) -> Place | None:
    """Where one interaction stands; None when it does not wait."""
    return next((one for one in await places() if one.interaction == interaction_id), None)


async def everybody() -> list[Waiting]:
    """Everything that waits in the order of the line, also what is shown to an agent just now."""
    found = await rows_where(Interaction, IN_LINE, QUEUED, OFFERED)
    if not found:
        return []
    queues = {queue.id: queue for queue in await Queue.objects()}
    hours = await all_hours()
    waiting = (_waiting(one, queues[one.queue], hours[one.queue]) for one in found)
    return sorted(waiting, key=lambda one: one.order)


def _is_asked_for(one: Waiting) -> bool:
    return one.interaction.state == QUEUED or one.queue.mode == BROADCAST


def _waiting(interaction: Interaction, queue: Queue, of_queue: Hours) -> Waiting:
    targets = Targets(queue.first_response_target, queue.reply_target, queue.resolution_target)
    log = timeline.from_marks(timeline.marks_of(interaction))
    due = clocks.next_due_at(log, hours=of_queue, targets=targets)
    return Waiting(interaction, queue, of_queue, due)
