"""Files that people send."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Column, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-24T17:21:37:000000"
VERSION = "1.38.0"
DESCRIPTION = "attachments"


class Agent(Table, tablename="agents", schema=None):
    id = Serial(null=False, primary_key=True, db_column_name="id")


class Interaction(Table, tablename="interactions", schema=None):
    id = Serial(null=False, primary_key=True, db_column_name="id")


class Visitor(Table, tablename="visitors", schema=None):
    id = Serial(null=False, primary_key=True, db_column_name="id")


class Widget(Table, tablename="widgets", schema=None):
    id = Serial(null=False, primary_key=True, db_column_name="id")


def refers_to(table: type[Table], *, null: bool = True) -> dict[str, Any]:
    return {
        "references": table,
        "on_delete": OnDelete.cascade,
        "on_update": OnUpdate.cascade,
        "target_column": None,
        "null": null,
    }


NUMBER = {"default": 0, "null": False}
COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    ("upload_id", Varchar, {"length": 64, "default": "", "null": False, "unique": True}),
    ("widget", ForeignKey, refers_to(Widget, null=False)),
    ("visitor", ForeignKey, refers_to(Visitor)),
    ("agent", ForeignKey, refers_to(Agent)),
    ("interaction", ForeignKey, refers_to(Interaction)),
    ("seq", Integer, {"default": None, "null": True}),
    ("position", Integer, NUMBER),
    ("name", Varchar, {"length": 200, "default": "", "null": False}),
    ("kind", Varchar, {"length": 8, "default": "", "null": False}),
    ("size", BigInt, NUMBER),
    ("sha256", Varchar, {"length": 64, "default": "", "null": False}),
    ("width", Integer, NUMBER),
    ("height", Integer, NUMBER),
    ("stored_as", Varchar, {"length": 32, "default": "", "null": False, "unique": True}),
    ("created_at", Timestamptz, {"default": None, "null": True}),
)


async def forwards() -> MigrationManager:
    """Add the table on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_table(class_name="Attachment", tablename="attachments", schema=None, columns=None)
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="Attachment",
            tablename="attachments",
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
            schema=None,
        )
    return manager
