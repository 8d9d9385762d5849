"""Visitors and agents talk while everything around them breaks; then what must hold is checked."""

import asyncio
import random
import sys
import time
from argparse import Namespace
from contextlib import AsyncExitStack
from dataclasses import replace

from bench import budgets
from bench.budgets import Measured
from bench.crowd import Page, Told, Visitor
from bench.faults.checks import left_over, readers, sample, seen, stored
from bench.faults.kinds import FAULTS, Around, break_things
from bench.faults.leaks import left, uses
from bench.faults.people import crowd, living, scene, slow_tabs
from bench.faults.plan import Plan, Result
from bench.faults.rows import Rows
from bench.faults.stage import STARTS_WITHIN, parley, staged

# In seconds.
ACKNOWLEDGED_WITHIN, CALM, LONGEST = 60, 4.0, 300


def run(options: Namespace) -> list[Measured]:
    """Break things for so many seconds on each database, and say what came of it."""
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    longest, kinds = min(options.longest, LONGEST), tuple(options.kinds)
    if unknown := set(kinds) - FAULTS.keys():
        sys.exit(f"There is no fault {sorted(unknown)}; there are {sorted(FAULTS)}.")
    plan = Plan(options.seconds, seed, visitors=12, agents=4, longest=longest, kinds=kinds)
    lines = []
    for kind in options.databases:
        result = asyncio.run(broken(replace(plan, database=kind)))
        print(f"Seed {result.seed}, on {kind}.")
        for violation in result.violations:
            print(f"  VIOLATION {violation}")
        print(f"  A process had at its start {result.begin}; when all had gone, {result.end}.")
        lines += table(f"faults on {kind}", result)
    return lines


def table(title: str, result: Result) -> list[Measured]:
    """Each fault with how often it came and what was wrong meanwhile, and all that was counted."""
    return [
        *(
            Measured(f"{title}: {name}", count, f"times, {result.seen_during[name]} wrong")
            for name, count in sorted(result.faults.items())
        ),
        Measured(f"{title}: messages acknowledged", result.acknowledged, "messages"),
        Measured(f"{title}: entries stored, in chats", result.stored, f"in {result.chats}"),
        Measured(f"{title}: requests without an answer", result.unanswered, "requests"),
        Measured(f"{title}: refused as nothing could be stored", result.refused, "requests"),
        Measured(f"{title}: streams opened", result.connects, "streams"),
        Measured(f"{title}: all pages as the database, after", result.settled, "s"),
        Measured(f"{title}: violations", len(result.violations), "", budgets.NONE_LOST),
    ]


async def broken(plan: Plan, url: str = "") -> Result:
    """Run one plan to the last check, in this empty database or in one of its own."""
    result = Result(plan.seed)
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(staged(plan, url))
        agents, code = await scene(stage.settings, plan.agents)
        around = await stack.enter_async_context(parley(stage, plan))
        before = await uses(around)
        told = Told()
        pages = crowd(plan, around.url, told, agents, code)
        around.visitors += [page for page in pages if isinstance(page, Visitor)]
        samples = asyncio.create_task(sample(stage.rows, result))
        people = [asyncio.create_task(page.begin()) for page in around.visitors]
        await asyncio.wait_for(asyncio.gather(*people), STARTS_WITHIN)
        with around.sleepers:
            await _lived(plan, around, pages, stage.rows, result)
            samples.cancel()
            result.violations += await stored(stage.rows, told)
            result.violations += await seen(stage.rows, pages)
            around.bury()
            # Those who do not read are connected still: the server must have given them up.
            result.violations += await left_over(lambda: left(around, stage.rows, before))
        result.violations += told.wrong
        result.begin, result.end = str(before), str(await uses(around))
        await _count(result, stage.rows, told, pages)
    return result


async def _lived(plan: Plan, around: Around, pages: list[Page], rows: Rows, result: Result) -> None:
    """Everybody talks while things break, and for a while after; then all see the same."""
    quiet = asyncio.Event()
    async with (
        slow_tabs(pages, around.front) as tabs,
        living(pages, tabs, quiet) as talks,
    ):
        await break_things(plan, around, random.Random(plan.seed), result)
        around.heal()
        # What is said now must arrive by itself: nothing breaks that makes pages ask.
        await asyncio.sleep(CALM)
        quiet.set()
        done, late = await asyncio.wait(talks, timeout=ACKNOWLEDGED_WITHIN)
        result.violations += [f"still without an answer: {len(late)} people"] if late else []
        result.violations += [f"{one.exception()!r}" for one in done if one.exception()]
        began = time.monotonic()
        result.violations += await left_over(lambda: readers(rows, [*pages, *tabs]))
        result.settled = time.monotonic() - began


async def _count(result: Result, rows: Rows, told: Told, pages: list[Page]) -> None:
    [counted] = await rows.fetch(
        "SELECT (SELECT COUNT(*) FROM entries) AS entries, "
        "(SELECT COUNT(*) FROM interactions) AS chats"
    )
    result.acknowledged = len(told.acknowledged)
    result.stored, result.chats = counted["entries"], counted["chats"]
    result.unanswered, result.refused = told.lost, told.broken
    result.connects = sum(page.connects for page in pages)
