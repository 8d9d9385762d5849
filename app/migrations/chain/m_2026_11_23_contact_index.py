"""The index by which the other interactions of a contact are read."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-23T16:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "interactions of a contact"


async def forwards() -> MigrationManager:
    """Create the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        await engine.run_ddl("CREATE INDEX interactions_contact ON interactions (contact)")

    manager.add_raw(create)
    return manager
