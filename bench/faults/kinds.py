"""What is broken, and how: one after the other, and now and then two together."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Protocol

from bench.crowd import Page, Visitor, until
from bench.faults.plan import Plan, Result
from bench.proxy import Way, narrow_socket
from tests.disks import Disk, Limit

# How often two faults come together.
TOGETHER = 0.4
# In seconds, and in times of what another fault would take.
FROZEN, FROZEN_TIMES = 20, 8
FULL_WITHIN = 10
# Readers who take nothing, and what is written meanwhile: more than both kernels keep for each.
SLEEPERS, WRITERS, MUCH, LONG = 12, 4, 25, 6_000


class Serving(Protocol):
    """Parley's processes."""

    @property
    def serving(self) -> list[int]:
        """Those that answer."""


@dataclass
class Around:
    """What can be broken: the ways, the processes, the disk and the servers."""

    ways: dict[str, Way]
    parley: Serving
    disk: Disk | Limit
    again: dict[str, Callable[[], Awaitable[None]]]
    revive: Callable[[], Awaitable[None]]
    visitors: list[Visitor] = field(default_factory=list)
    sleepers: ExitStack = field(default_factory=ExitStack)

    @property
    def front(self) -> Way:
        """The way of browsers."""
        return self.ways["front"]

    @property
    def url(self) -> str:
        """Where browsers reach it."""
        return f"http://127.0.0.1:{self.front.port}"

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return self.parley.serving

    def heal(self) -> None:
        """Mend all ways."""
        for way in self.ways.values():
            way.heal()

    def bury(self) -> None:
        """End what was left half-open."""
        for way in self.ways.values():
            way.bury()


Fault = Callable[[Around, random.Random, float], Awaitable[None]]


def _signals(number: int) -> Fault:
    async def fault(around: Around, dice: random.Random, _: float) -> None:
        _send(dice.choice(around.workers), number)

    return fault


async def _worker_frozen(around: Around, dice: random.Random, seconds: float) -> None:
    """For longer than the others, so that whoever watches it may find that it hangs."""
    worker = dice.choice(around.workers)
    _send(worker, signal.SIGSTOP)
    await asyncio.sleep(min(FROZEN, FROZEN_TIMES * seconds))
    _send(worker, signal.SIGCONT)


def _cuts(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, __: float) -> None:
        around.ways[name].cut()

    return fault


def _freezes(name: str) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = around.ways[name]
        way.freeze()
        await asyncio.sleep(seconds)
        if dice.random() < 0.5:  # the connections never come back, or they go on
            way.cut()
        way.heal()

    return fault


def _abandons(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, seconds: float) -> None:
        around.ways[name].abandon()
        await asyncio.sleep(seconds)

    return fault


def _refuses(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, seconds: float) -> None:
        way = around.ways[name]
        way.refuse()
        await asyncio.sleep(seconds)
        way.heal()

    return fault


def _slows(name: str, most: float) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = around.ways[name]
        way.delay = dice.uniform(0.02, most)
        await asyncio.sleep(seconds)
        way.heal()

    return fault


async def _answers_lost(around: Around, dice: random.Random, seconds: float) -> None:
    around.front.answers_to_lose = dice.randint(3, 20)
    await asyncio.sleep(seconds)
    around.front.heal()


def _restarts(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, __: float) -> None:
        await around.again[name]()

    return fault


async def _disk_full(around: Around, dice: random.Random, seconds: float) -> None:
    """Until somebody was refused: databases go on for a while in what room they have already."""
    told, free = around.visitors[0].told, asyncio.Event()
    before = told.broken

    async def full() -> None:
        around.disk.fill(around.workers)
        try:
            await asyncio.sleep(seconds)
            await until(lambda: told.broken > before, FULL_WITHIN)
        finally:
            around.disk.free(around.workers)
            free.set()
        await around.revive()

    async def writes(visitor: Visitor) -> None:
        while not free.is_set():
            await visitor.say_much(1, LONG)

    writers = dice.sample(around.visitors, min(WRITERS, len(around.visitors)))
    await asyncio.gather(full(), *map(writes, writers))


async def _readers_frozen(around: Around, dice: random.Random, _: float) -> None:
    """Some open a visitor's stream and never read, while that visitor writes a lot."""
    visitor = dice.choice(around.visitors)
    for _ in range(SLEEPERS):
        with suppress(OSError):  # refused just now: one less
            around.sleepers.enter_context(sleeping(visitor, around.front.target))
    await visitor.say_much(MUCH, LONG)


def sleeping(page: Page, port: int) -> socket.socket:
    """A connection that asks for the stream of a page, and takes nothing of it."""
    made = narrow_socket()
    made.connect(("127.0.0.1", port))
    head = f"GET {page.stream} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {page.cookie}\r\n\r\n"
    made.sendall(head.encode())
    return made


FAULTS: dict[str, Fault] = {
    "answers lost": _answers_lost,
    "worker killed": _signals(signal.SIGKILL),
    "worker ended": _signals(signal.SIGTERM),
    "worker frozen": _worker_frozen,
    "disk full": _disk_full,
    "readers frozen": _readers_frozen,
    "redis restarted": _restarts("redis"),
    "postgres restarted": _restarts("postgres"),
}
for _what, _name, _delay in (
    ("browsers", "front", 0.5),
    ("redis", "redis", 0.2),
    ("postgres", "postgres", 0.05),
):
    FAULTS |= {
        f"{_what} cut": _cuts(_name),
        f"{_what} stalled": _freezes(_name),
        f"{_what} half-open": _abandons(_name),
        f"{_what} slowed": _slows(_name, _delay),
        f"{_what} refused": _refuses(_name),
    }


def possible(around: Around) -> list[str]:
    """What can be broken here: there may be no Redis, or a PostgreSQL of somebody else's."""
    return [
        name
        for name in FAULTS
        if (thing := name.partition(" ")[0]) not in {"redis", "postgres"}
        or (thing in (around.again if name.endswith("restarted") else around.ways))
    ]


async def break_things(plan: Plan, around: Around, dice: random.Random, result: Result) -> None:
    """One fault after the other, each kind as often as the others, in an order of the seed's."""
    deadline = time.monotonic() + plan.seconds
    waiting: list[str] = []
    while time.monotonic() < deadline or (plan.kinds and waiting):  # what is named comes once
        if not waiting:
            waiting = [name for name in possible(around) if name in (plan.kinds or FAULTS)]
            dice.shuffle(waiting)
        names = [waiting.pop()]
        if waiting and dice.random() < TOGETHER:
            names.append(waiting.pop())
        result.now = set(names)
        together = [_after(dice.uniform(0, 0.5), name, plan, around, dice) for name in names]
        await asyncio.gather(*together)
        around.heal()
        result.faults.update(names)
        result.now = set()
        await asyncio.sleep(dice.uniform(0.2, 0.8))


async def _after(pause: float, name: str, plan: Plan, around: Around, dice: random.Random) -> None:
    await asyncio.sleep(pause)
    if around.workers or not name.startswith("worker"):
        await FAULTS[name](around, dice, dice.uniform(0.3, plan.longest))


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
