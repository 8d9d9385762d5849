"""Kept SQLite connections against Piccolo's own engine, in one run."""

import asyncio
import sqlite3
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from piccolo.columns import Integer, Serial, Text
from piccolo.engine.sqlite import SQLiteEngine, TransactionType
from piccolo.table import Table

from app.engines import KeptSQLiteEngine
from bench.budgets import Measured

ROWS = 20
Work = Callable[[], Awaitable[object]]


class Note(Table, tablename="bench_notes"):
    """A row as a message would be."""

    id: Serial
    count = Integer(default=0)
    body = Text()


def run(options: Namespace) -> list[Measured]:
    """Each kind of work, one after the other, on both engines."""
    with TemporaryDirectory(prefix="parley-bench-") as folder:
        wal = Path(folder, "wal.sqlite")
        with closing(sqlite3.connect(wal)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        engines = {
            "Piccolo's own engine": SQLiteEngine(path=str(Path(folder, "own.sqlite"))),
            "Piccolo's own engine, on a file in WAL mode": SQLiteEngine(path=str(wal)),
            "kept connections": KeptSQLiteEngine(str(Path(folder, "kept.sqlite"))),
        }
        rates = {
            name: asyncio.run(_rates(engine, options.seconds / 8))
            for name, engine in engines.items()
        }
    return [
        Measured(f"SQLite, {what}: {name}", measured[what], "/s")
        for what in next(iter(rates.values()))
        for name, measured in rates.items()
    ]


async def _rates(engine: SQLiteEngine, seconds: float) -> dict[str, float]:
    Note._meta.db = engine  # noqa: SLF001 - Piccolo's own way to name the engine
    try:
        await Note.create_table()
        await Note.insert(*(Note(body="Do you have the Alder lamp in oak?") for _ in range(ROWS)))

        async def insert() -> None:
            await Note.insert(Note(body="Do you have the Alder lamp in oak?"))

        async def select() -> None:
            await Note.select().order_by(Note.id).limit(ROWS)

        async def transaction() -> None:
            async with engine.transaction(TransactionType.immediate):
                await (
                    Note.update({Note.count: Note.count + 1}).where(Note.id == 1).returning(Note.id)
                )
                await insert()

        return {
            f"a select of {ROWS} rows": await _rate(select, seconds),
            "an insert": await _rate(insert, seconds),
            "a transaction of two statements": await _rate(transaction, seconds),
        }
    finally:
        if isinstance(engine, KeptSQLiteEngine):
            await engine.close()


async def _rate(work: Work, seconds: float) -> float:
    for _ in range(20):
        await work()
    count, begin = 0, time.perf_counter()
    while time.perf_counter() < begin + seconds:
        await work()
        count += 1
    return count / (time.perf_counter() - begin)
