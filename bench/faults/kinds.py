"""What is broken, and how: one after the other, and now and then two together."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.faults.plan import Plan, Result
from bench.proxy import Way

# How often two faults come together.
TOGETHER = 0.4


@dataclass
class Around:
    """What can be broken: the ways, the processes and the two servers."""

    front: Way
    postgres: Way
    redis: Way
    parent: int
    restart_postgres: Callable[[], Awaitable[None]]
    restart_redis: Callable[[], Awaitable[None]]

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children")
        return [int(number) for number in children.read_text().split()]

    def heal(self) -> None:
        """Mend all ways."""
        for way in (self.front, self.postgres, self.redis):
            way.heal()


Fault = Callable[[Around, random.Random, float], Awaitable[None]]


def _signals(number: int) -> Fault:
    async def fault(around: Around, dice: random.Random, _: float) -> None:
        _send(dice.choice(around.workers), number)

    return fault


async def _worker_frozen(around: Around, dice: random.Random, seconds: float) -> None:
    worker = dice.choice(around.workers)
    _send(worker, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    _send(worker, signal.SIGCONT)


def _cuts(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, __: float) -> None:
        getattr(around, name).cut()

    return fault


def _freezes(name: str) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.freeze()
        await asyncio.sleep(seconds)
        if dice.random() < 0.5:  # the connections never come back, or they go on
            way.cut()
        way.heal()

    return fault


def _refuses(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.refuse()
        await asyncio.sleep(seconds)
        way.heal()

    return fault


def _slows(name: str, most: float) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.delay = dice.uniform(0.02, most)
        await asyncio.sleep(seconds)
        way.heal()

    return fault


async def _answers_lost(around: Around, dice: random.Random, seconds: float) -> None:
    around.front.answers_to_lose = dice.randint(3, 20)
    await asyncio.sleep(seconds)
    around.front.heal()


async def _postgres_restarted(around: Around, _: random.Random, __: float) -> None:
    await around.restart_postgres()


async def _redis_restarted(around: Around, _: random.Random, __: float) -> None:
    await around.restart_redis()


FAULTS: dict[str, Fault] = {
    "answers lost": _answers_lost,
    "worker killed": _signals(signal.SIGKILL),
    "browsers cut": _cuts("front"),
    "redis cut": _cuts("redis"),
    "postgres cut": _cuts("postgres"),
    "worker ended": _signals(signal.SIGTERM),
    "redis restarted": _redis_restarted,
    "postgres restarted": _postgres_restarted,
    "worker frozen": _worker_frozen,
    "browsers half-open": _freezes("front"),
    "redis half-open": _freezes("redis"),
    "postgres stalled": _freezes("postgres"),
    "browsers slowed": _slows("front", 0.5),
    "postgres slowed": _slows("postgres", 0.05),
    "browsers refused": _refuses("front"),
    "redis refused": _refuses("redis"),
    "postgres refused": _refuses("postgres"),
}


async def break_things(plan: Plan, around: Around, dice: random.Random, result: Result) -> None:
    """One fault after the other, each kind as often as the others, in an order of the seed's."""
    deadline = time.monotonic() + plan.seconds
    waiting: list[str] = []
    while time.monotonic() < deadline:
        if not waiting:
            waiting = list(plan.kinds or FAULTS)
            dice.shuffle(waiting)
        names = [waiting.pop()]
        if waiting and dice.random() < TOGETHER:
            names.append(waiting.pop())
        together = [_after(dice.uniform(0, 0.5), name, plan, around, dice) for name in names]
        await asyncio.gather(*together)
        around.heal()
        result.faults.update(names)
        await asyncio.sleep(dice.uniform(0.2, 0.8))


async def _after(pause: float, name: str, plan: Plan, around: Around, dice: random.Random) -> None:
    await asyncio.sleep(pause)
    if around.workers or not name.startswith("worker"):
        await FAULTS[name](around, dice, dice.uniform(0.3, plan.longest))


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
