"""Which widget and which visitor a request is for."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.canary.mark import MARKED
from app.contacts.service import came_back
from app.contacts.tables import Visitor
from app.database import beside, columns_of, fetch
from app.languages import N_
from app.problems import NotFound, NotSignedIn
from app.tokens import token_hash
from app.widget.tables import Widget

TOKEN_HEADER = "parley-visitor"  # noqa: S105 - a header's name
STATE = "visitor"
UNKNOWN = N_("This chat does not exist. The site's owner can check the widget's key.")
NO_VISITOR = N_("This chat is not known any more. Start a new one; what you have written is kept.")


def visitor_cookie(key: str) -> str:
    """The cookie's name; the browser binds it to this host and to the site around the iframe."""
    return f"__Host-parley-{key}"


async def widget_and_visitor(key: str, token: str) -> tuple[Widget, Visitor | None]:
    """The widget with this public key, and its visitor with this token, in one statement.

    NotFound for any other key, and for an archived widget; a token that we did not mint is
    nobody's.
    """
    known = token_hash(token) if token else None
    rows = await fetch(_widget_and_visitor(), known, key) if key.isprintable() else []
    if not rows:
        raise NotFound(UNKNOWN)
    found = rows[0]
    visitor = beside(Visitor, "v", found) if found["v_id"] else None
    return beside(Widget, "w", found), visitor


@cache
def _widget_and_visitor() -> str:
    widget, visitor = columns_of(Widget, "w"), columns_of(Visitor, "v")
    return f"""
    SELECT {widget}, {visitor} FROM widgets w
    LEFT JOIN visitors v ON v.widget = w.id AND v.token_hash = {{}}
    WHERE w.key = {{}} AND (w.archived_at IS NULL OR w.key LIKE '{MARKED}')
    """  # noqa: S608 - names of columns, and a mark of ours


async def provide_widget(request: Request[Any, Any, Any], key: FromPath[str]) -> Widget:
    """The widget of the path; who asks is looked up beside it."""
    widget, visitor = await widget_and_visitor(key, presented_token(request, key))
    request.scope["state"][STATE] = visitor
    return widget


def presented_token(connection: ASGIConnection[Any, Any, Any, Any], key: str) -> str:
    """The visitor's token: from the cookie, or from the header where cookies do not come back."""
    in_cookie = connection.cookies.get(visitor_cookie(key), "")
    return in_cookie or connection.headers.get(TOKEN_HEADER) or ""


async def provide_known_visitor(
    request: Request[Any, Any, Any],
    widget: NamedDependency[Widget],  # noqa: ARG001 - who asks is known once it is
) -> Visitor | None:
    """The visitor of the request, or None before their first message."""
    found: Visitor | None = request.scope["state"][STATE]
    if found:
        await came_back(found)
    return found


async def provide_visitor(
    request: Request[Any, Any, Any], widget: NamedDependency[Widget]
) -> Visitor:
    """The visitor of the request; without a token that we minted it is refused."""
    visitor = await provide_known_visitor(request, widget)
    if visitor is None:
        raise NotSignedIn(NO_VISITOR)
    return visitor


def allowed_site(widget: Widget, site: str) -> bool:
    """Whether this origin is one of the widget's sites, which may leave port or host part open."""
    parts = urlsplit(site)
    if parts.scheme not in {"http", "https"} or site != f"{parts.scheme}://{parts.netloc}":
        return False
    return any(
        _matches(pattern, parts.scheme, parts.netloc) for pattern in widget.allowed_sites.split()
    )


def _matches(pattern: str, scheme: str, netloc: str) -> bool:
    wanted = urlsplit(pattern)
    host, _, port = netloc.partition(":")
    wanted_host, _, wanted_port = wanted.netloc.partition(":")
    same_host = (
        host.endswith(wanted_host[1:]) and host != wanted_host[2:]
        if wanted_host.startswith("*.")
        else host == wanted_host
    )
    return scheme == wanted.scheme and same_host and wanted_port in {"*", port}
