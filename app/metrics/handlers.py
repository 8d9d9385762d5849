"""The page that Prometheus reads."""

import asyncio
import hmac
import time
from collections.abc import Iterator
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

from app.metrics.numbers import ALL, STARTED_AT, own_gauge
from app.metrics.queries import lines_of_queues
from app.realtime.hub import Hub
from app.settings import Settings

FRESH = 5.0
LOOPBACK = {"127.0.0.1", "::1"}
# What proxies add: who asks through one does not ask from this machine.
PASSED_ON = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
REFUSED = "Metrics are for who has PARLEY_METRICS_TOKEN, or without one for this machine.\n"
FORMAT = "text/plain; version=0.0.4"


class Waiting:
    """What the database says of the queues, asked no more than every five seconds."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._asked_at = -FRESH
        self._asking = asyncio.Lock()

    async def lines(self) -> list[str]:
        """How many wait in each queue, and for how long at most."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= FRESH:
                self._lines = await lines_of_queues()
                self._asked_at = time.monotonic()
        return self._lines


@get("/metrics", name="metrics")
async def metrics(request: Request[Any, Any, Any], state: State) -> Response[str]:
    """The numbers of this process, in Prometheus' text format."""
    if not may_read(request, state.settings):
        return _refused(asks_for_token=bool(state.settings.metrics_token))
    lines = [*_of_process(state.hub), *await state.waiting.lines()]
    text = "\n".join(lines) + "\n"
    return Response(text, headers={"Cache-Control": "no-store"}, media_type=FORMAT)


def _refused(*, asks_for_token: bool) -> Response[str]:
    headers = {"WWW-Authenticate": "Bearer"} if asks_for_token else {}
    code = 401 if asks_for_token else 403
    return Response(REFUSED, status_code=code, media_type="text/plain", headers=headers)


def may_read(request: Request[Any, Any, Any], settings: Settings) -> bool:
    """Whether the token is right; where none is set, whether somebody asks from this machine."""
    if settings.metrics_token:
        wanted = f"Bearer {settings.metrics_token}"
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), wanted.encode())
    near = request.client is not None and request.client.host in LOOPBACK
    return near and not any(name in request.headers for name in PASSED_ON)


def _of_process(hub: Hub) -> Iterator[str]:
    for metric in ALL:
        yield from metric.lines()
    streams = [({"kind": kind}, count) for kind, count in sorted(hub.count().items())]
    yield from own_gauge("parley_open_streams", "Open streams of this process, by whose.", streams)
    tasks: list[tuple[dict[str, str], float]] = [({}, len(asyncio.all_tasks()))]
    yield from own_gauge("parley_tasks", "Tasks of this process's event loop.", tasks)
    began: list[tuple[dict[str, str], float]] = [({}, STARTED_AT)]
    yield from own_gauge("process_start_time_seconds", "When this process started.", began)
