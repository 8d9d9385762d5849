"""How many statements messages and pages cost: what grows here grows for everybody."""

import asyncio

import pytest

from app import main
from app.engines import KeptSQLiteEngine
from app.realtime import hub
from app.workspace import broadcasts
from tests.builders import a_nonce, a_session, a_visitor, an_agent, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser
from tests.waiting import eventually

pytestmark = ON_SQLITE

AGENTS, VISITORS = "/workspace/stream", "/widget/shop/stream"


@pytest.fixture
def statements(monkeypatch):
    """Every statement that is sent to the database from now on."""
    said = []
    run, look_up = KeptSQLiteEngine._run, KeptSQLiteEngine._look_up
    change_and_add = KeptSQLiteEngine.change_and_add

    async def noted(engine, sql, args=None):
        said.append(" ".join(sql.split()))
        return await run(engine, sql, args)

    def noted_here(engine, sql, values):
        said.append(" ".join(sql.split()))
        return look_up(engine, sql, values)

    async def noted_both(engine, change, add):
        said.extend(" ".join(sql.split()) for sql, _ in (change, add))
        return await change_and_add(engine, change, add)

    monkeypatch.setattr(KeptSQLiteEngine, "_run", noted)
    monkeypatch.setattr(KeptSQLiteEngine, "change_and_add", noted_both)
    monkeypatch.setattr(KeptSQLiteEngine, "_look_up", noted_here)
    return said


@pytest.fixture
def only_what_is_asked(monkeypatch):
    """No job runs beside, and a burst lasts: list and clocks are told with its first message.

    They are told at once, not a moment later: that moment could be another message's.
    """
    monkeypatch.setattr(main, "every", lambda *_: asyncio.Event().wait)
    monkeypatch.setattr(broadcasts, "STANDING_PAUSE", 3600)
    monkeypatch.setattr(hub, "RIGHT_AFTER", 0)


@pytest.fixture
async def talk(vic, bob):
    """Vic and Bob talk."""
    return await an_interaction(vic, agent=bob, words=("Hello",))


@pytest.fixture
async def told(only_what_is_asked, live, app, as_bob, as_vic, talk, statements):
    """The statements of a message that both have on their streams, in the midst of a burst."""
    async with live.stream(as_bob, AGENTS) as bobs, live.stream(as_vic, VISITORS) as vics:
        await bobs.ready()
        await vics.ready()

        async def says(somebody, path, words):
            statements.clear()
            answer = await somebody.post(path, data={"body": words, "nonce": a_nonce()})
            assert answer.status_code == 200
            await bobs.with_text(words)
            await vics.with_text(words)
            await eventually(lambda: not app.state.hub._waiting)
            return list(statements)

        async def third(somebody, path):
            for words in ("The first stops a clock", "The second moves the row"):
                await says(somebody, path, words)
            return await says(somebody, path, "The third")

        yield third


async def test_a_visitors_message_costs_five_statements(told, as_vic):
    # Who it is, what there was before, the write (2), and one read for both sides.
    cost = await told(as_vic, "/widget/shop/messages")

    assert len(cost) <= 5, "\n".join(cost)


async def test_an_agents_message_costs_four_statements(told, as_bob, talk):
    # Who it is, the write (2), and one read for both sides.
    cost = await told(as_bob, f"/workspace/interactions/{talk.id}/messages")

    assert len(cost) <= 4, "\n".join(cost)


PAGES = [
    "/workspace/webchat",
    "/workspace/webchat/1",
    "/workspace/floor",
    "/workspace/reports",
    "/workspace/settings",
    "/workspace/settings/agents",
    "/workspace/settings/queues",
    "/workspace/settings/widgets",
    "/workspace/settings/wrap-up-codes",
    "/workspace/settings/standard-responses",
    "/workspace/settings/audit-log",
]


async def test_a_page_costs_as_many_statements_however_much_there_is(
    only_what_is_asked, app, shop, sales, billing, statements
):
    amy = await an_agent("Amy", role="admin", queues=[sales])
    as_amy = browser(app, session=await a_session(amy))

    async def costs():
        found = {}
        for path in PAGES:
            statements.clear()
            answer = await as_amy.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, path
            found[path] = len(statements)
        return found

    async def more(count, begin):
        for number in range(begin, begin + count):
            agent = amy if number % 2 else await an_agent(f"Agent {number}", queues=[sales])
            visitor = await a_visitor(shop, token=f"token-{number}", name=f"Visitor {number}")
            await an_interaction(visitor, agent=agent, words=("Hello", "again"))

    await more(2, begin=1)
    await costs()  # what is read once in a process has been read now
    few = await costs()
    await more(10, begin=3)

    assert await costs() == few
    assert max(few.values()) <= 30
