"""The bus: signals between the parts that write and the streams that tell."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Topic(NamedTuple):
    """Whom a signal is for: an audience ("agent", "visitor") and an id; id 0 is every process."""

    audience: str
    id: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Something happened; ids only, whoever tells it reads the rest."""

    topic: Topic
    kind: str
    ids: dict[str, int] = field(default_factory=dict)


class Lost:
    """Signals may have been lost: every stream must catch up."""


LOST = Lost()
# Signals that wait at most, before they are lost and whoever reads them catches up instead.
ROOM = 10_000


class Bus(Protocol):
    """Carries signals to every process, this one included."""

    @property
    def hears(self) -> bool:
        """Whether the signals of other processes arrive here."""

    async def publish(self, signal: Signal) -> None:
        """Send a signal; it never raises or waits, because what it tells is already stored."""

    def signals(self) -> AsyncIterator[Signal | Lost]:
        """The signals of all processes, each one's in the order in which it sent them."""

    async def run(self) -> None:
        """Keep what it needs running, until cancelled."""


class MemoryBus:
    """The bus of one process; when its reader falls behind, signals are lost and it says so."""

    hears = True

    def __init__(self, room: int = ROOM) -> None:
        self._waiting: asyncio.Queue[Signal | Lost] = asyncio.Queue()
        self._room = room

    async def publish(self, signal: Signal) -> None:
        if self._waiting.qsize() < self._room:
            self._waiting.put_nowait(signal)
        elif self._waiting.qsize() == self._room:
            self._waiting.put_nowait(LOST)

    def lose(self) -> None:
        """Say that signals may have been lost, unless that waits to be heard already."""
        if self._waiting.qsize() <= self._room:
            self._waiting.put_nowait(LOST)

    async def run(self) -> None:
        """Nothing: what is in memory needs nobody."""

    async def signals(self) -> AsyncIterator[Signal | Lost]:
        while True:
            yield await self._waiting.get()
