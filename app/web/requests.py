"""Every request has an id of ours, is counted, and leaves one line in the log."""

import secrets
import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import concerning
from app.metrics.numbers import ERRORS, REQUESTS

HEADER = b"x-request-id"
UNKNOWN = "unknown"
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
NEVER_ANSWERED = 499  # the client was gone before there was an answer
BROKEN = 500
log = structlog.get_logger()


def recorded(app: ASGIApp) -> ASGIApp:
    """Around everything, so that also what no route takes is recorded.

    Nothing that a client sends is written: no path, which may hold a token, but its route.
    """

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began, number, status = time.perf_counter(), secrets.token_hex(8), NEVER_ANSWERED

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, number.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request=number), concerning() as what:
            try:
                await app(scope, receive, noting)
            finally:
                _record(scope, status, round((time.perf_counter() - began) * 1000, 1), what)

    return recording


def route_of(scope: Scope) -> str:
    """The route's template, such as /widget/{key}/messages; nothing of what a client filled in."""
    return scope.get("path_template") or UNKNOWN


def _record(scope: Scope, status: int, milliseconds: float, what: dict[str, int]) -> None:
    REQUESTS.add(f"{status // 100}xx")
    if status >= BROKEN:
        ERRORS.add(route_of(scope))
    number = scope.get("path_params", {}).get("interaction_id")
    if isinstance(number, int):
        what.setdefault("interaction", number)
    method = scope.get("method", "")
    log.info(
        "request",
        method=method if method in METHODS else UNKNOWN,
        route=route_of(scope),
        status=status,
        ms=milliseconds,
        **what,
    )
