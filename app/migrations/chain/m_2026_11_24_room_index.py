"""How much files take is told by an index alone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T20:05:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "an index of the room that files take"

STATEMENTS = (
    "CREATE INDEX attachments_room ON attachments (widget, visitor, size)",
    "DROP INDEX attachments_widget",
)


async def forwards() -> MigrationManager:
    """Replace the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def replace() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        for statement in STATEMENTS:
            await engine.run_ddl(statement)

    manager.add_raw(replace)
    return manager
