"""Two processes on one PostgreSQL that do not hear each other say so."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app import neighbours
from app.neighbours import Neighbours
from tests.databases import ON_POSTGRES
from tests.waiting import eventually

pytestmark = ON_POSTGRES
WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"


@pytest.fixture
def quick(monkeypatch):
    """Looks come one after the other."""
    monkeypatch.setattr(neighbours, "LOOKS_EVERY", 0.01)


@asynccontextmanager
async def another(settings, *, has_bus):
    """What another process on this database finds."""
    made = Neighbours(settings.database_url, has_bus=has_bus)
    for _ in range(neighbours.MISSES):
        await made.look()
    try:
        yield made
    finally:
        await made._close()


@asynccontextmanager
async def in_line_for_the_lock(settings):
    """Somebody who waits for it, and so has it as soon as it is let go."""
    connection, observer = [await asyncpg.connect(settings.database_url) for _ in range(2)]
    waiting = asyncio.create_task(
        connection.execute("SELECT pg_advisory_lock_shared(hashtext($1))", neighbours.LOCK)
    )
    try:
        await eventually(lambda: observer.fetchval(WAITS))
        yield
        await waiting
    finally:
        await connection.close()
        await observer.close()


@pytest.mark.parametrize("has_bus", [True, False])
async def test_who_comes_to_a_process_without_redis_says_that_they_do_not_hear_each_other(
    app, as_nobody, settings, has_bus, faults
):
    faults.expected = True
    await eventually(lambda: app.state.neighbours._holds)

    async with another(settings, has_bus=has_bus) as other:
        assert other.unheard

    assert "bus: ok\n" in (await as_nobody.get("/health/ready")).text


async def test_a_process_that_is_not_alone_any_more_stays_ready_and_says_it(
    quick, app, as_nobody, settings, faults
):
    faults.expected = True
    mine = app.state.neighbours
    await eventually(lambda: mine._holds)
    async with in_line_for_the_lock(settings):
        await mine._close()
        await eventually(lambda: mine.unheard)
        ready = await as_nobody.get("/health/ready")
        assert ready.status_code == 200
        assert "another process on this database is not heard" in ready.text

    await eventually(lambda: not mine.unheard)


async def test_any_number_with_redis_is_in_order(settings):
    async with (
        another(settings, has_bus=True) as one,
        another(settings, has_bus=True) as two,
    ):
        assert (one.unheard, two.unheard) == (False, False)
