"""Limits on how often something may happen, counted in this process's memory."""

import time
from collections import deque
from collections.abc import Callable, Hashable

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

    def spend(self, key: Hashable, text: str) -> None:
        """Count one try; over the limit raises TooMany with this text and when to try again."""
        now = self._clock()
        self._sweep(now)
        tries = self._tries.setdefault(key, deque())
        while tries and tries[0] <= now - self.seconds:
            tries.popleft()
        if len(tries) >= self.count:
            wait = max(1, round(tries[0] + self.seconds - now + 0.5))
            again = N_("{why} Try again in {time}.", why=text, time=in_words(wait))
            raise TooMany(again, retry_after=wait)
        tries.append(now)

    def give_back(self, key: Hashable) -> None:
        """Take the newest try of this key back, because it turned out well."""
        tries = self._tries.get(key)
        if tries:
            tries.pop()

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
