"""Fixtures: each database in turn, the real app on it, the cast, and a real port for streams."""

import asyncio
import atexit
import functools
import gc
import inspect
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from tempfile import mkdtemp

import asyncpg
import hypothesis
import pytest
import structlog
from argon2 import PasswordHasher

from app import database, moments
from app.accounts import passwords
from app.main import routed, wire
from app.settings import Settings
from tests.builders import a_queue, a_session, a_visitor, a_widget, an_agent
from tests.databases import AS_AFTER_MIGRATIONS, KEEP_WHAT_MIGRATIONS_WROTE
from tests.live import serving
from tests.people import ELSEWHERE, browser
from tests.services import postgres_server, redis_server

# Only what a test says counts, whatever this environment says.
for _name in [n for n in os.environ if n.startswith("PARLEY_")]:
    del os.environ[_name]
for _name in ("DATABASE_URL", "HOST", "PORT"):
    os.environ.pop(_name, None)
# Piccolo's configuration opens a folder when it is imported; no test uses it.
os.environ["PARLEY_DATA"] = mkdtemp(prefix="parley-tests-")
atexit.register(shutil.rmtree, os.environ["PARLEY_DATA"], ignore_errors=True)

LONGEST_TEST = 90

hypothesis.settings.register_profile("parley", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("parley")


# Databases: migrated once in each worker, as fresh as that for each test.


@pytest.fixture(scope="session")
def apart():
    """Runs a coroutine in a loop and thread of their own, whatever loop runs here."""
    with ThreadPoolExecutor(1) as pool:
        runner = pool.submit(asyncio.Runner).result()
        yield lambda work: pool.submit(runner.run, work).result()
        pool.submit(runner.close).result()


@pytest.fixture(scope="session")
def migrated_file(apart, tmp_path_factory):
    """A migrated SQLite file to copy."""
    settings = Settings(data=tmp_path_factory.mktemp("migrated"))
    apart(migrated(settings))
    return settings.sqlite_path


@pytest.fixture(scope="session")
def postgres():
    """The address of an empty PostgreSQL of this worker's own."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(apart, postgres, tmp_path_factory):
    """The address of a migrated database there, which each test leaves as it was."""
    apart(in_postgres(postgres, "CREATE DATABASE migrated"))
    url = on_database(postgres, "migrated")
    apart(migrated(Settings(data=tmp_path_factory.mktemp("postgres"), database_url=url)))
    apart(in_postgres(url, KEEP_WHAT_MIGRATIONS_WROTE))
    return url


@pytest.fixture(scope="session")
def redis():
    """The address of a Redis of this worker's own, which is never stopped."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def emptied(apart, migrated_postgres):
    """Empties that database, by a connection that is kept: connecting would take longer."""
    connection = apart(asyncpg.connect(migrated_postgres))
    yield lambda: apart(connection.execute(AS_AFTER_MIGRATIONS))
    apart(connection.close())


@pytest.fixture(scope="session")
def defaults():
    """The settings where nothing is set, read once: reading costs more than a small test."""
    return Settings()


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request, defaults, tmp_path):
    """Settings with a migrated, empty database: who needs one runs on both kinds.

    `@pytest.mark.settings(limit_messages=3)` sets others; databases.ON_SQLITE asks for one kind.
    """
    marked = request.node.get_closest_marker("settings")
    others = {"data": tmp_path / "data", **(marked.kwargs if marked else {})}
    if request.param == "sqlite":
        made = defaults.model_copy(update=others)
        made.data.mkdir()
        shutil.copy(request.getfixturevalue("migrated_file"), made.sqlite_path)
        yield made
        return
    emptied, url = map(request.getfixturevalue, ("emptied", "migrated_postgres"))
    yield defaults.model_copy(update={"database_url": url, **others})
    emptied()


@pytest.fixture
async def db(settings):
    """The database in use, with nobody listening to facts."""
    database.bind(database.engine_for(settings))
    database.forget_listeners()
    yield
    await database.engine().close()


async def migrated(settings):
    database.bind(database.engine_for(settings))
    try:
        await database.migrate()
    finally:
        await database.engine().close()


async def in_postgres(url, statement):
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def on_database(url, name):
    return url.rpartition("/")[0] + "/" + name


# The app, and what may go wrong in it unseen.


@pytest.fixture(autouse=True, scope="session")
def quick_passwords():
    """Hashing at the least cost: at the cost of production it would be a tenth of all tests."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_NOBODY", quick.hash("the password of nobody"))
        yield


@pytest.fixture
async def app(db, settings, faults, monkeypatch):
    """The real app, started; a fault that it records fails the test."""
    # A semaphore belongs to the loop in which it was first waited for.
    monkeypatch.setattr(passwords, "_turns", asyncio.Semaphore(2))
    await database.engine().close()
    made = routes(demo=settings.demo)
    wire(made, settings)
    structlog.configure(processors=[faults.note], cache_logger_on_first_use=False)
    async with in_own_task(made.lifespan()):
        yield made
    structlog.reset_defaults()
    assert faults.expected or not faults.noted


# Registering the routes takes longer than most tests: each worker does it once.
routes = functools.cache(routed)


@asynccontextmanager
async def in_own_task(context):
    """Enter and leave a context in one task, which task groups insist on and fixtures do not."""
    entered, done = asyncio.Event(), asyncio.Event()

    async def hold():
        try:
            async with context:
                entered.set()
                await done.wait()
        finally:
            entered.set()

    task = asyncio.create_task(hold())
    await entered.wait()
    try:
        yield
    finally:
        done.set()
        await task


@pytest.fixture
async def live(app):
    """The app on a real port, for streams."""
    async with serving(app) as server:
        yield server


@pytest.fixture
def faults():
    """The errors that the app recorded; a test that provokes some says `faults.expected = True`."""
    return Faults()


class Faults:
    def __init__(self):
        self.noted = []
        self.expected = False

    def note(self, _, level, event):
        if level in {"warning", "error", "exception", "critical"}:
            self.noted.append(event)
        raise structlog.DropEvent


# The clock, the one thing that is not real.


@pytest.fixture
def clock(monkeypatch):
    """What `moments.now()` reads; it goes on by itself, and `clock.forward(seconds)` sets it."""
    made = Clock()
    monkeypatch.setattr(moments, "datetime", made)
    return made


class Clock:
    def __init__(self):
        self.ahead = timedelta(0)

    def now(self, zone):
        return datetime.now(zone) + self.ahead

    def forward(self, seconds):
        self.ahead += timedelta(seconds=seconds)


# The cast: Ada supervises, Bob takes chats of Sales, Eve of Billing, Vic visits the shop, and
# Mallory is another visitor there, with bad intentions.


@pytest.fixture
async def sales(db):
    return await a_queue("Sales")


@pytest.fixture
async def billing(db):
    return await a_queue("Billing")


@pytest.fixture
async def shop(sales):
    return await a_widget(sales, key="shop", allowed_sites="https://shop.example")


@pytest.fixture
async def ada(db):
    return await an_agent("Ada", role="supervisor")


@pytest.fixture
async def bob(sales):
    return await an_agent("Bob", queues=[sales])


@pytest.fixture
async def eve(billing):
    return await an_agent("Eve", queues=[billing])


@pytest.fixture
async def vic(shop):
    return await a_visitor(shop, token="token-of-vic")


@pytest.fixture
async def mallory(shop):
    return await a_visitor(shop, token="token-of-mallory")


@pytest.fixture
async def as_ada(app, ada):
    return browser(app, session=await a_session(ada))


@pytest.fixture
async def as_bob(app, bob):
    return browser(app, session=await a_session(bob))


@pytest.fixture
async def as_eve(app, eve):
    return browser(app, session=await a_session(eve))


@pytest.fixture
def as_vic(app, vic):
    return browser(app, visitor="token-of-vic")


@pytest.fixture
def as_mallory(app, mallory):
    return browser(app, visitor="token-of-mallory", address=ELSEWHERE)


@pytest.fixture
def as_nobody(app):
    """Somebody who has neither signed in nor written."""
    return browser(app)


# A test that hangs fails where it waits, and the others go on.


def pytest_collection_modifyitems(items):
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.obj = limited(item.obj)


def pytest_collection_finish():
    """Leave what is imported by now out of every later search for garbage: a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def limited(test):
    @functools.wraps(test)
    async def within_limit(*args, **kwargs):
        async with asyncio.timeout(LONGEST_TEST):
            await test(*args, **kwargs)

    return within_limit


def pytest_configure(config):
    config.addinivalue_line("markers", "settings(**values): settings other than the defaults")
