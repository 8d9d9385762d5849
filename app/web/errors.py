"""Every problem becomes a page for browsers and a fragment for htmx, in words for people."""

import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from app.database import fault_of_database, names_what_is_gone
from app.languages import N_, speaking
from app.problems import Invalid, NotSignedIn, Problem, TooMany
from app.web.language import of_request
from app.web.requests import route_of
from app.web.responses import html, is_htmx, local_path, see_other
from app.web.templates import render

log = structlog.get_logger()
FORM = "form_when_invalid"

WORDS = {
    400: (
        N_("That was not understood"),
        N_("The request was not complete. Go back and try again."),
    ),
    403: (N_("Not allowed"), N_("This is not allowed.")),
    404: (N_("Not found"), N_("There is nothing here, or it is not yours to see.")),
    405: (N_("Not possible"), N_("This address does not do that.")),
    413: (N_("Too large"), N_("That was too large to take. Nothing was stored; make it shorter.")),
    422: (N_("Please check what you entered"), N_("Something that was entered is not right.")),
}
# What Litestar says when the other side goes while it sends: nobody's fault, and nobody hears.
GONE = "client disconnected prematurely"
BROKEN = (
    N_("Something broke"),
    N_("It is our fault, and it has been recorded. What was stored before is safe; try again."),
)
UNAVAILABLE = (
    N_("Not possible now"),
    N_("Nothing can be read or stored right now. What you wrote is kept; try again in a moment."),
)
AGAIN_AFTER = {"Retry-After": "5"}
TO_THE_START, BACK = N_("To the start"), N_("Back")


def answer_invalid_with(request: Request[Any, Any, Any], form: Callable[[Invalid], str]) -> None:
    """Should this request turn out Invalid, answer with this form, filled in again."""
    request.scope["state"][FORM] = form


def problem_page(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """The answer to a problem that our own code raised."""
    form = request.scope["state"].get(FORM)
    if isinstance(problem, Invalid) and form:
        with speaking(of_request(request)):
            return html(form(problem), code=422)
    if isinstance(problem, NotSignedIn) and request.method == "GET" and _wants_page(request):
        return see_other(f"/sign-in?next={quote(request.url.path)}")
    headers = {}
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(problem.retry_after)
    return _answer(request, problem.status, problem.title, problem.text, headers)


def http_page(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The answer to a refusal of Litestar's own: wrong path, method, parameter or size."""
    status = error.status_code
    if error.detail == GONE:
        return Response(None, status_code=400)
    if status >= 500:  # noqa: PLR2004 - the server's own errors
        return broken_page(request, error)
    title, text = WORDS.get(status, WORDS[400])
    return _answer(request, status, title, text, {})


def gone_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to who writes to what has been removed between their question and the write."""
    if not names_what_is_gone(error):
        return broken_page(request, error)
    log.warning("gone meanwhile", route=route_of(request.scope))
    return _answer(request, 404, *WORDS[404], {})


def broken_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to what should not have happened; recorded with its trace.

    A database that is away or full is none of it: pages try again by themselves after a 503.
    """
    fault = fault_of_database(error)
    if fault:  # the operator's matter: no trace says more than its name
        log.error("database cannot be used", route=route_of(request.scope), fault=fault)
        return _answer(request, 503, *UNAVAILABLE, AGAIN_AFTER)
    log.error("request failed", route=route_of(request.scope), exc_info=error)
    return _answer(request, 500, *BROKEN, {})


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser goes to this address, by a link or with a plain form."""
    accepted = request.headers.get("accept", "")
    wanted = "text/html" in accepted and "text/event-stream" not in accepted
    return wanted and not is_htmx(request)


def _way_back(request: Request[Any, Any, Any]) -> str:
    """The page whose form was refused, if it is one of ours; else the start."""
    came_from = urlsplit(request.headers.get("referer", ""))
    ours = came_from.netloc == request.headers.get("host")
    if request.method == "GET" or not ours:
        return "/"
    return local_path(f"{came_from.path}?{came_from.query}".rstrip("?"), "/")


def _answer(
    request: Request[Any, Any, Any], status: int, title: str, text: str, headers: dict[str, str]
) -> Response[str]:
    with speaking(of_request(request)):
        if not _wants_page(request):
            return html(render("errors/_message.html", text=text), code=status, headers=headers)
        back = _way_back(request)
        action = {"action_url": back, "action_label": TO_THE_START if back == "/" else BACK}
        whole = render("errors/page.html", status=status, title=title, text=text, **action)
        return html(whole, code=status, headers=headers)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Problem: problem_page,
    HTTPException: http_page,
    asyncpg.ForeignKeyViolationError: gone_page,
    sqlite3.IntegrityError: gone_page,
    Exception: broken_page,
}
