"""Idle visitors' streams: memory of each, CPU of the server, and what they cost a message."""

import resource
import time
from argparse import Namespace
from dataclasses import asdict

from bench import budgets, load, scene
from bench.budgets import Measured
from bench.server import PARLEY, Server, database, serving

WARMING = 50
TALKING, RATE = 50, 20
SETTLE = 3
# Each side of a stream has a descriptor, and there are others.
SPARE = 1_000


def run(options: Namespace) -> list[Measured]:
    """A line for each number of streams that this machine may open."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = most if most != resource.RLIM_INFINITY else 2**20
    wanted = max(options.streams) + SPARE
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed, max(soft, wanted)), most))
    lines = []
    for count in options.streams:
        if count + SPARE > allowed:
            lines.append(Measured(f"{count:,} idle visitor streams: descriptors", allowed, "most"))
        else:
            lines += _holding_idle(count, options.seconds)
    return lines


def _holding_idle(count: int, seconds: float) -> list[Measured]:
    """Hold so many streams for one round of heartbeats."""
    with database("SQLite") as settings:
        talking = scene.chats(settings, TALKING, agents=10)
        # Of chats that are over: whoever waits for an answer is not idle, but watched by clocks.
        over = scene.chats(settings, WARMING + count, key="over", state="archived")
        first, idle = over[:WARMING], over[WARMING:]
        steady = {"chats": talking, "rate": RATE, "seconds": seconds / 2}
        # What the first streams load is not theirs, but modules, templates, statements: they stay
        # open, so that nothing of what they have is used again by those that are counted.
        with serving(PARLEY, settings) as server, load.holding(port=server.port, chats=first):
            alone = load.run("latency", **asdict(server), **steady)
            empty = server.memory()
            with load.holding(port=server.port, chats=idle) as held:
                time.sleep(SETTLE)
                cpu = _cpu(server, settings.heartbeat_seconds)
                full = server.memory()
                among = load.run("latency", **asdict(server), **steady)
    said = f"{count:,} idle visitor streams"
    return [
        Measured(
            f"{said}: memory of each", (full - empty) / count / 1024, "KB", budgets.STREAM_MEMORY
        ),
        Measured(f"{said}: CPU of the server", 100 * cpu, "% of a core", budgets.IDLE_CPU),
        Measured(f"{said}: lost", held["lost"], "streams", budgets.NONE_LOST),
        Measured(f"{said}: opened in a second", held["open"] / held["seconds"], "/s"),
        Measured(f"a message's p50 without them, {RATE}/s", alone["p50"], "ms"),
        Measured(f"a message's p50 among them, {RATE}/s", among["p50"], "ms"),
    ]


def _cpu(server: Server, seconds: float) -> float:
    before = server.cpu()
    time.sleep(seconds)
    return (server.cpu() - before) / seconds
