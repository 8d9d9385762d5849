"""Processes on one PostgreSQL hear each other through Redis: who runs without it must be alone."""

import asyncio
from contextlib import suppress

import asyncpg
import structlog
from asyncpg import Connection

from app.connections import KEEPALIVES

LOOKS_EVERY, PATIENCE = 5.0, 5.0
# The process that this one replaces may be about to end.
MISSES = 2
LOCK = "parley processes"
ALONE = "SELECT pg_try_advisory_lock(hashtext($1))"
AMONG_OTHERS = "SELECT pg_try_advisory_lock_shared(hashtext($1))"
log = structlog.get_logger()


class Neighbours:
    """Holds a lock in the database: shared with Redis, for itself without.

    A process that does not get it does not hear another one, or is not heard by it. It says so
    and goes on: a restart meets the process that it replaces, and a refusal would be an outage.
    """

    def __init__(self, url: str, *, has_bus: bool) -> None:
        self._url = url
        self._statement = AMONG_OTHERS if has_bus else ALONE
        self._connection: Connection | None = None
        self._holds = False
        self._misses = 0
        self.unheard = False

    async def watch(self) -> None:
        """Hold the lock, and try again and again to get it."""
        try:
            while True:
                await self._look_once()
                await asyncio.sleep(LOOKS_EVERY)
        finally:
            await self._close()

    async def look(self) -> None:
        """Get the lock if it is not held; raises when the database does not answer."""
        if self._connection is None:
            self._connection = await asyncpg.connect(
                self._url, timeout=PATIENCE, command_timeout=PATIENCE, server_settings=KEEPALIVES
            )
        if self._holds:
            await self._connection.execute("SELECT 1")  # the lock is there as long as this answers
        else:
            self._holds = await self._connection.fetchval(self._statement, LOCK)
        self._misses = 0 if self._holds else self._misses + 1
        unheard = self._misses >= MISSES
        if unheard is not self.unheard:
            self.unheard = unheard
            self._tell()

    async def _look_once(self) -> None:
        try:
            await self.look()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._close()  # that the database is away is told by others

    def _tell(self) -> None:
        if self.unheard:
            log.error("another process on this database is not heard: set PARLEY_REDIS_URL in each")
        else:
            log.info("no other process on this database is unheard any more")

    async def _close(self) -> None:
        connection, self._connection, self._holds = self._connection, None, False
        if connection is not None:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=1)
