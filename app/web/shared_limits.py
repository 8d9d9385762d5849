"""Limits that count over all processes: each tells the others its tries, by marks of keys."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from functools import partial

from app.realtime.bus import Signal
from app.realtime.hub import Hub
from app.web.rate_limits import RateLimit

KIND = "tries"


class SharedLimits:
    """Passes on what is spent, a moment later and several at once.

    A try waits for nobody: while the bus is away each process counts by itself.
    """

    def __init__(self, hub: Hub, limits: Mapping[str, RateLimit]) -> None:
        self._hub = hub
        self._limits = limits
        self._number = secrets.randbelow(2**31)
        self._unsaid: Counter[str] = Counter()
        self._due = asyncio.Event()
        for name, limit in limits.items():
            limit.share(partial(self._spent, name))
        hub.reacts(KIND, self.heard)

    async def tell(self) -> None:
        """Tell what was spent since the last time; called again and again."""
        await self._due.wait()
        self._due.clear()
        unsaid, self._unsaid = self._unsaid, Counter()
        await self._hub.publish("process", self._number, KIND, **unsaid)

    async def heard(self, signal: Signal) -> None:
        """Count what another process spent."""
        if signal.topic.id == self._number:
            return
        for key, tries in signal.ids.items():
            name, _, mark = key.partition(":")
            if name in self._limits:
                self._limits[name].heard(mark, tries)

    def _spent(self, name: str, mark: str, tries: int) -> None:
        self._unsaid[f"{name}:{mark}"] += tries
        self._due.set()
