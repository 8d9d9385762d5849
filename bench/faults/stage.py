"""The servers, each behind a way, and Parley on a small disk, behind a way of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urlsplit

import asyncpg

from app.settings import Settings
from bench.crowd import Client, Told, until
from bench.faults.kinds import Around
from bench.faults.plan import SQLITE, Plan
from bench.faults.rows import PostgresRows, Rows, SqliteRows
from bench.proxy import Way, way_to
from bench.server import PARLEY, UNLIMITED
from tests.disks import Disk, Limit, small_disk
from tests.services import free_port, postgres_folder, postgres_in, redis_server

# In seconds; in megabytes, of which most is PostgreSQL's own.
STARTS_WITHIN, ROOM = 40, 384
QUICK = {
    "PARLEY_HEARTBEAT_SECONDS": "1",
    "PARLEY_SEND_TIMEOUT_SECONDS": "2",
    "PARLEY_PRESENCE_SECONDS": "8",
    "PARLEY_MISSES": "1000000",
    "PARLEY_LOG_LEVEL": "error",
    "PARLEY_LIMIT_TYPING": "1000000",
}
# Small files of its own, so that a disk that is full hits the tables first.
POSTGRES = {"synchronous_commit": "on", "min_wal_size": "48MB", "max_wal_size": "96MB"}


class Server:
    """A server that can be started anew, on its port."""

    def __init__(self, start: Callable[[], AbstractContextManager[str]]) -> None:
        self._start = start
        self._running = ExitStack()

    def run(self) -> None:
        """Start it."""
        self._running.enter_context(self._start())

    def end(self) -> None:
        """End it."""
        self._running.close()

    async def again(self) -> None:
        """End it, and start it."""
        await asyncio.to_thread(self.end)
        await asyncio.to_thread(self.run)


@dataclass
class Stage:
    """Where Parley runs: what it is told, and where its rows are."""

    settings: Settings
    rows: Rows
    disk: Disk | Limit
    told: dict[str, str]
    ways: dict[str, Way]
    servers: dict[str, Server]

    async def revive(self) -> None:
        """Start PostgreSQL where it has ended, as whoever gave it room on its disk would do."""
        if "postgres" in self.servers:
            try:
                await self.rows.fetch("SELECT 1")
            except (OSError, asyncpg.PostgresError):
                await self.servers["postgres"].again()


@asynccontextmanager
async def staged(plan: Plan, url: str) -> AsyncIterator[Stage]:
    """An empty database, this one or one of its own, and all that Parley needs beside it."""
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(small_disk(ROOM))
        data = disk.folder / "parley"
        if plan.database == SQLITE:
            settings = Settings(data=data)
            rows: Rows = SqliteRows(settings.sqlite_path)
            stage = Stage(settings, rows, disk, {"DATABASE_URL": ""}, {}, {})
        else:
            stage = await _with_servers(stack, disk, data, url)
        stage.told["PARLEY_DATA"] = str(data)
        yield stage


async def _with_servers(stack: AsyncExitStack, disk: Disk | Limit, data: Path, url: str) -> Stage:
    """PostgreSQL and Redis, each behind a way; without a PostgreSQL of somebody else's its own."""
    port, redis_port = urlsplit(url).port or free_port(), free_port()
    redis = Server(lambda: redis_server(redis_port))
    servers = {"redis": redis}
    if not url:
        # Not even a crash may lose what was committed; the machine itself does not crash.
        own = str(disk.folder) if isinstance(disk, Disk) else ""
        home = stack.enter_context(postgres_folder(own))
        servers["postgres"] = Server(lambda: postgres_in(home, port, **POSTGRES))
    for server in servers.values():
        stack.callback(server.end)
        await asyncio.to_thread(server.run)
    direct = url or f"postgres://postgres@127.0.0.1:{port}/postgres"
    ways = {
        "postgres": await stack.enter_async_context(way_to(port)),
        "redis": await stack.enter_async_context(way_to(redis_port)),
    }
    through = f"postgres://postgres@127.0.0.1:{ways['postgres'].port}{urlsplit(direct).path}"
    redis_url = f"redis://127.0.0.1:{ways['redis'].port}"
    told = {"DATABASE_URL": through, "PARLEY_REDIS_URL": redis_url}
    settings = Settings(data=data, database_url=direct)
    return Stage(settings, PostgresRows(direct), disk, told, ways, servers)


class Kept:
    """Parley, started anew whenever it ends, as systemd does."""

    def __init__(
        self, environment: dict[str, str], arguments: tuple[str, ...], log: IO[bytes]
    ) -> None:
        self._environment = environment
        self._arguments = arguments
        self._log = log
        self.alone = not arguments
        self.pid = 0

    @property
    def serving(self) -> list[int]:
        """The processes that serve."""
        if self.alone:
            return [self.pid] if Path(f"/proc/{self.pid}/fd").exists() else []
        with suppress(FileNotFoundError, ProcessLookupError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
            return [int(number) for number in children.read_text().split()]
        return []

    async def run(self) -> None:
        """Keep it running until cancelled, which ends it."""
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *PARLEY,
                *self._arguments,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
            self.pid = process.pid
            try:
                await process.wait()
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()
                process._transport.close()  # noqa: SLF001 - else the collector does, with a warning


@asynccontextmanager
async def parley(stage: Stage, plan: Plan) -> AsyncIterator[Around]:
    """Parley, through the ways, behind one of its own, with its workers or alone on SQLite."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        **UNLIMITED,
        **QUICK,
        **stage.told,
        "PORT": str(port),
    }
    alone = plan.database == SQLITE
    with TemporaryFile() as log:
        async with AsyncExitStack() as stack:
            kept = Kept(environment, () if alone else ("--workers", str(plan.workers)), log)
            running = asyncio.create_task(kept.run())
            stack.push_async_callback(_ended, running)
            front = await stack.enter_async_context(way_to(port))
            ways = {"front": front, **stage.ways}
            again = {name: server.again for name, server in stage.servers.items()}
            around = Around(ways, kept, stage.disk, again, stage.revive)
            await _serving(around, 1 if alone else plan.workers)
            yield around


async def _ended(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _serving(around: Around, workers: int) -> None:
    client = Client(around.url, Told())

    async def ready() -> bool:
        with suppress(Exception):
            answer = await client.ask("GET", "/health/ready")
            return answer.status_code == 200 and len(around.workers) == workers
        return False

    assert await until(ready, STARTS_WITHIN), "Parley does not become ready."
    await client.http.aclose()
