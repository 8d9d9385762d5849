"""What is asked of the database when somebody reads the metrics."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.interactions.tables import OFFERED, QUEUED, Interaction
from app.metrics.numbers import gauge
from app.moments import now
from app.routing.tables import Queue


@dataclass
class Line:
    """What waits in a queue: chats whose visitor is there, or messages left behind."""

    queue: int
    name: str
    kind: str
    waiting: int = 0
    since: datetime | None = None

    @property
    def labels(self) -> dict[str, str]:
        """How the metrics name it."""
        return {"queue": str(self.queue), "name": self.name, "kind": self.kind}


async def lines_of_queues() -> list[str]:
    """How many wait in each queue, and for how long at most."""
    found = await _lines()
    at = now()
    longest = [(one.labels, (at - one.since).total_seconds() if one.since else 0) for one in found]
    return list(_said([(one.labels, one.waiting) for one in found], longest))


def _said(
    waiting: list[tuple[dict[str, str], int]], longest: list[tuple[dict[str, str], float]]
) -> Iterator[str]:
    yield from gauge("parley_queue_waiting", "Interactions that wait in a queue.", waiting)
    yield from gauge(
        "parley_queue_longest_wait_seconds", "How long the first in line waits.", longest
    )


async def _lines() -> list[Line]:
    queues = await Queue.select(Queue.id, Queue.name).where(Queue.archived_at.is_null())
    found = {
        (row["id"], kind): Line(row["id"], row["name"], kind)
        for row in queues
        for kind in ("chat", "message")
    }
    for row in await Interaction.select(
        Interaction.queue, Interaction.offline, Interaction.queued_at
    ).where(Interaction.state.is_in([QUEUED, OFFERED])):
        line = found.get((row["queue"], "message" if row["offline"] else "chat"))
        if line is not None:
            line.waiting += 1
            line.since = min(line.since or row["queued_at"], row["queued_at"])
    return list(found.values())
