"""Who changed a status, and the indexes that the floor reads."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import ForeignKey, Serial
from piccolo.columns.indexes import IndexMethod
from piccolo.engine import engine_finder
from piccolo.table import Table

ID = "2026-11-23T16:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "who changed a status; indexes of the floor"

INDEXES = (
    "CREATE INDEX interactions_first_message ON interactions (first_message_at)",
    "CREATE INDEX breaches_moment ON breaches (breached_at)",
)


class Agent(Table, tablename="agents", schema=None):
    id = Serial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name="id",
        secret=False,
    )


async def forwards() -> MigrationManager:
    """Add the column and the indexes on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_column(
        table_class_name="StatusChange",
        tablename="status_changes",
        column_name="changed_by",
        db_column_name="changed_by",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Agent,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
