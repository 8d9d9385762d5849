"""Pictures of agents."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Bytea, Column, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T18:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "pictures of agents"

AGENT, PICTURE = ("Agent", "agents"), ("Picture", "pictures")
COLUMNS: tuple[tuple[tuple[str, str], str, type[Column], dict[str, Any]], ...] = (
    (AGENT, "picture", Varchar, {"length": 64, "default": ""}),
    (PICTURE, "digest", Varchar, {"length": 64, "default": "", "unique": True}),
    (PICTURE, "kind", Varchar, {"length": 4, "default": ""}),
    (PICTURE, "content", Bytea, {"default": b""}),
)


async def forwards() -> MigrationManager:
    """Create the table and the column on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_table(class_name="Picture", tablename="pictures", schema=None, columns=None)
    for (class_name, table), name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={
                "null": False,
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
