"""The servers, each behind a way, and Parley with its workers behind one of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.parse import urlsplit

from bench.crowd import Client, Told, until
from bench.faults.kinds import Around
from bench.proxy import Way, way_to
from bench.server import PARLEY, PORT, UNLIMITED
from tests.services import free_port, postgres_folder, postgres_in, redis_server

STARTS_WITHIN = 40
QUICK = {
    "PARLEY_HEARTBEAT_SECONDS": "1",
    "PARLEY_SEND_TIMEOUT_SECONDS": "3",
    "PARLEY_PRESENCE_SECONDS": "8",
    "PARLEY_MISSES": "1000000",
    "PARLEY_LOG_LEVEL": "error",
    "PARLEY_LIMIT_TYPING": "1000000",
}


@dataclass
class Stage:
    direct: str
    postgres: Way
    redis: Way
    restart_postgres: Callable[[], Awaitable[None]]
    restart_redis: Callable[[], Awaitable[None]]


class _Server:
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


@asynccontextmanager
async def servers(url: str) -> AsyncIterator[Stage]:
    """PostgreSQL and Redis, each behind a way; without a PostgreSQL of somebody else's its own."""
    with ExitStack() as stack:
        port = urlsplit(url).port or free_port()
        redis_port = free_port()
        # Not even a crash may lose what was committed; the machine itself does not crash.
        home = "" if url else stack.enter_context(postgres_folder())
        postgres = _Server(lambda: postgres_in(home, port, synchronous_commit="on"))
        redis = _Server(lambda: redis_server(redis_port))
        for server in [redis] if url else [redis, postgres]:
            stack.callback(server.end)
            await asyncio.to_thread(server.run)
        direct = url or f"postgres://postgres@127.0.0.1:{port}/postgres"
        async with way_to(port) as to_postgres, way_to(redis_port) as to_redis:
            yield Stage(direct, to_postgres, to_redis, postgres.again, redis.again)


@asynccontextmanager
async def parley(stage: Stage, workers: int) -> AsyncIterator[Around]:
    """Parley with its workers, through the ways, behind one of its own."""
    name = urlsplit(stage.direct).path
    postgres = f"postgres://postgres@127.0.0.1:{stage.postgres.port}{name}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        **UNLIMITED,
        **QUICK,
        "PORT": "0",
        "DATABASE_URL": postgres,
        "PARLEY_REDIS_URL": f"redis://127.0.0.1:{stage.redis.port}",
    }
    with TemporaryDirectory(prefix="parley-faults-") as data, _file(data) as log:
        environment["PARLEY_DATA"] = data
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *PARLEY,
            *("--workers", str(workers)),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout
        try:
            found = PORT.search((await process.stdout.readline()).decode())
            assert found, "Parley did not start."
            async with way_to(int(found[1])) as front:
                again = stage.restart_postgres, stage.restart_redis
                around = Around(front, stage.postgres, stage.redis, process.pid, *again)
                await _serving(around, workers)
                yield around
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            process._transport.close()  # noqa: SLF001 - else the collector does, with a warning


def _file(folder: str) -> IO[bytes]:
    return Path(folder, "log").open("wb")


async def _serving(around: Around, workers: int) -> None:
    client = Client(f"http://127.0.0.1:{around.front.port}", Told())

    async def ready() -> bool:
        with suppress(Exception):
            answer = await client.ask("GET", "/health/ready")
            return answer.status_code == 200 and len(around.workers) == workers
        return False

    assert await until(ready, STARTS_WITHIN), "Parley does not become ready."
    await client.http.aclose()
