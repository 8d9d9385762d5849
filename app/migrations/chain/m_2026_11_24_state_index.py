"""The index by which routing and the line find what waits, among all that has ended."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T18:16:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "interactions by state"


async def forwards() -> MigrationManager:
    """Create the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        await engine.run_ddl("CREATE INDEX interactions_state ON interactions (state)")

    manager.add_raw(create)
    return manager
