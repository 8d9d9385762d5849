"""Whether the process lives, and whether all that it works with answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from litestar import Response, Router, get
from litestar.datastructures import State

from app.agents.tables import Agent
from app.attachments.storage import Storage
from app.database import unit_of_work
from app.neighbours import Neighbours
from app.realtime.hub import Hub

PATIENCE = 2.0
FRESH = 1.0
OK, SLOW, BROKEN = "ok", "does not answer", "cannot be used"
# Works: what is written is shown elsewhere later. Where all processes have lost the same Redis,
# taking each of them out for it would end what still goes on.
DEAF = "ok here, other processes are not heard"
APART = "ok here, but another process on this database is not heard: PARLEY_REDIS_URL is missing"
log = structlog.get_logger()
# A look raises when the thing fails; it gives words where it works but is not as it should be.
Look = Callable[[], Awaitable[str | None]]


class Check:
    """Whether one thing answers in time; asked often, it looks no more than once a second.

    A look that hangs is waited for again instead of being joined by others: a disk that does
    not answer must not take one thread after the other.
    """

    def __init__(self, name: str, look: Look) -> None:
        self.name = name
        self._look = look
        self._task: asyncio.Task[str] | None = None
        self._looked_at = 0.0

    async def state(self) -> str:
        """`ok`, or the fault in plain words."""
        if self._task is None or (self._task.done() and self._stale()):
            self._looked_at = time.monotonic()
            self._task = asyncio.create_task(self._looked())
        done, _ = await asyncio.wait({self._task}, timeout=PATIENCE)
        return self._task.result() if done else SLOW

    def _stale(self) -> bool:
        return time.monotonic() - self._looked_at > FRESH

    async def _looked(self) -> str:
        try:
            return await self._look() or OK
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            # The error's own words may name addresses and accounts.
            log.warning("not ready", part=self.name, error=type(error).__name__)
            return BROKEN


def checks(hub: Hub, storage: Storage, neighbours: Neighbours | None) -> list[Check]:
    """What must answer before this process can do its work."""
    return [
        Check("database", _database),
        Check("bus", partial(_bus, hub, neighbours)),
        Check("storage", storage.check),
    ]


async def _bus(hub: Hub, neighbours: Neighbours | None) -> str | None:
    await hub.echo()
    if neighbours and neighbours.unheard:
        return APART
    return None if hub.hears else DEAF


async def _database() -> None:
    async with unit_of_work():  # on SQLite also the one that writes must have its turn
        await Agent.exists()


@get("/health/live", name="health:live", sync_to_thread=False)
def live() -> Response[str]:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@get("/health/ready", name="health:ready")
async def ready(state: State) -> Response[str]:
    """Database, bus and storage, each with ok or its fault."""
    found = await asyncio.gather(*(check.state() for check in state.checks))
    lines = [f"{check.name}: {said}\n" for check, said in zip(state.checks, found, strict=True)]
    if state.canary:  # only told: no proxy may take a process out for it, the proxy may be why
        lines.append(f"delivery: {state.canary.words()}\n")
    code = 503 if {SLOW, BROKEN} & set(found) else 200
    return _plain("".join(lines), code)


@get("/health/delivery", name="health:delivery", sync_to_thread=False)
def delivery(state: State) -> Response[str]:
    """Whether the last message that this process sent to itself arrived, and how quickly."""
    if not state.canary:
        return _plain("No message is sent: PARLEY_CANARY is off.\n", 404)
    return _plain(f"{state.canary.words()}\n", 200 if state.canary.well else 503)


def _plain(text: str, code: int) -> Response[str]:
    headers = {"Cache-Control": "no-store"}
    return Response(text, status_code=code, media_type="text/plain", headers=headers)


router = Router(path="/", route_handlers=[live, ready, delivery])
