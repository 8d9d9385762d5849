"""In which language a request is answered."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from app.languages import LANGUAGES, negotiated, speak, speaking

STATE = "language"


def speak_their_language(app: ASGIApp) -> ASGIApp:
    """Answer in the browser's language, unless who asks turns out to have chosen another one."""

    async def speaking_it(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        with speaking(of_browser(scope)):
            await app(scope, receive, send)

    return speaking_it


def of_browser(scope: Scope) -> str:
    """The language that the browser asks for."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return negotiated(value.decode("latin-1"))
    return negotiated("")


def choose(connection: ASGIConnection[Any, Any, Any, Any], language: str) -> None:
    """Answer this request in the language that its agent has chosen, if any."""
    if language in LANGUAGES:
        connection.scope["state"][STATE] = language
        speak(language)


def of_request(request: Request[Any, Any, Any]) -> str:
    """The language of the answer, also where the request came to no handler."""
    chosen: str | None = request.scope["state"].get(STATE)
    return chosen or of_browser(request.scope)
