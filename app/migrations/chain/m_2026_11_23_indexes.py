"""The rules that the database itself keeps, the indexes that are read, and reasons to be away."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-23T15:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "unique numbers, nonces, one open interaction and one open offer"

OPEN = "state IN ('queued', 'offered', 'active')"
INDEXES = (
    "CREATE UNIQUE INDEX entries_interaction_seq ON entries (interaction, seq)",
    "CREATE UNIQUE INDEX entries_interaction_nonce ON entries (interaction, nonce)",
    f"CREATE UNIQUE INDEX interactions_one_open ON interactions (visitor, widget) WHERE {OPEN}",
    "CREATE INDEX interactions_visitor ON interactions (visitor)",
    "CREATE INDEX interactions_waiting ON interactions (queued_at) WHERE state = 'queued'",
    "CREATE INDEX interactions_agent ON interactions (agent, archived_at)",
    "CREATE UNIQUE INDEX offers_one_open ON offers (interaction, agent) WHERE outcome = ''",
    "CREATE INDEX offers_open ON offers (expires_at) WHERE outcome = ''",
    "CREATE INDEX offers_interaction ON offers (interaction)",
    "CREATE INDEX offers_agent ON offers (agent, offered_at)",
    "CREATE UNIQUE INDEX breaches_once ON breaches (interaction, clock, started_at)",
    "CREATE INDEX page_views_visitor ON page_views (visitor, id)",
    "CREATE INDEX status_changes_agent ON status_changes (agent, id)",
    "CREATE UNIQUE INDEX queue_members_once ON queue_members (queue, agent)",
    "CREATE UNIQUE INDEX visitors_first_nonce ON visitors (widget, first_nonce)",
    "CREATE INDEX visitors_contact ON visitors (contact)",
)
AWAY = ("Break", "Lunch", "Meeting", "Training")


async def forwards() -> MigrationManager:
    """Create the indexes on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        for statement in INDEXES:
            await engine.run_ddl(statement)
        for position, name in enumerate(AWAY):
            values = f"VALUES ('{name}', {position})"
            await engine.run_ddl(f"INSERT INTO away_reasons (name, position) {values}")

    manager.add_raw(create)
    return manager
