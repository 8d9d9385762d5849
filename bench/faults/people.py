"""Who is there while things break: visitors, agents, and readers who do not read."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app import database
from app.settings import Settings
from bench.crowd import Agent, Page, Told, Visitor
from bench.faults.plan import Plan
from bench.proxy import Way
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
    pages: list[Page], quiet: asyncio.Event
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Everybody's page and what they do; leaving closes all pages."""
    tasks, talks = [], []
    for page in pages:
        path = "/widget/shop/stream" if isinstance(page, Visitor) else "/workspace/stream"
        tasks += [asyncio.create_task(page.listen(path)), asyncio.create_task(page.follow())]
        if isinstance(page, Agent):
            tasks.append(asyncio.create_task(page.accept()))
        assert isinstance(page, Agent | Visitor)
        talks.append(asyncio.create_task(page.talk(quiet)))
    try:
        yield talks
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in (*tasks, *talks):
            task.cancel()
        await asyncio.gather(*tasks, *talks, return_exceptions=True)
        await asyncio.gather(*(page.http.aclose() for page in pages))


@asynccontextmanager
async def readers_who_do_not_read(pages: list[Page], front: Way) -> AsyncIterator[None]:
    """A second tab of three people that takes nothing from its stream."""
    opened = []
    for page in pages[:2] + pages[-1:]:
        path = "/widget/shop/stream" if isinstance(page, Visitor) else "/workspace/stream"
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sleeper.connect(("127.0.0.1", front.target))
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {page.cookie}\r\n\r\n"
        sleeper.sendall(head.encode())
        opened.append(sleeper)
    try:
        yield
    finally:
        for one in opened:
            one.close()
