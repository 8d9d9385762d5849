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


class Bus(Protocol):
    """Carries signals to every process, this one included."""

    async def publish(self, signal: Signal) -> None:
        """Send a signal; it never raises, because what it tells is already stored."""

    def signals(self) -> AsyncIterator[Signal | Lost]:
        """The signals of all processes, in the order in which they were sent."""


class MemoryBus:
    """The bus of one process; when its reader falls behind, signals are lost and it says so."""

    def __init__(self, room: int = 10_000) -> None:
        self._waiting: asyncio.Queue[Signal | Lost] = asyncio.Queue()
        self._room = room

    async def publish(self, signal: Signal) -> None:
        if self._waiting.qsize() < self._room:
            self._waiting.put_nowait(signal)
        elif self._waiting.qsize() == self._room:
            self._waiting.put_nowait(LOST)

    async def signals(self) -> AsyncIterator[Signal | Lost]:
        while True:
            yield await self._waiting.get()
