"""Files that a standard response brings along."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, Column, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-24T17:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "files of standard responses"


class StandardResponse(Table, tablename="standard_responses", schema=None):
    id = Serial(null=False, primary_key=True, db_column_name="id")


RESPONSE = {
    "references": StandardResponse,
    "on_delete": OnDelete.cascade,
    "on_update": OnUpdate.cascade,
    "target_column": None,
    "null": False,
}
COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    ("response", ForeignKey, RESPONSE),
    ("upload_id", Varchar, {"length": 64, "default": "", "null": False, "unique": True}),
    ("name", Varchar, {"length": 200, "default": "", "null": False}),
    ("kind", Varchar, {"length": 8, "default": "", "null": False}),
    ("size", BigInt, {"default": 0, "null": False}),
    ("sha256", Varchar, {"length": 64, "default": "", "null": False}),
    ("stored_as", Varchar, {"length": 32, "default": "", "null": False, "unique": True}),
    ("created_at", Timestamptz, {"default": None, "null": True}),
)


async def forwards() -> MigrationManager:
    """Add the table on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_table(
        class_name="ResponseFile", tablename="response_files", schema=None, columns=None
    )
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="ResponseFile",
            tablename="response_files",
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
