"""The index by which the sweep finds chats that are kept for long enough."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T21:30:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "interactions by when they ended"
INDEX = (
    "CREATE INDEX interactions_kept ON interactions (widget, archived_at) "
    "WHERE forgotten_at IS NULL"
)


async def forwards() -> MigrationManager:
    """Create the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        await engine.run_ddl(INDEX)

    manager.add_raw(create)
    return manager
