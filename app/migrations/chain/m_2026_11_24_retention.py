"""How long a widget keeps its chats, and which of them have lost their words."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Column, Integer, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T21:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "retention"

INTERACTION, WIDGET = ("Interaction", "interactions"), ("Widget", "widgets")
COLUMNS: tuple[tuple[tuple[str, str], str, type[Column], dict[str, Any]], ...] = (
    (WIDGET, "keep_days", Integer, {"default": 0, "null": False}),
    (WIDGET, "removal", Varchar, {"length": 10, "default": "delete", "null": False}),
    (INTERACTION, "forgotten_at", Timestamptz, {"default": None, "null": True}),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    for (class_name, table), name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
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
