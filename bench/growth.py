"""What a message and the pages cost with 1,000, 10,000 and 100,000 chats in the database.

`python -m bench growth --databases PostgreSQL`: a cost that grows with them is an index that is
missing. The statements that a message takes are counted by tests, these are their prices.
"""

import asyncio
import time
from argparse import Namespace
from dataclasses import asdict

from app import database as app_database
from app.moments import now
from app.settings import Settings
from bench import load, scene
from bench.budgets import Measured
from bench.pages import Browser
from bench.server import PARLEY, database, serving
from tests.builders import a_visitor, an_interaction

SIZES = (1_000, 10_000, 100_000)
CHATS, RATE = 50, 20
WORDS = ("Hello", "My lamp flickers.", "Since yesterday.", "What shall I do?")
SUPERVISOR = "UPDATE agents SET role = 'supervisor'"
# Each past chat has a visitor of its own and the lines of the one that is copied.
VISITORS = """
INSERT INTO visitors ({columns})
WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
SELECT {values} FROM visitors v CROSS JOIN n WHERE v.id = {visitor}
"""
INTERACTIONS = """
INSERT INTO interactions ({columns})
SELECT {values} FROM interactions i CROSS JOIN visitors c
WHERE i.id = {interaction} AND c.token_hash LIKE 'past-%' AND c.id > {after}
"""
ENTRIES = """
INSERT INTO entries ({columns})
SELECT {values} FROM entries e CROSS JOIN interactions c
WHERE e.interaction = {interaction} AND c.id > {after}
"""


def run(options: Namespace) -> list[Measured]:
    """Fill, measure, fill more."""
    lines = []
    for kind in options.databases:
        with database(kind) as settings:
            chats = scene.chats(settings, CHATS, agents=10)
            past = 0
            for size in SIZES:
                asyncio.run(_fill(settings, past, size))
                past = size
                lines += _costs(kind, size, settings, chats, options.seconds)
    return lines


def _costs(
    kind: str, size: int, settings: Settings, chats: list[load.Chat], seconds: float
) -> list[Measured]:
    said = f"{kind}, {size:,} chats"
    with serving(PARLEY, settings) as server:
        message = load.run("latency", **asdict(server), chats=chats, rate=RATE, seconds=seconds)
        browser = Browser(server.port, chats[0].agent_cookie)
        pages = {
            "the workspace": "/workspace/webchat",
            "a chat": f"/workspace/webchat/{chats[0].interaction}",
            "the floor": "/workspace/floor",
        }
        took = {name: _page(browser, path) for name, path in pages.items()}
    return [
        Measured(f"{said}: CPU of a message", message["cpu"], "ms"),
        Measured(f"{said}: p50 of a message, {RATE}/s", message["p50"], "ms"),
        *(Measured(f"{said}: {name}", value, "ms") for name, value in took.items()),
    ]


def _page(browser: Browser, path: str) -> float:
    """The quickest of ten: what the page costs, and not who else uses the machine."""
    took = []
    for _ in range(10):
        begin = time.perf_counter()
        browser.get(path)
        took.append(time.perf_counter() - begin)
    return min(took) * 1000


async def _fill(settings: Settings, first: int, last: int) -> None:
    """Add past chats until there are so many."""
    app_database.bind(app_database.engine_for(settings))
    engine = app_database.engine()
    try:
        from app.contacts.tables import Visitor  # noqa: PLC0415 - as Piccolo wants it
        from app.interactions.tables import Entry, Interaction  # noqa: PLC0415
        from app.widget.tables import Widget  # noqa: PLC0415

        await engine.run_ddl(SUPERVISOR)
        widget = await Widget.objects().first()
        visitor = await a_visitor(widget, token=f"the one that is copied {first}")
        copied = await an_interaction(visitor, state="archived", words=WORDS)
        joined = {"kind": "notice", "author": "system", "notice": "joined", "created_at": now()}
        await Entry(interaction=copied.id, seq=len(WORDS) + 1, **joined).save()
        newest = {table: await _newest(table) for table in (Visitor, Interaction)}
        token = {"token_hash": "'past-' || n.i", "first_nonce": "'past-' || n.i"}
        await engine.run_ddl(
            VISITORS.format(
                **_columns(Visitor, "v", token), first=first + 1, last=last, visitor=visitor.id
            )
        )
        after, at = newest[Visitor], {"visitor": "c.id"}
        statement = INTERACTIONS.format(
            **_columns(Interaction, "i", at), interaction=copied.id, after=after
        )
        await engine.run_ddl(statement)
        after, at = newest[Interaction], {"interaction": "c.id"}
        statement = ENTRIES.format(**_columns(Entry, "e", at), interaction=copied.id, after=after)
        await engine.run_ddl(statement)
        if settings.on_postgres:  # by itself it does so within minutes; SQLite never does
            await engine.run_ddl("ANALYZE")
    finally:
        await engine.close()


async def _newest(table: type) -> int:
    row = await table.select(table.id).order_by(table.id, ascending=False).first()  # type: ignore[attr-defined]
    return int(row["id"])


def _columns(table: type, alias: str, others: dict[str, str]) -> dict[str, str]:
    names = [
        column._meta.db_column_name  # noqa: SLF001 - Piccolo's way to name it
        for column in table._meta.columns  # type: ignore[attr-defined]  # noqa: SLF001
        if column._meta.db_column_name != "id"  # noqa: SLF001
    ]
    values = [others.get(name, f"{alias}.{name}") for name in names]
    return {"columns": ", ".join(names), "values": ", ".join(values)}
