"""Whether the process lives, and whether it can do its work."""

import sqlite3
from contextlib import suppress

import anyio
from asyncpg import InterfaceError, PostgresError
from litestar import Response, Router, get

from app.agents.tables import Agent

PATIENCE = 3


@get("/health/live", name="health:live", sync_to_thread=False)
def live() -> Response[str]:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@get("/health/ready", name="health:ready")
async def ready() -> Response[str]:
    """The database answers in time."""
    with (
        suppress(OSError, sqlite3.Error, PostgresError, InterfaceError),
        anyio.move_on_after(PATIENCE),
    ):
        await Agent.count()
        return Response("ok\n", media_type="text/plain")
    return Response("the database does not answer\n", status_code=503, media_type="text/plain")


router = Router(path="/", route_handlers=[live, ready])
