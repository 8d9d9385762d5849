"""Let a search find the responses that there are, and count the uses of each agent once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Serial, Text, Varchar
from piccolo.engine import engine_finder
from piccolo.table import Table

from app.responses.search import folded, words_of

ID = "2026-11-24T17:20:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "what a search for standard responses looks in"

INDEX = "CREATE UNIQUE INDEX response_uses_once ON response_uses (response, agent)"


class Response(Table, tablename="standard_responses"):
    """A response as it is at this point of the chain."""

    id: Serial
    title = Varchar(80)
    folder = Varchar(60)
    body = Text()
    title_words = Text()
    words = Text()


async def forwards() -> MigrationManager:
    """Fold what there is; build the index on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)

    async def fill() -> None:
        engine = engine_finder()
        if engine is None:
            raise RuntimeError("There is no database to migrate.")
        # A table keeps the first engine that it finds; this one migrates now.
        Response._meta.db = engine  # noqa: SLF001 - Piccolo's own way to name the engine
        await engine.run_ddl(INDEX)
        for row in await Response.select(
            Response.id, Response.title, Response.folder, Response.body
        ):
            words = words_of(
                title=row["title"], shortcut="", folder=row["folder"], body=row["body"]
            )
            await Response.update(
                {Response.title_words: folded(row["title"]), Response.words: words}
            ).where(Response.id == row["id"])

    manager.add_raw(fill)
    return manager
