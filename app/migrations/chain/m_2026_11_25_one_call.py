"""One open call of an agent, and one in an interaction."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-25T00:15:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "one open call"
INDEXES = (
    "CREATE UNIQUE INDEX calls_one_of_agent ON calls (agent) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX calls_one_of_chat ON calls (interaction) WHERE ended_at IS NULL",
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
