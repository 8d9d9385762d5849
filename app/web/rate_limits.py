"""Limits on how often something may happen, counted in memory."""

import time
from collections import deque
from collections.abc import Callable, Hashable
from hashlib import blake2b

from app.languages import N_, counted
from app.problems import TooMany


class RateLimit:
    """At most `count` in `seconds` for each key.

    A try is counted before its work begins and without awaiting between look and count, so
    tries that run in parallel cannot pass together. A refused try is not counted: a flood
    locks its key for no longer than the window.
    """

    def __init__(
        self, count: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.count = count
        self.seconds = seconds
        self._clock = clock
        self._tries: dict[Hashable, deque[float]] = {}
        self._swept = clock()
        self._tell: Callable[[str, int], None] | None = None

    def share(self, tell: Callable[[str, int], None]) -> None:
        """Tell of each try of this process: the mark of its key, and 1 or, given back, -1."""
        self._tell = tell

    def heard(self, mark: str, tries: int) -> None:
        """Count the tries of another process, or take back so many."""
        now = self._clock()
        self._sweep(now)
        known = self._tries.setdefault(mark, deque())
        known.extend([now] * min(tries, self.count))
        for _ in range(min(-tries, len(known))):
            known.pop()

    def spend(self, key: Hashable, text: str) -> None:
        """Count one try; over the limit raises TooMany with this text and when to try again."""
        now = self._clock()
        self._sweep(now)
        mark = self._mark(key)
        tries = self._tries.setdefault(mark, deque())
        while tries and tries[0] <= now - self.seconds:
            tries.popleft()
        if len(tries) >= self.count:
            wait = max(1, round(tries[0] + self.seconds - now + 0.5))
            again = N_("{why} Try again in {time}.", why=text, time=in_words(wait))
            raise TooMany(again, retry_after=wait)
        tries.append(now)
        self._told(mark, 1)

    def give_back(self, key: Hashable) -> None:
        """Take the newest try of this key back, because it turned out well."""
        mark = self._mark(key)
        tries = self._tries.get(mark)
        if tries:
            tries.pop()
            self._told(mark, -1)

    def _mark(self, key: Hashable) -> Hashable:
        """The key, or what others may know of it, the same in every process."""
        return blake2b(repr(key).encode(), digest_size=12).hexdigest() if self._tell else key

    def _told(self, mark: Hashable, tries: int) -> None:
        if self._tell:
            self._tell(str(mark), tries)

    def _sweep(self, now: float) -> None:
        if now - self._swept < self.seconds:
            return
        self._swept = now
        for key in [k for k, v in self._tries.items() if not v or v[-1] <= now - self.seconds]:
            del self._tries[key]


def in_words(seconds: int) -> str:
    """A waiting time as a person says it."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return counted("{count} second", "{count} seconds", seconds)
    return counted("{count} minute", "{count} minutes", -(-seconds // 60))
