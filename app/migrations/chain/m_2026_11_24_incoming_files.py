"""Files on their way, which take their room already."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Column, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-24T20:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "files on their way"


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


COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    ("stored_as", Varchar, {"length": 32, "default": "", "null": False, "unique": True}),
    ("widget", ForeignKey, refers_to(Widget, null=False)),
    ("visitor", ForeignKey, refers_to(Visitor)),
    ("size", BigInt, {"default": 0, "null": False}),
    ("until", Timestamptz, {"default": None, "null": True}),
)


async def forwards() -> MigrationManager:
    """Add the table on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_table(
        class_name="IncomingFile", tablename="incoming_files", schema=None, columns=None
    )
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="IncomingFile",
            tablename="incoming_files",
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
