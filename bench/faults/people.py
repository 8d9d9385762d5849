"""Who is there while things break: visitors, agents, and readers who do not read."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app import database
from app.settings import Settings
from bench.crowd import Agent, Page, Told, Visitor
from bench.faults.plan import Plan
from bench.proxy import SlowWay, Way, way_to
from tests.builders import a_queue, a_session, a_widget, a_wrap_up_code, an_agent

CAPACITY = 4


async def scene(settings: Settings, count: int) -> tuple[list[tuple[str, str]], int]:
    """Agents of one queue, each with a session; gives their names and tokens, and a code."""
    database.bind(database.engine_for(settings))
    try:
        await database.migrate()
        queue = await a_queue("Sales", offer_seconds=5)
        await a_widget(queue, key="shop")
        found = []
        for number in range(count):
            agent = await an_agent(f"Agent-{number}", queues=[queue], capacity=CAPACITY)
            found.append((str(agent.id), await a_session(agent, token=f"session-of-{agent.id}")))
        code = await a_wrap_up_code()
        return found, code.id
    finally:
        await database.engine().close()


def crowd(plan: Plan, url: str, told: Told, agents: list[tuple[str, str]], code: int) -> list[Page]:
    def dice(name: str) -> random.Random:
        return random.Random(f"{plan.seed} {name}")

    people: list[Page] = [
        Visitor(url, told, dice(f"v{number}"), str(number)) for number in range(plan.visitors)
    ]
    return people + [
        Agent(url, told, dice(f"a{name}"), name, token, code) for name, token in agents
    ]


@asynccontextmanager
async def living(
    pages: list[Page], tabs: list[Page], quiet: asyncio.Event
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Everybody's page and what they do, and tabs that only show; leaving closes all of them."""
    tasks, talks = [], []
    for page in [*pages, *tabs]:
        tasks += [asyncio.create_task(page.listen()), asyncio.create_task(page.follow())]
    for page in pages:
        assert isinstance(page, Agent | Visitor)
        talks.append(asyncio.create_task(page.talk(quiet)))
        if isinstance(page, Agent):
            tasks.append(asyncio.create_task(page.accept()))
    try:
        yield talks
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in (*tasks, *talks):
            task.cancel()
        await asyncio.gather(*tasks, *talks, return_exceptions=True)
        await asyncio.gather(*(page.http.aclose() for page in [*pages, *tabs]))


@asynccontextmanager
async def slow_tabs(pages: list[Page], front: Way) -> AsyncIterator[list[Page]]:
    """A second tab of a visitor and of an agent, which takes little at a time."""
    async with way_to(front.target, SlowWay) as way:
        url = f"http://127.0.0.1:{way.port}"
        yield [page.another_tab(url) for page in (pages[0], pages[-1])]
