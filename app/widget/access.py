"""Which widget and which visitor a request is for."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.canary.mark import MARKED
from app.contacts.service import visitor_of
from app.contacts.tables import Visitor
from app.database import first_row
from app.languages import N_
from app.problems import NotFound, NotSignedIn
from app.widget.tables import Widget

TOKEN_HEADER = "parley-visitor"  # noqa: S105 - a header's name
OPEN = f"key = {{}} AND (archived_at IS NULL OR key LIKE '{MARKED}')"
UNKNOWN = N_("This chat does not exist. The site's owner can check the widget's key.")
NO_VISITOR = N_("This chat is not known any more. Start a new one; what you have written is kept.")


def visitor_cookie(widget: Widget) -> str:
    """The cookie's name; the browser binds it to this host and to the site around the iframe."""
    return f"__Host-parley-{widget.key}"


async def widget_by_key(key: str) -> Widget:
    """The widget with this public key; NotFound for any other, and for an archived one."""
    widget = await first_row(Widget, OPEN, key) if key.isprintable() else None
    if widget is None:
        raise NotFound(UNKNOWN)
    return widget


async def provide_widget(key: FromPath[str]) -> Widget:
    """The widget of the path."""
    return await widget_by_key(key)


def presented_token(connection: ASGIConnection[Any, Any, Any, Any], widget: Widget) -> str:
    """The visitor's token: from the cookie, or from the header where cookies do not come back."""
    in_cookie = connection.cookies.get(visitor_cookie(widget), "")
    return in_cookie or connection.headers.get(TOKEN_HEADER) or ""


async def provide_known_visitor(
    request: Request[Any, Any, Any], widget: NamedDependency[Widget]
) -> Visitor | None:
    """The visitor of the request, or None before their first message."""
    return await visitor_of(widget, presented_token(request, widget))


async def provide_visitor(
    request: Request[Any, Any, Any], widget: NamedDependency[Widget]
) -> Visitor:
    """The visitor of the request; without a token that we minted it is refused."""
    visitor = await visitor_of(widget, presented_token(request, widget))
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
