"""What a queue can honestly say to somebody who comes now: hours, who is there, how long."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.interactions.tables import Interaction
from app.moments import ago, now
from app.realtime.presence import Presence
from app.routing.calendars import hours_of
from app.routing.hours import Hours
from app.routing.tables import QueueMember
from app.routing.waits import expected_minutes

FRESH_SECONDS = 5.0
RECENT_SECONDS = 3 * 24 * 3600
COUNTED = 20

# The first words and the first answer of those who were answered last, and of who is not yet.
ANSWERED = """
SELECT first_message_at, first_response_at FROM interactions
WHERE queue = {} AND first_response_at > {} AND first_message_at IS NOT NULL AND offline = {}
ORDER BY first_response_at DESC LIMIT {}
"""
WAITING = """
SELECT queued_at FROM interactions
WHERE queue = {} AND state IN ('queued', 'offered') AND offline = {}
ORDER BY queued_at LIMIT {}
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is said of a queue now; `minutes` is within how many most are answered, if known.

    `is_staffed` says that somebody who takes its interactions is signed in and not offline,
    `mails` that a transcript can be sent by e-mail.
    """

    is_open: bool = True
    is_staffed: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    minutes: int | None = None
    mails: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a queue, and when by the process's clock."""

    at: float
    hours: Hours
    members: frozenset[int]
    minutes: int | None


class Promises:
    """Reads what a queue can say, at most once in a few seconds however many ask."""

    def __init__(
        self,
        presence: Presence,
        clock: Callable[[], float] = time.monotonic,
        *,
        mails: bool = False,
    ) -> None:
        self._mails = mails
        self._presence = presence
        self._clock = clock
        self._known: dict[int, _Known] = {}

    async def of(self, queue_id: int) -> Promise:
        """What this queue can say now."""
        known = self._known.get(queue_id)
        if known is None or known.at + FRESH_SECONDS < self._clock():
            known = self._known[queue_id] = await self._read(queue_id)
        return _promise(known, self._presence.all_here("agent"), mails=self._mails)

    async def forget(self, _: Any = None) -> None:
        """Somebody came, went or changed their status: read again when asked."""
        self._known.clear()

    async def _read(self, queue_id: int) -> _Known:
        hours = await hours_of(queue_id)
        rows = await QueueMember.select(QueueMember.agent).where(
            QueueMember.queue == queue_id,
            QueueMember.agent.status_kind != "offline",
            QueueMember.agent.disabled_at.is_null(),
        )
        members = frozenset(row["agent"] for row in rows)
        return _Known(self._clock(), hours, members, await expected(queue_id, hours))


async def expected(queue_id: int, hours: Hours) -> int | None:
    """Within how many minutes of open time most of this queue are answered."""
    answered = await Interaction.raw(ANSWERED, queue_id, ago(RECENT_SECONDS), False, COUNTED)
    if not answered:
        return None
    waiting = await Interaction.raw(WAITING, queue_id, False, COUNTED)
    return expected_minutes(
        [
            hours.seconds_between(row["first_message_at"], row["first_response_at"])
            for row in answered
        ],
        [hours.seconds_between(row["queued_at"], now()) for row in waiting],
    )


def _promise(known: _Known, present: Collection[int], *, mails: bool) -> Promise:
    at = now()
    is_open = known.hours.is_open(at)
    return Promise(
        is_open=is_open,
        is_staffed=not known.members.isdisjoint(present),
        opens_at=None if is_open else known.hours.next_opening(at),
        closes_at=known.hours.next_closing(at) if is_open else None,
        minutes=known.minutes,
        mails=mails,
    )
