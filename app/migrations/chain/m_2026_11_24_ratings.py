"""How visitors found a chat, and whether a widget asks for it."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean, Column, Integer, Text, Timestamptz
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T16:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "ratings"

INTERACTION, WIDGET = ("Interaction", "interactions"), ("Widget", "widgets")
COLUMNS: tuple[tuple[tuple[str, str], str, type[Column], dict[str, Any]], ...] = (
    (INTERACTION, "rating", Integer, {"default": 0, "null": False}),
    (INTERACTION, "rating_comment", Text, {"default": "", "null": False}),
    (INTERACTION, "rated_at", Timestamptz, {"default": None, "null": True}),
    (WIDGET, "ask_rating", Boolean, {"default": True, "null": False}),
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
