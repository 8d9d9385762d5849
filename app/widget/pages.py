"""What several of the visitor's routes answer with: head and body of the chat, and a token."""

from typing import Any

from litestar import Request

from app.contacts.service import Browser
from app.languages import N_
from app.web.client import address
from app.web.responses import partial_for
from app.web.templates import render
from app.widget import queries
from app.widget.access import TOKEN_HEADER, visitor_cookie
from app.widget.tables import Widget

PROBE = "__Host-parley-probe"
COOKIE = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
YEAR = 365 * 24 * 3600
MANY_NEW = N_("Many new chats came from your network.")


def head_and_body(
    view: queries.WidgetView, shown: queries.Conversation, *, main_is_body: bool = False
) -> str:
    """The chat as it stands, as partials; or its body as what answers, and the head beside it."""
    context = {"widget": view, "conversation": shown}
    body = render("widget/_body.html", **context)
    head = partial_for("#widget_header", render("widget/_header.html", **context))
    return head + (body if main_is_body else partial_for("#widget_body", body, "outerHTML"))


def head_and_hours(view: queries.WidgetView, shown: queries.Conversation) -> str:
    """What is said of the team's hours, as partials; where the visitor writes stays."""
    head = partial_for(
        "#widget_header", render("widget/_header.html", widget=view, conversation=shown)
    )
    return head + partial_for(
        "#widget_hours", render("widget/_hours.html", widget=view), "outerHTML"
    )


def new_cookie(request: Request[Any, Any, Any], widget: Widget, token: str) -> dict[str, str]:
    """The headers that give a visitor their token, readable only where cookies stay away."""
    headers = {"Set-Cookie": f"{visitor_cookie(widget.key)}={token}; Max-Age={YEAR}; {COOKIE}"}
    if PROBE not in request.cookies:
        headers[TOKEN_HEADER] = token
    return headers


def browser_of(request: Request[Any, Any, Any]) -> Browser:
    """What the request says about the visitor's browser."""
    return Browser(
        address=address(request),
        user_agent=request.headers.get("user-agent", ""),
        language=request.headers.get("accept-language", ""),
    )
