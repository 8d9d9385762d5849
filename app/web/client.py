"""Where a request comes from, and by which address it reached us."""

from typing import Any

from litestar.connection import ASGIConnection

from app.settings import Settings


def address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The client's address; behind a trusted proxy uvicorn has put the real one there.

    An IPv6 network of 64 bits belongs to one customer, so it counts as one address.
    """
    host = connection.client.host if connection.client else ""
    return ":".join(host.split(":")[:4]) if host.count(":") > 1 else host


def base_url(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """Our public address for links; the request's own only where none is configured.

    Whoever can choose the Host header must not choose where the links we give out lead.
    """
    return settings.base_url or f"{connection.url.scheme}://{connection.url.netloc}"
