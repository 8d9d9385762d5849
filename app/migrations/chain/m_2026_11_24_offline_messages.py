"""Messages left while nobody was there, and the indexes of who waits and who was answered."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean
from piccolo.columns.indexes import IndexMethod
from piccolo.engine import engine_finder

ID = "2026-11-24T17:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "offline messages; indexes of who waits and who was answered"

WAITING = "state IN ('queued', 'offered')"
INDEXES = (
    f"CREATE INDEX interactions_in_line ON interactions (queue, queued_at) WHERE {WAITING}",
    "CREATE INDEX interactions_answered ON interactions (queue, first_response_at)",
)


async def forwards() -> MigrationManager:
    """Add the column and the indexes on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Interaction",
        tablename="interactions",
        column_name="offline",
        db_column_name="offline",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
            "null": False,
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
