"""What the database has, read beside Parley."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg

# While a database is away nobody can look into it.
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error)


class Rows(Protocol):
    """Where the checkers look."""

    async def fetch(self, statement: str) -> list[Any]:
        """The rows that a statement finds, each by the names of its columns."""


class PostgresRows:
    """A database of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def fetch(self, statement: str) -> list[Any]:
        """By a connection for each, as the server may have been started anew."""
        connection = await asyncpg.connect(self._url)
        try:
            found: list[Any] = await connection.fetch(statement)
            return found
        finally:
            await connection.close()


class SqliteRows:
    """A file of SQLite."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def fetch(self, statement: str) -> list[Any]:
        """Short, so that nobody has to wait for it elsewhere."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(statement).fetchall()
