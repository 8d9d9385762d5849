"""Connections to PostgreSQL, kept open and lent to one after the other."""

import asyncio

import anyio
import asyncpg

MOST = 10
# In seconds: PostgreSQL would ask after two hours whether who is connected is still there.
KEEPALIVES = {
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
# In milliseconds: whoever lost their power in a transaction would keep others from its rows; a
# transaction of ours never waits for anything but the database.
NO_LONGER_THAN = {"idle_in_transaction_session_timeout": "5000"}
# In seconds: a connection that is dead without a word is given up after that.
PATIENCE = 15
LAST_WORDS = 5


class Connections:
    """At most MOST at a time; the last that was given back is the first that is lent.

    asyncpg's own pool takes as long to lend a connection as the database to find a row.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._room = asyncio.Semaphore(MOST)
        self._free: list[asyncpg.Connection] = []
        self._lent: set[asyncpg.Connection] = set()
        self._closed = False

    @property
    def lent(self) -> int:
        """How many are in use right now."""
        return len(self._lent)

    async def take(self) -> asyncpg.Connection:
        """A connection that is open; it must be given back, or dropped, whatever happens."""
        await self._room.acquire()
        try:
            found = self._kept() or await self._opened()
        except BaseException:
            self._room.release()
            raise
        self._lent.add(found)
        return found

    def give(self, connection: asyncpg.Connection) -> None:
        """It has done its work, and may do the next."""
        if self._closed or connection.is_in_transaction():
            self.drop(connection)
            return
        self._lent.remove(connection)
        self._free.append(connection)
        self._room.release()

    def drop(self, connection: asyncpg.Connection) -> None:
        """It was cut off in the middle, and nobody knows what it would say next."""
        self._lent.remove(connection)
        connection.terminate()
        self._room.release()

    async def close(self) -> None:
        """Close all; one that hangs is cut, and one that is still lent when it is given back."""
        self._closed = True
        free, self._free = self._free, []
        with anyio.move_on_after(LAST_WORDS):
            for connection in free:
                await connection.close()
        for connection in free:
            connection.terminate()

    def _kept(self) -> asyncpg.Connection | None:
        while self._free:
            found = self._free.pop()
            if not found.is_closed():  # as when PostgreSQL was started anew meanwhile
                return found
        return None

    async def _opened(self) -> asyncpg.Connection:
        settings = {**KEEPALIVES, **NO_LONGER_THAN}
        return await asyncpg.connect(
            self._url, timeout=PATIENCE, command_timeout=PATIENCE, server_settings=settings
        )
