"""The engine for the settings, the unit of work, and facts told after commit."""

import asyncio
import contextlib
import io
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

import asyncpg
import structlog
from piccolo.table import Table

from app.engines import KeptPostgresEngine, KeptSQLiteEngine, Statement
from app.settings import Settings

Engine = KeptSQLiteEngine | KeptPostgresEngine
Listener = Callable[[Any], Awaitable[None]]
Row = TypeVar("Row", bound=Table)

# What each database says when a unique index is hurt.
UNIQUE_VIOLATIONS = (sqlite3.IntegrityError, asyncpg.UniqueViolationError)
# When a database is away, starting, ending, or has no room: of PostgreSQL, and of SQLite.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresIOError,
    asyncpg.InternalClientError,  # used while it is being cut off
    ConnectionError,
    TimeoutError,
)
WITHOUT_ROOM_OR_TURN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_CANTOPEN")

log = structlog.get_logger()
_facts: ContextVar[list[object] | None] = ContextVar("facts", default=None)
_listeners: dict[type, list[Listener]] = {}


def engine_for(settings: Settings) -> Engine:
    """The database of these settings; nothing is opened yet."""
    if settings.on_postgres:
        return KeptPostgresEngine(settings.database_url)
    settings.data.mkdir(parents=True, exist_ok=True)
    return KeptSQLiteEngine(str(settings.sqlite_path))


def bind(engine: Engine) -> None:
    """Let every table, and Piccolo's migrations, use this engine from now on."""
    import_module("piccolo_conf").__dict__["DB"] = engine
    for table in all_tables():
        table._meta.db = engine  # noqa: SLF001 - Piccolo's own way to name the engine


def engine() -> Engine:
    """The engine in use."""
    import piccolo_conf  # noqa: PLC0415 - it is Piccolo that reads it, and needs us for it

    current: Engine = piccolo_conf.DB
    return current


def all_tables() -> list[type[Table]]:
    """Every table of the project, and Piccolo's own list of migrations that ran."""
    from piccolo.apps.migrations.tables import Migration  # noqa: PLC0415 - needs the configuration

    return [*import_module("app.migrations.registry").APP_CONFIG.table_classes, Migration]


async def migrate() -> None:
    """Bring the database to the newest migration; more processes at once wait for each other."""
    from piccolo.apps.migrations.commands.forwards import (  # noqa: PLC0415 - needs the configuration
        ForwardsMigrationManager,
    )

    said = io.StringIO()
    async with engine().alone("migrations"):
        with contextlib.redirect_stdout(said):
            result = await ForwardsMigrationManager(app_name="parley").run()
    if not result.success:
        raise RuntimeError(f"The database could not be migrated: {said.getvalue()}")


@contextlib.asynccontextmanager
async def unit_of_work() -> AsyncIterator[None]:
    """One transaction; what was told inside it reaches its listeners after the commit.

    A unit inside another joins it. No HTTP, file, task or publish belongs inside.
    """
    if _facts.get() is not None:
        yield
        return
    facts: list[object] = []
    token = _facts.set(facts)
    try:
        async with engine().transaction():
            yield
    finally:
        _facts.reset(token)
    for fact in facts:
        await told(fact)


async def fetch(statement: str, *values: Any) -> list[dict[str, Any]]:
    """What a written-out statement gives; each `{}` in it is a value, which goes beside it.

    For what each message and each push runs: Piccolo takes as long to build a query as the
    database to answer it.
    """
    return await engine().fetch(statement, values)


async def change_and_add(change: Statement, add: Statement) -> dict[str, Any] | None:
    """Change a row and add one that follows from it, as a unit of its own; None if none changed.

    `change` returns the row's id and last_seq; `add` is an INSERT that selects from `changed`.
    For messages: as a unit of work the same costs twice as much.
    """
    if _facts.get() is not None:
        raise RuntimeError("This is a unit of its own and cannot join another.")
    return await engine().change_and_add(change, add)


class Sql:
    """A part of a statement, and the values of its `{}`."""

    __slots__ = ("text", "values")

    def __init__(self, text: str, *values: Any) -> None:
        self.text = text
        self.values = values


async def first_row(table: type[Row], where: str, *values: Any) -> Row | None:
    """The first row of a table where this holds, such as `key = {} AND archived_at IS NULL`."""
    found = await rows_where(table, f"{where} LIMIT 1", *values)
    return found[0] if found else None


async def rows_where(table: type[Row], where: str, *values: Any) -> list[Row]:
    """The rows of a table where this holds.

    For what each request or each second looks up: Piccolo takes several times as long to build
    the same query and to fill the same object column by column.
    """
    name = table._meta.tablename  # noqa: SLF001 - ours; the values go beside the statement
    found = await fetch(f"SELECT * FROM {name} WHERE {where}", *values)  # noqa: S608
    return [as_row(table, row) for row in found]


def columns_of(table: type[Table], alias: str) -> str:
    """All columns of a table that a statement calls by this alias, each named for `beside`."""
    return ", ".join(f"{alias}.{own} AS {named}" for own, named in _named(table, alias))


def beside(table: type[Row], alias: str, columns: dict[str, Any]) -> Row:
    """The row of this table among those of others, as `columns_of` names its columns."""
    return as_row(table, {own: columns[named] for own, named in _named(table, alias)})


@cache
def _named(table: type[Table], alias: str) -> list[tuple[str, str]]:
    names = [column._meta.db_column_name for column in table._meta.columns]  # noqa: SLF001 - ours
    return [(name, f"{alias}_{name}") for name in names]


def as_row(table: type[Row], columns: dict[str, Any]) -> Row:
    """The row of a table that has these columns, which are all that it has."""
    found = table.__new__(table)
    found.__dict__.update(columns, _exists_in_db=True, _was_created=None)
    return found


def names_what_is_gone(error: Exception) -> bool:
    """Whether a write failed because what it refers to has been removed."""
    return isinstance(error, asyncpg.ForeignKeyViolationError) or "FOREIGN KEY" in str(error)


def fault_of_database(error: BaseException) -> str:
    """What the database lacks when it could not store this: room, a connection, a turn; else "".

    Nothing of a transaction that failed so is stored, and trying again later is right.
    """
    if isinstance(error, sqlite3.OperationalError):
        name: str = getattr(error, "sqlite_errorname", "")
        return name if name.startswith(WITHOUT_ROOM_OR_TURN) else ""
    closed = isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
    return type(error).__name__ if closed or isinstance(error, AWAY) else ""


def tell(fact: object) -> None:
    """Tell a fact once the unit of work around has been committed."""
    facts = _facts.get()
    if facts is None:
        raise RuntimeError("A fact is told inside a unit of work.")
    facts.append(fact)


def listen(kind: type, listener: Listener) -> None:
    """Let this listener hear facts of this kind; wired in main.py only."""
    _listeners.setdefault(kind, []).append(listener)


def forget_listeners() -> None:
    """Start with no listeners, as each new application does."""
    _listeners.clear()


async def told(fact: object) -> None:
    """Tell a fact of what is committed; no listener keeps it from the others."""
    for listener in _listeners.get(type(fact), []):
        try:
            await listener(fact)
        except asyncio.CancelledError:
            raise
        except Exception:  # what is stored stays stored; the listener's failure is ours to see
            log.exception("listener failed", fact=type(fact).__name__)
