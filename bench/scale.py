"""What 10,000 agents and 1,000,000 open chats need, from what one process costs here.

`python -m bench scale` measures a message and an idle stream on PostgreSQL and Redis, multiplies,
and simulates the two places where something queues: chats for agents, and messages for a process.
deploy/SCALE.md says what follows from it.
"""

import heapq
import math
import os
import random
import statistics
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from app.settings import Settings
from bench import budgets, load, scene, streams
from bench.budgets import Measured
from bench.server import PARLEY, Server, database, serving
from tests.services import redis_server

CHATS, PEOPLE, WORKERS = 50, 10, 16
# The company: agents, how many chats each holds, chats that are open on somebody's page, how
# often somebody writes in one that an agent holds (seconds), and how much busier a peak is.
AGENTS, CAPACITY, OPEN_CHATS, WRITES_EVERY, PEAK = 10_000, 4, 1_000_000, 20, 2
BEATS_EVERY = 15
STREAMS = 1_000
# Of a core: above it waiting grows quickly, see the simulation.
BUSY = 0.6
SEED = 1
LONG = 200_000
CORES_OF_OTHERS = 3


def run(options: Namespace) -> list[Measured]:
    """Measure, multiply, simulate."""
    lines, message = _messages(options)
    held = streams.run(Namespace(streams=[STREAMS], seconds=options.seconds))
    idle = {line.what.partition(": ")[2]: line for line in held}
    memory = idle["memory of each"].value
    cpu = idle["CPU of the server"].value / 100 / STREAMS
    lines += [
        Measured("an idle stream: memory", memory, "KB"),
        Measured("an idle stream: CPU", cpu * BEATS_EVERY * 1000, "ms for each beat"),
    ]
    return [*lines, *_needs(message, cpu, memory), *_agents(), *_process(message)]


# What one process does, and what two do.


def _messages(options: Namespace) -> tuple[list[Measured], float]:
    full = {}
    for processes in (1, 2):
        with database("PostgreSQL") as settings:
            chats = scene.chats(settings, CHATS, agents=PEOPLE)
            with _parley(settings, processes) as server:
                full[processes] = load.run(
                    "throughput",
                    **asdict(server),
                    chats=chats,
                    workers=WORKERS,
                    seconds=options.seconds,
                )
    one, two = full[1], full[2]
    ratio = two["per_second"] / one["per_second"]
    by_cpu = 2 * one["cpu"] / two["cpu"]
    # Two cores are free only where database, bus and load have others. Where they have not, how
    # many messages twice the CPU pays for says what two cores would do.
    free = (os.cpu_count() or 1) > CORES_OF_OTHERS
    return [
        Measured("a message through Redis: CPU, one process", one["cpu"], "ms"),
        Measured("a message through Redis: CPU, two processes", two["cpu"], "ms"),
        Measured("messages, one process", one["per_second"], "/s"),
        Measured("messages, two processes", two["per_second"], "/s"),
        Measured("… of which lost", one["lost"] + two["lost"], "messages", budgets.NONE_LOST),
        Measured(
            "two processes: times one", ratio, "times", budgets.TWO_PROCESSES if free else None
        ),
        Measured(
            "two processes: times one, for twice the CPU",
            by_cpu,
            "times",
            None if free else budgets.TWO_PROCESSES,
        ),
    ], one["cpu"]


@contextmanager
def _parley(settings: Settings, processes: int) -> Iterator[Server]:
    command = (*PARLEY, "--workers", str(processes))
    with redis_server() as redis, serving(command, settings, PARLEY_REDIS_URL=redis) as server:
        yield server


# What the company needs.


def _needs(message: float, stream: float, memory: float) -> list[Measured]:
    per_second = AGENTS * CAPACITY / WRITES_EVERY * PEAK
    for_messages = per_second * message / 1000 / BUSY
    for_streams = OPEN_CHATS * stream / BUSY
    said = f"{AGENTS:,} agents, {OPEN_CHATS:,} open chats"
    return [
        Measured(f"{said}: messages at the peak", per_second, "/s"),
        Measured(f"{said}: processes for messages, {BUSY:.0%} busy", for_messages, "processes"),
        Measured(f"{said}: processes for idle streams", for_streams, "processes"),
        Measured(f"{said}: memory for streams", OPEN_CHATS * memory / 1024**2, "GB"),
        Measured(f"{said}: rows of entries in a year", _a_year(per_second / PEAK), "million"),
    ]


def _a_year(per_second: float) -> float:
    """Of eight hours a day at the mean rate."""
    return per_second * 8 * 3600 * 365 / 1e6


# Chats wait for agents: Erlang's formula, and a simulation of it.


def erlang_c(places: int, load_: float) -> float:
    """The share of chats that wait at all, for this load in chats at a time."""
    blocked = 1.0
    for number in range(1, places + 1):
        blocked = load_ * blocked / (number + load_ * blocked)
    busy = load_ / places
    return blocked / (1 - busy * (1 - blocked))


def waits(places: int, load_: float, chats: int, dice: random.Random) -> list[float]:
    """How long each chat waits, in lengths of a chat: first come, first served."""
    free = [0.0] * places
    at, found = 0.0, []
    for _ in range(chats):
        at += dice.expovariate(load_)
        begins = max(at, heapq.heappop(free))
        heapq.heappush(free, begins + dice.expovariate(1))
        found.append(begins - at)
    return found[chats // 10 :]


def _agents() -> list[Measured]:
    lines = []
    for agents, busy in ((20, 0.9), (100, 0.95), (1_000, 0.98)):
        places = agents * CAPACITY
        found = waits(places, places * busy, LONG, random.Random(SEED))
        share = 100 * sum(wait > 0 for wait in found) / len(found)
        said = f"a queue of {agents:,} agents, {busy:.0%} busy: chats that wait"
        lines += [
            Measured(f"{said}, Erlang", 100 * erlang_c(places, places * busy), "%"),
            Measured(f"{said}, simulated", share, "%"),
            Measured("… and how long, in chats' lengths", statistics.fmean(found), "lengths"),
        ]
    return lines


# Messages wait for a process: each is taken in one and told in another.


def sojourns(service: float, busy: float, count: int, dice: random.Random) -> list[float]:
    """The time in one process that is so busy, waiting and served, in the unit of `service`."""
    done, at, found = 0.0, 0.0, []
    for _ in range(count):
        at += dice.expovariate(busy / service)
        done = max(done, at) + dice.expovariate(1 / service)
        found.append(done - at)
    return found[count // 10 :]


def _process(message: float) -> list[Measured]:
    lines = []
    half = message / 2
    for busy in (0.3, 0.6, 0.8, 0.9):
        dice = random.Random(SEED)
        taken, told = (sorted(sojourns(half, busy, LONG, dice)) for _ in range(2))
        said = f"a process {busy:.0%} busy"
        p99 = taken[int(len(taken) * 0.99)]
        dice.shuffle(told)
        both = sorted(one + two for one, two in zip(dice.sample(taken, 50_000), told, strict=False))
        lines += [
            Measured(f"{said}: p99 of one half, formula", half * math.log(100) / (1 - busy), "ms"),
            Measured(f"{said}: p99 of one half, simulated", p99, "ms"),
            Measured(f"{said}: message taken and told, p50", both[len(both) // 2], "ms"),
            Measured(f"{said}: message taken and told, p99", both[int(len(both) * 0.99)], "ms"),
        ]
    return lines
