"""The identity secret before the one of now, which works on for a while."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Column, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T23:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "old identity secrets"

COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    ("old_secret", Varchar, {"length": 64, "default": "", "null": False}),
    ("old_secret_until", Timestamptz, {"default": None, "null": True}),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="Widget",
            tablename="widgets",
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
