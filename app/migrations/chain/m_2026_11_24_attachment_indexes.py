"""The indexes by which attachments are read."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T17:21:38:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of attachments"

INDEXES = (
    "CREATE INDEX attachments_entry ON attachments (interaction, seq)",
    "CREATE INDEX attachments_widget ON attachments (widget)",
    "CREATE INDEX attachments_unsent ON attachments (created_at) WHERE seq IS NULL",
)


async def forwards() -> MigrationManager:
    """Create the indexes on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
