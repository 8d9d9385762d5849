"""Piccolo's two engines, with connections that are kept instead of opened for each query."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import aiosqlite
import anyio
import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.querystring import QueryString

from app.connections import KEEPALIVES, Connections

READERS = 3
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"
# For the connection on which the loop writes by itself; so often another one tidies up after it.
LEAVES_WAITING_TO_OTHERS = "PRAGMA busy_timeout=0; PRAGMA wal_autocheckpoint=0"
TIDY_AFTER = 200
Rows = list[dict[str, Any]]
Statement = tuple[str, tuple[Any, ...]]  # its text with `{}` for each value, and the values


def _moment(stored: bytes) -> datetime:
    """A moment as it is stored, in UTC whether it says so or not."""
    return datetime.fromisoformat(stored.decode()).replace(tzinfo=UTC)


# Piccolo's own take four times as long for the same; a message reads a hundred of them.
sqlite3.register_converter("INTEGER", int)
sqlite3.register_converter("TIMESTAMPTZ", _moment)


def _reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper() == "SELECT"


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await what must not be cut in the middle; who is cancelled meanwhile is so after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await asyncio.wait({task})
        raise


class KeptSQLiteTransaction(SQLiteTransaction):
    """A transaction on the one writer; it always gives the writer back, even when cancelled."""

    engine: "KeptSQLiteEngine"

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        await self.engine.writing.acquire()
        try:
            self.connection = await self.engine.writer()
            await self._begin()
        except BaseException:
            self.engine.writing.release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def _begin(self) -> None:
        try:
            await self.begin()
        except asyncio.CancelledError:
            # The thread runs a BEGIN that was sent, even when nobody waits for it any more.
            with anyio.CancelScope(shield=True), suppress(sqlite3.OperationalError):
                await self.rollback()
            raise

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if self._parent:
            return error is None
        try:
            with anyio.CancelScope(shield=True):
                await (self._undo() if error else self._keep())
        finally:
            self.engine.current_transaction.reset(self.context)
            self.engine.writing.release()
        return error is None

    async def _keep(self) -> None:
        try:
            await self.commit()
        except sqlite3.Error:
            await self._undo()  # else the writer stays in it, and nobody can begin another
            raise

    async def _undo(self) -> None:
        """Roll back, where SQLite has not done so by itself, as it does when the disk is full."""
        if self.connection.in_transaction:
            await self.rollback()


class KeptSQLiteEngine(SQLiteEngine):
    """One kept writer and a few kept readers (a connection per query costs ten times as much).

    Reads see what is committed (WAL); writes queue on one lock, which is fairer and faster
    than SQLite's own busy wait.
    """

    __slots__ = (
        "_here",
        "_opening",
        "_quick",
        "_readers",
        "_tidying",
        "_turn",
        "_writer",
        "_written",
        "writing",
    )

    def __init__(self, path: str) -> None:
        super().__init__(path=path, timeout=30)
        self._writer: aiosqlite.Connection | None = None
        self._readers: list[aiosqlite.Connection] = []
        self._here: sqlite3.Connection | None = None
        self._quick: sqlite3.Connection | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._written = 0
        self._turn = 0
        self._opening = asyncio.Lock()
        self.writing = asyncio.Lock()

    async def check_version(self) -> None:
        """Nothing: Piccolo would connect each time an engine is made; Python 3.11 brings enough."""

    async def get_connection(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs)
        connection.row_factory = dict_factory  # type: ignore[assignment]
        await connection.executescript(PRAGMAS)
        return connection

    async def writer(self) -> aiosqlite.Connection:
        """The connection that writes; whoever uses it holds the lock `writing`."""
        if self._writer is None:
            await _to_the_end(self._open_writer())
        return cast("aiosqlite.Connection", self._writer)

    async def _reader(self) -> aiosqlite.Connection:
        if len(self._readers) < READERS:
            async with self._opening:
                await _to_the_end(self._open_readers())
        # A connection runs one statement after the other in its own thread: sharing is safe.
        self._turn = (self._turn + 1) % READERS
        return self._readers[self._turn]

    async def _open_writer(self) -> None:
        self._writer = await self.get_connection()

    async def _open_readers(self) -> None:
        while len(self._readers) < READERS:
            self._readers.append(await self.get_connection())

    @asynccontextmanager
    async def alone(self, _: str) -> AsyncIterator[None]:
        """Nothing to wait for: the folder's lock lets one process serve."""
        yield

    async def close(self) -> None:
        """End every kept connection; the engine may be used again and opens new ones."""
        if self._tidying:
            await self._tidying
        kept = [*self._readers, *([self._writer] if self._writer else [])]
        for here in (self._here, self._quick):
            if here:
                here.close()
        self._readers, self._writer, self.writing = [], None, asyncio.Lock()
        self._here = self._quick = self._tidying = None
        for connection in kept:
            await connection.close()

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,  # noqa: FBT001, FBT002 - Piccolo's signature
    ) -> SQLiteTransaction:
        return KeptSQLiteTransaction(
            engine=self, transaction_type=transaction_type, allow_nested=allow_nested
        )

    async def _run(self, sql: str, args: list[Any] | None = None) -> Any:
        current = self.current_transaction.get()
        if current:
            return await current.connection.execute_fetchall(sql, args or [])
        if _reads(sql):
            return await (await self._reader()).execute_fetchall(sql, args or [])
        async with self.writing:
            return await (await self.writer()).execute_fetchall(sql, args or [])

    async def fetch(self, statement: str, values: tuple[Any, ...]) -> Rows:
        """What a written-out statement gives; each `{}` in it is a value."""
        sql = statement.replace("{}", "?")
        if self.current_transaction.get() or not _reads(sql):
            found: Rows = await self._run(sql, list(values))
            return found
        return self._look_up(sql, values)

    async def change_and_add(self, change: Statement, add: Statement) -> dict[str, Any] | None:
        """Change a row and add one that follows from it, as one transaction; None if none changed.

        `change` returns the row's id and last_seq, and whatever else is wanted; `add` selects
        from that row as `changed`. It takes a fifth of a millisecond, and no disk is waited for:
        a thread would wait as long for the interpreter, after each of its four statements.
        """
        async with self.writing:
            try:
                found = _changed_and_added(self._opened_here(), change, add)
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    raise
                # Another process writes, as the command line does: the thread waits for it.
                writer = await self.writer()
                found = await writer._execute(_changed_and_added, writer._conn, change, add)  # noqa: SLF001
            await asyncio.sleep(0)  # one each turn of the loop, so that what is told keeps up
        self._written += 1
        if self._written % TIDY_AFTER == 0:
            self._tidying = asyncio.create_task(self._tidy())
        return found

    def _opened_here(self) -> sqlite3.Connection:
        if self._quick is None:
            self._quick = sqlite3.connect(**self.connection_kwargs, check_same_thread=False)
            self._quick.row_factory = dict_factory
            self._quick.executescript(f"{PRAGMAS}; {LEAVES_WAITING_TO_OTHERS}")
        return self._quick

    async def _tidy(self) -> None:
        """Copy what was written into the database's own file, which waits for the disk."""
        with suppress(sqlite3.Error):  # whoever writes next hears of it, and the next try is soon
            await (await self._reader()).execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")

    def _look_up(self, sql: str, values: tuple[Any, ...]) -> Rows:
        """Read without a thread: it would take longer to wake it than to find rows by an index.

        WAL lets readers wait for nobody; what is read here is rendered here, which takes longer.
        """
        if self._here is None:
            self._here = sqlite3.connect(**self.connection_kwargs, check_same_thread=False)
        found = self._here.execute(sql, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self._run(sql, args)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        return await self._run(ddl)


def _changed_and_added(
    connection: sqlite3.Connection, change: Statement, add: Statement
) -> dict[str, Any] | None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        rows = _rows(connection, change)
        for row in rows:
            text, values = add
            from_row = f"WITH changed (id, last_seq) AS (VALUES ({{}}, {{}})) {text}"
            _rows(connection, (from_row, (row["id"], row["last_seq"], *values)))
        connection.commit()
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk is full
            connection.rollback()
        raise
    return rows[0] if rows else None


def _rows(connection: sqlite3.Connection, statement: Statement) -> Rows:
    text, values = statement
    return cast("Rows", connection.execute(text.replace("{}", "?"), values).fetchall())


@lru_cache(maxsize=1_000)
def _numbered(statement: str) -> str:
    """The statement with its `{}` as PostgreSQL numbers them; statements are few."""
    first, *rest = statement.split("{}")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


class KeptPostgresTransaction(PostgresTransaction):
    """A transaction that gives its connection back even when it is cancelled."""

    engine: "KeptPostgresEngine"

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self._connections = self.engine.connections()
        self.connection = await self._connections.take()
        try:
            self.transaction = self.connection.transaction()
            await self.begin()
        except BaseException:
            self._connections.drop(self.connection)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if self._parent:
            return error is None
        with anyio.CancelScope(shield=True):
            try:
                await (self.rollback() if error else self.commit())
            finally:
                self.engine.current_transaction.reset(self.context)
                self._connections.give(self.connection)
        return error is None


class KeptPostgresEngine(PostgresEngine):
    """PostgreSQL with connections that are kept, each opened when it is first needed."""

    __slots__ = ("_connections",)

    def __init__(self, url: str) -> None:
        self._connections: Connections | None = None
        super().__init__(config={"dsn": url})

    async def check_version(self) -> None:
        """Nothing: Piccolo would connect while the module is imported."""

    def connections(self) -> Connections:
        """Those that are kept; none is opened yet."""
        if self._connections is None:
            self._connections = Connections(self.config["dsn"])
        return self._connections

    @asynccontextmanager
    async def alone(self, work: str) -> AsyncIterator[None]:
        """Do this work while no other process does; who waits goes on when it has ended.

        The lock is a connection's, of its own: it goes when that ends, however it ends.
        """
        connection = await asyncpg.connect(self.config["dsn"], server_settings=KEEPALIVES)
        try:
            await connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"parley {work}")
            yield
        finally:
            await connection.close()

    async def close(self) -> None:
        """End every kept connection; the engine may be used again and opens new ones."""
        kept, self._connections = self._connections, None
        if kept:
            await kept.close()

    async def _run(self, statement: str, values: Sequence[Any] = ()) -> list[asyncpg.Record]:
        current = self.current_transaction.get()
        if current:
            found: list[asyncpg.Record] = await current.connection.fetch(statement, *values)
            return found
        connections = self.connections()
        connection = await connections.take()
        try:
            found = await connection.fetch(statement, *values)
        except asyncpg.PostgresError:  # a no is an answer: the connection is fit for the next
            connections.give(connection)
            raise
        except BaseException:
            connections.drop(connection)
            raise
        connections.give(connection)
        return found

    async def fetch(self, statement: str, values: tuple[Any, ...]) -> Rows:
        """What a written-out statement gives; each `{}` in it is a value."""
        return [dict(row) for row in await self._run(_numbered(statement), values)]

    async def change_and_add(self, change: Statement, add: Statement) -> dict[str, Any] | None:
        """Change a row and add one that follows from it; see the other engine.

        One statement: two and a transaction around would be four ways to the database and back.
        """
        (changes, values), (adds, more) = change, add
        both = f"WITH changed AS ({changes}), added AS ({adds}) SELECT * FROM changed"  # noqa: S608 - our own words
        rows = await self._run(_numbered(both), (*values, *more))
        return dict(rows[0]) if rows else None

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002
        statement, values = querystring.compile_string(engine_type=self.engine_type)
        return await self._run(statement, values)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002
        return await self._run(ddl)

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:  # noqa: FBT001, FBT002
        return KeptPostgresTransaction(engine=self, allow_nested=allow_nested)
