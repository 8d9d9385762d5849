"""Voice calls: the calls, what the browsers tell each other, and who allows them."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean, Column, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-25T00:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "voice calls"


class Interaction(Table, tablename="interactions", schema=None):
    id = Serial(null=False, primary_key=True)


class Visitor(Table, tablename="visitors", schema=None):
    id = Serial(null=False, primary_key=True)


class Agent(Table, tablename="agents", schema=None):
    id = Serial(null=False, primary_key=True)


class Call(Table, tablename="calls", schema=None):
    id = Serial(null=False, primary_key=True)


MOMENT: dict[str, Any] = {"default": None, "null": True}
NO: dict[str, Any] = {"default": False, "null": False}


def text(length: int) -> dict[str, Any]:
    return {"length": length, "default": "", "null": False}


def reference(table: type[Table]) -> dict[str, Any]:
    return {
        "references": table,
        "on_delete": OnDelete.cascade,
        "on_update": OnUpdate.cascade,
        "target_column": None,
        "null": False,
        "index": True,
    }


Columns = tuple[tuple[str, type[Column], dict[str, Any]], ...]
CALLS: Columns = (
    ("interaction", ForeignKey, reference(Interaction)),
    ("visitor", ForeignKey, reference(Visitor)),
    ("agent", ForeignKey, reference(Agent)),
    ("began_by", Varchar, text(7)),
    ("rang_at", Timestamptz, MOMENT),
    ("answered_at", Timestamptz, MOMENT),
    ("ended_at", Timestamptz, MOMENT),
    ("how", Varchar, text(10)),
    ("ended_by", Varchar, text(7)),
    ("round", Integer, {"default": 1, "null": False}),
    ("agent_page", Varchar, text(40)),
    ("agent_seen_at", Timestamptz, MOMENT),
    ("agent_holds", Boolean, NO),
    ("contact_page", Varchar, text(40)),
    ("contact_seen_at", Timestamptz, MOMENT),
    ("contact_holds", Boolean, NO),
)
SIGNALS: Columns = (
    ("call", ForeignKey, reference(Call)),
    ("side", Varchar, text(7)),
    ("round", Integer, {"default": 0, "null": False}),
    ("kind", Varchar, text(9)),
    ("body", Text, {"default": "", "null": False}),
)
TABLES = (
    ("Call", "calls", CALLS, True),
    ("CallSignal", "call_signals", SIGNALS, True),
    ("Widget", "widgets", (("calls", Boolean, NO),), False),
    ("Queue", "queues", (("offers_in_calls", Boolean, NO),), False),
)


async def forwards() -> MigrationManager:
    """Create the tables and columns on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    for class_name, table, columns, new in TABLES:
        if new:
            manager.add_table(class_name=class_name, tablename=table, schema=None, columns=None)
        for name, kind, params in columns:
            manager.add_column(
                table_class_name=class_name,
                tablename=table,
                schema=None,
                column_name=name,
                db_column_name=name,
                column_class_name=kind.__name__,
                column_class=kind,
                params={
                    "primary_key": False,
                    "unique": False,
                    "index": False,
                    "index_method": IndexMethod.btree,
                    "choices": None,
                    "db_column_name": None,
                    "secret": False,
                    **params,
                },
            )
    return manager
