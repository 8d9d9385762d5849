"""Server-sent events as bytes, encoded once and sent to many."""

import json
from typing import Any

from sse_starlette import ServerSentEvent


def html(text: str, number: int | None = None) -> bytes:
    """An unnamed event: partials that the page swaps, with the number to resume after."""
    return _encoded(ServerSentEvent(text, id=None if number is None else str(number), sep="\n"))


def named(event: str, **data: Any) -> bytes:
    """A signal to the page's script."""
    return _encoded(ServerSentEvent(json.dumps(data), event=event, sep="\n"))


def _encoded(event: ServerSentEvent) -> bytes:
    return event.encode()
