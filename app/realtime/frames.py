"""Server-sent events as bytes, encoded once and sent to many."""

import json
from typing import Any


def html(text: str, number: int | None = None) -> bytes:
    """An unnamed event: partials that the page swaps, with the number to resume after."""
    return _encoded(text) if number is None else f"id: {number}\n".encode() + _encoded(text)


def named(event: str, **data: Any) -> bytes:
    """A signal to the page's script."""
    return f"event: {event}\n".encode() + _encoded(json.dumps(data))


def _encoded(data: str) -> bytes:
    """The data of an event: each of its lines has the field's name, however the line ends."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\ndata: ")
    return f"data: {lines}\n\n".encode()
