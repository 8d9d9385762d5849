"""People who talk, put into an empty database before the server starts."""

import asyncio
import secrets
from collections.abc import Sequence

from app import database
from app.settings import Settings
from bench.load import Chat
from tests.builders import (
    a_queue,
    a_session,
    a_visitor,
    a_widget,
    an_agent,
    an_interaction,
)

HELLO = ("Hello, I have a question about the Alder lamp.",)
SITE = "https://shop.example"


def chats(
    settings: Settings,
    count: int,
    *,
    agents: int = 1,
    words: Sequence[str] = HELLO,
    key: str = "shop",
    state: str = "active",
) -> list[Chat]:
    """So many interactions at a widget of this key, shared among agents of its own."""
    return asyncio.run(_chats(settings, count, agents, words, key, state))


def entries(settings: Settings) -> int:
    """How many entries are stored."""

    async def count() -> int:
        from app.interactions.tables import Entry  # noqa: PLC0415 - beside the other tables

        database.bind(database.engine_for(settings))
        try:
            found: int = await Entry.count()
            return found
        finally:
            await database.engine().close()

    return asyncio.run(count())


async def _chats(
    settings: Settings, count: int, agents: int, words: Sequence[str], key: str, state: str
) -> list[Chat]:
    database.bind(database.engine_for(settings))
    try:
        await database.migrate()
        async with database.engine().transaction():
            return await _people(count, agents, words, key, state)
    finally:
        await database.engine().close()


async def _people(
    count: int, agents: int, words: Sequence[str], key: str, state: str
) -> list[Chat]:
    queue = await a_queue(f"Queue of {key}")
    widget = await a_widget(queue, key=key, allowed_sites=SITE)
    staff = []
    for number in range(agents):
        agent = await an_agent(f"Agent-{number}-{key}", queues=(queue,), capacity=count)
        staff.append((agent, await a_session(agent, token=secrets.token_urlsafe(32))))
    made = []
    for number in range(count):
        token = secrets.token_urlsafe(32)
        visitor = await a_visitor(widget, token=token, name=f"Visitor {number}")
        agent, session = staff[number % agents]
        interaction = await an_interaction(visitor, agent=agent, words=words, state=state)
        made.append(Chat(interaction.id, key, token, session))
    return made
