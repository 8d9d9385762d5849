"""Fixtures: each database in turn, the real app on it, the cast, and a real port for streams."""

import os
import shutil
from tempfile import mkdtemp

# Only what a test says counts, whatever this environment says.
for _name in [n for n in os.environ if n.startswith("PARLEY_")]:
    del os.environ[_name]
for _name in ("DATABASE_URL", "HOST", "PORT"):
    os.environ.pop(_name, None)
# Piccolo's configuration opens a folder when it is imported; no test uses it.
os.environ["PARLEY_DATA"] = mkdtemp(prefix="parley-tests-")

import asyncio
import atexit
from contextlib import AsyncExitStack
from types import SimpleNamespace

import asyncpg
import httpx
import hypothesis
import pytest

from app import database, moments
from app.accounts import passwords
from app.main import create_app
from app.realtime.bus import Topic
from app.settings import Settings
from app.widget.access import TOKEN_HEADER
from tests import builders
from tests.live import LiveServer
from tests.services import postgres_server

atexit.register(shutil.rmtree, os.environ["PARLEY_DATA"], ignore_errors=True)

hypothesis.settings.register_profile("parley", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("parley")

VIC_TOKEN = "token-of-vic"


# Databases: migrated once in each worker, a fresh copy for each test.


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A migrated SQLite file to copy."""
    settings = Settings(data=tmp_path_factory.mktemp("migrated"))
    asyncio.run(migrate(settings))
    return settings.sqlite_path


@pytest.fixture(scope="session")
def postgres():
    """The address of an empty PostgreSQL of this worker's own."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres, tmp_path_factory):
    """The address of that PostgreSQL, which has a migrated database `migrated` to copy."""
    asyncio.run(in_postgres(postgres, "CREATE DATABASE migrated"))
    url = on_database(postgres, "migrated")
    asyncio.run(migrate(Settings(data=tmp_path_factory.mktemp("postgres"), database_url=url)))
    return postgres


@pytest.fixture
async def sqlite_settings(tmp_path, migrated_file):
    folder = tmp_path / "data"
    folder.mkdir()
    settings = Settings(data=folder)
    shutil.copy(migrated_file, settings.sqlite_path)
    return settings


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(request, tmp_path):
    """Settings with a migrated, empty database: each test that needs one runs on both kinds."""
    if request.param == "sqlite":
        yield await on_sqlite(tmp_path, request.getfixturevalue("migrated_file"))
        return
    server = request.getfixturevalue("migrated_postgres")
    name = f"test_{os.urandom(6).hex()}"
    await in_postgres(server, f"CREATE DATABASE {name} TEMPLATE migrated")
    yield Settings(data=tmp_path / "data", database_url=on_database(server, name))
    await in_postgres(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def sqlite(tmp_path, migrated_file):
    """Settings for tests to which the kind of database makes no difference."""
    return await on_sqlite(tmp_path, migrated_file)


async def on_sqlite(tmp_path, migrated_file):
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    shutil.copy(migrated_file, settings.sqlite_path)
    return settings


async def migrate(settings):
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
