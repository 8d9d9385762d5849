"""Visitors and agents talk while everything around them breaks; then what must hold is checked."""

import asyncio
import random
import time
from argparse import Namespace
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from app.settings import Settings
from bench import budgets
from bench.budgets import Measured
from bench.crowd import Page, Told, Visitor
from bench.faults.checks import again, left_over, readers, sample, seen, stored
from bench.faults.kinds import break_things
from bench.faults.leaks import descriptors, left
from bench.faults.people import crowd, living, readers_who_do_not_read, scene
from bench.faults.plan import Plan, Result
from bench.faults.stage import STARTS_WITHIN, parley, servers

# In seconds.
ACKNOWLEDGED_WITHIN, CALM = 60, 4.0


def run(options: Namespace) -> list[Measured]:
    """Break things for so many seconds, and say what came of it."""
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    plan = Plan(options.seconds, seed, visitors=12, agents=4, longest=options.longest)
    result = asyncio.run(broken(plan))
    print(f"Seed {result.seed}.")
    for violation in result.violations:
        print(f"  VIOLATION {violation}")
    lines = [
        Measured(f"faults: {name}", count, "times") for name, count in sorted(result.faults.items())
    ]
    return [
        *lines,
        Measured("faults: messages acknowledged", result.acknowledged, "messages"),
        Measured("faults: entries stored, in chats", result.stored, f"in {result.chats}"),
        Measured("faults: requests without an answer", result.unanswered, "requests"),
        Measured("faults: requests that the server could not do", result.refused, "requests"),
        Measured("faults: streams opened", result.connects, "streams"),
        Measured("faults: all pages as the database, after", result.settled, "s"),
        Measured("faults: violations", len(result.violations), "", budgets.NONE_LOST),
    ]


async def broken(plan: Plan, url: str = "") -> Result:
    """Run one plan to the last check, in this empty database or in a PostgreSQL of its own."""
    result = Result(plan.seed)
    dice = random.Random(plan.seed)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="parley-faults-"))
        stage = await stack.enter_async_context(servers(url))
        settings = Settings(data=Path(folder), database_url=stage.direct)
        agents, code = await scene(settings, plan.agents)
        around = await stack.enter_async_context(parley(stage, plan.workers))
        checks = await asyncpg.connect(stage.direct)
        baseline = max(map(descriptors, around.workers))
        told = Told()
        pages = crowd(plan, f"http://127.0.0.1:{around.front.port}", told, agents, code)
        samples = asyncio.create_task(sample(stage.direct, result))
        people = [asyncio.create_task(page.begin()) for page in pages if isinstance(page, Visitor)]
        await asyncio.wait_for(asyncio.gather(*people), STARTS_WITHIN)
        quiet = asyncio.Event()
        async with living(pages, quiet) as talks, readers_who_do_not_read(pages, around.front):
            await break_things(plan, around, dice, result)
            around.heal()
            # What is said now must arrive by itself: nothing breaks that makes pages ask.
            await asyncio.sleep(CALM)
            quiet.set()
            done, late = await asyncio.wait(talks, timeout=ACKNOWLEDGED_WITHIN)
            result.violations += [f"still without an answer: {len(late)} people"] if late else []
            result.violations += [f"{one.exception()!r}" for one in done if one.exception()]
            began = time.monotonic()
            samples.cancel()
            checks = await again(checks, stage.direct)
            result.violations += await left_over(lambda: readers(checks, pages))
            result.settled = time.monotonic() - began
        result.violations += await stored(checks, told)
        result.violations += await seen(checks, pages)
        result.violations += await left_over(lambda: left(around, checks, baseline))
        result.violations += told.wrong
        await _count(result, checks, told, pages)
        await checks.close()
    return result


async def _count(result: Result, checks: Any, told: Told, pages: list[Page]) -> None:
    result.acknowledged = len(told.acknowledged)
    result.stored = await checks.fetchval("SELECT COUNT(*) FROM entries")
    result.chats = await checks.fetchval("SELECT COUNT(*) FROM interactions")
    result.unanswered, result.refused = told.lost, told.broken
    result.connects = sum(page.connects for page in pages)
