import asyncio
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path

import anyio
import asyncpg
import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.apps.migrations.tables import Migration

from app import database, engines
from app.agents.tables import Agent, AwayReason
from app.database import all_tables, engine, fault_of_database, listen, tell, unit_of_work
from app.engines import READERS, KeptSQLiteTransaction
from app.interactions import messages
from app.migrations.registry import APP_CONFIG
from app.routing.tables import Queue
from app.settings import Settings
from tests.builders import a_nonce, a_queue, an_agent, an_interaction
from tests.conftest import in_postgres, on_database
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.waiting import eventually

CHAIN = Path(APP_CONFIG.migrations_folder_path)
STEPS = list(CHAIN.glob("m_*.py"))
ID_IN = re.compile(r'^ID = "(.*)"$', re.MULTILINE)


@dataclass(frozen=True)
class Painted:
    colour: str


async def names():
    return {row["name"] for row in await Queue.select(Queue.name)}


# Migrations: one chain, on both databases.


def test_every_step_of_the_chain_has_a_time_of_its_own_on_the_day_of_its_file():
    # Steps run in the order of their ids, and of two with one id only one would ever run.
    steps = {path: ID_IN.search(path.read_text())[1] for path in STEPS}

    assert len(set(steps.values())) == len(steps) > 0
    for path, step in steps.items():
        day = path.stem.removeprefix("m_")[:10].replace("_", "-")
        assert re.fullmatch(rf"{day}T[0-2]\d:[0-5]\d:[0-5]\d:\d{{6}}", step), path.name


async def test_the_chain_makes_every_table_with_every_column(db):
    for table in all_tables():
        assert await table.select().limit(1) is not None

    assert await AwayReason.count() == 4


async def test_many_processes_that_start_at_once_migrate_once(apart, postgres, tmp_path):
    # on an empty database, one does it and the others wait for it
    apart(in_postgres(postgres, "CREATE DATABASE empty"))
    settings = Settings(data=tmp_path, database_url=on_database(postgres, "empty"))
    database.bind(database.engine_for(settings))
    try:
        await asyncio.gather(*(database.migrate() for _ in range(4)))

        rows = await Migration.select(Migration.name)
    finally:
        await engine().close()
        apart(in_postgres(postgres, "DROP DATABASE empty"))

    assert len({row["name"] for row in rows}) == len(rows) == len(STEPS)


async def test_the_chain_makes_what_the_models_say(db):
    wanted = await AutoMigrationManager().get_alter_statements(app_config=APP_CONFIG)

    assert [statement for table in wanted for statement in table.statements] == []


async def test_migrating_again_changes_nothing(db):
    await a_queue("Sales")

    await database.migrate()

    assert await names() == {"Sales"}
    assert await AwayReason.count() == 4


async def test_an_interaction_of_nobody_is_refused_by_the_database(db):
    # Foreign keys are off in SQLite unless each connection asks for them.
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await Queue.raw("INSERT INTO queue_members (queue, agent) VALUES (4711, 4711)")


# The unit of work.


async def test_a_unit_is_all_or_nothing(db):
    async def fail():
        async with unit_of_work():
            await a_queue("Sales")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await names() == set()


@ON_POSTGRES
async def test_postgres_ends_whoever_vanishes_in_a_transaction_and_gives_back_its_rows(db):
    [held] = await Queue.raw("SHOW idle_in_transaction_session_timeout")
    [asked] = await Queue.raw("SHOW tcp_keepalives_idle")

    assert held == {"idle_in_transaction_session_timeout": "5s"}
    assert asked == {"tcp_keepalives_idle": "20"}


@ON_SQLITE
async def test_a_commit_that_fails_leaves_nothing_and_lets_others_commit(db, monkeypatch):
    async def full(_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(KeptSQLiteTransaction, "commit", full)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await a_unit("Sales")
    await a_unit("Billing")

    assert await names() == {"Billing"}


async def a_unit(name):
    async with unit_of_work():
        await a_queue(name)


def of_sqlite(name):
    error = sqlite3.OperationalError("words of its own")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (of_sqlite("SQLITE_FULL"), "SQLITE_FULL"),
        (of_sqlite("SQLITE_IOERR_WRITE"), "SQLITE_IOERR_WRITE"),
        (of_sqlite("SQLITE_ERROR"), ""),
        (asyncpg.DiskFullError("words"), "DiskFullError"),
        (asyncpg.CannotConnectNowError("words"), "CannotConnectNowError"),
        (asyncpg.InterfaceError("connection is closed"), "InterfaceError"),
        (asyncpg.InterfaceError("another operation is in progress"), ""),
        (ConnectionRefusedError(), "ConnectionRefusedError"),
        (ZeroDivisionError(), ""),
    ],
)
def test_what_a_database_lacks_is_told_from_mistakes_of_ours(error, fault):
    assert fault_of_database(error) == fault


async def test_a_unit_inside_another_joins_it(db):
    async def fail():
        async with unit_of_work():
            async with unit_of_work():
                await a_queue("Sales")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await names() == set()


async def test_others_see_nothing_of_a_unit_before_its_commit(db):
    seen_inside = []

    async def look():
        seen_inside.append(await names())

    async with unit_of_work():
        await a_queue("Sales")
        # Another task, without this one's transaction.
        await asyncio.create_task(look(), context=Context())

    assert seen_inside == [set()]
    assert await names() == {"Sales"}


async def test_facts_are_told_in_their_order_after_the_commit(db):
    told = []

    async def hear(fact):
        told.append((fact.colour, await names()))

    listen(Painted, hear)

    async with unit_of_work():
        await a_queue("Sales")
        tell(Painted("red"))
        async with unit_of_work():
            tell(Painted("blue"))
        assert told == []

    assert told == [("red", {"Sales"}), ("blue", {"Sales"})]


async def test_a_listener_that_fails_fails_neither_the_verb_nor_the_others(db, capsys):
    told = []

    async def fail(_):
        raise ZeroDivisionError

    async def hear(fact):
        told.append(fact)

    listen(Painted, fail)
    listen(Painted, hear)

    async with unit_of_work():
        await a_queue("Sales")
        tell(Painted("red"))

    assert told == [Painted("red")]
    assert await names() == {"Sales"}


async def test_a_fact_outside_a_unit_is_a_mistake(db):
    with pytest.raises(RuntimeError, match="inside a unit of work"):
        tell(Painted("red"))


async def test_200_units_at_once_all_commit(db):
    agent = await an_agent("Bob", capacity=0)

    async def raise_capacity():
        async with unit_of_work():
            found = (
                await Agent.update({Agent.capacity: Agent.capacity + 1})
                .where(Agent.id == agent.id)
                .returning(Agent.capacity)
            )
            await a_queue(f"Queue {found[0]['capacity']}")

    await asyncio.gather(*(raise_capacity() for _ in range(200)))

    assert await Queue.count() == 200


@pytest.mark.parametrize("turns", range(0, 24, 2))
async def test_a_cancelled_unit_gives_its_connection_back(db, turns):
    # A reader who goes away, or a time limit, may cancel at any await; here after so many turns.
    async def work(number):
        async with unit_of_work():
            await a_queue(f"Queue {number}")
            await a_queue(f"Other {number}")

    for number in range(15):  # more often than the pool has connections
        task = asyncio.create_task(work(number))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with anyio.fail_after(10):
        async with unit_of_work():
            await a_queue("After all")
    whole = await names()
    assert "After all" in whole
    assert all((f"Queue {n}" in whole) == (f"Other {n}" in whole) for n in range(15))


@ON_SQLITE
async def test_sqlite_opens_few_connections_however_many_read_at_once(db):
    before = threading.active_count()

    await asyncio.gather(*(Queue.count() for _ in range(60)))

    assert threading.active_count() - before <= READERS


def stored_in(path):
    """The words of the messages in a database's own file."""
    with closing(sqlite3.connect(path)) as alone:
        return [body for (body,) in alone.execute("SELECT body FROM entries ORDER BY seq")]


@ON_SQLITE
async def test_a_message_waits_for_another_process_that_writes_and_keeps_nobody_waiting(db, vic):
    await an_interaction(vic)
    with closing(sqlite3.connect(engine().path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(messages.post_from_visitor(vic, body="Soon", nonce=a_nonce()))
        assert len(await names()) > 0  # who reads goes on
        await eventually(engine().writing.locked)
        assert not waiting.done()

        another.execute("ROLLBACK")
        await waiting

    assert stored_in(engine().path) == ["Hello", "Soon"]


@ON_SQLITE
async def test_what_the_loop_wrote_is_tidied_up_after_it(db, vic, tmp_path, monkeypatch):
    await an_interaction(vic)
    monkeypatch.setattr(engines, "TIDY_AFTER", 2)
    for words in ("One", "Two"):
        await messages.post_from_visitor(vic, body=words, nonce=a_nonce())
    await engine()._tidying

    # Without the log that stands beside it.
    alone = shutil.copy(engine().path, tmp_path / "alone.sqlite")
    assert stored_in(alone) == ["Hello", "One", "Two"]


@ON_POSTGRES
async def test_a_connection_that_was_cut_off_is_not_lent_again(db):
    await asyncio.gather(*(names() for _ in range(5)))
    kept = list(engine().connections()._free)
    asleep = asyncio.create_task(engine()._run("SELECT pg_sleep(60)"))
    await eventually(lambda: engine().connections().lent == 1)

    asleep.cancel()
    await asyncio.gather(asleep, return_exceptions=True)

    assert engine().connections().lent == 0
    assert len(engine().connections()._free) == len(kept) - 1
    assert await names() is not None


@ON_POSTGRES
async def test_a_connection_that_the_server_ended_is_opened_anew(db):
    await names()
    for connection in engine().connections()._free:
        connection.terminate()

    assert await names() is not None


@ON_POSTGRES
async def test_50_units_share_a_pool_of_ten(db):
    await asyncio.gather(*(a_queue(f"Queue {n}") for n in range(50)))

    assert engine().connections().lent == 0
    assert len(engine().connections()._free) <= 10


async def test_an_engine_that_was_closed_opens_again(db):
    await a_queue("Sales")

    await engine().close()

    assert await names() == {"Sales"}
