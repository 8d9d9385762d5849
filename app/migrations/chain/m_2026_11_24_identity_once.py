"""An identity is one contact: a step of its own, as columns are added after raw statements."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T17:47:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "an identity is one contact"

ONCE = (
    "CREATE UNIQUE INDEX contacts_identity ON contacts (identity_widget, external_id) "
    "WHERE external_id <> ''"
)


async def forwards() -> MigrationManager:
    """Create the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        await engine.run_ddl(ONCE)

    manager.add_raw(create)
    return manager
