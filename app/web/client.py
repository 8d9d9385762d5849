"""The address a request comes from, as the server of the connection knows it."""

from typing import Any

from litestar.connection import ASGIConnection


def address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The client's address; behind a trusted proxy uvicorn has put the real one there.

    An IPv6 network of 64 bits belongs to one customer, so it counts as one address.
    """
    host = connection.client.host if connection.client else ""
    return ":".join(host.split(":")[:4]) if host.count(":") > 1 else host
