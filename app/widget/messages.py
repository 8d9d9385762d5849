"""What a visitor writes: the first message opens the chat."""

from functools import partial
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.attachments.service import GONE
from app.contacts import service as contacts
from app.contacts.tables import Visitor
from app.interactions import messages
from app.interactions.notices import VISITOR
from app.languages import N_
from app.problems import Invalid, NotFound
from app.realtime.bus import Topic
from app.web.client import address
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx
from app.web.templates import render
from app.widget import queries
from app.widget.forms import VisitorMessageForm
from app.widget.pages import MANY_NEW, browser_of, head_and_body, new_cookie
from app.widget.tables import Widget

SLOW_DOWN = N_("You are writing very fast. Your text is kept.")


@post("/widget/{key:str}/messages", name="widget:messages", status_code=200)
async def post_message(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    data: URLEncodedBody[VisitorMessageForm],
) -> Response[str]:
    """Store a message; the first one mints the visitor and opens the chat."""
    before = await messages.look_before(visitor.id, data.own_nonce) if visitor else None
    first = before is None or before.open_id is None
    view = await _asked_first(state, widget, visitor, data) if first else None
    if view and view.asks:
        answer_invalid_with(request, partial(_asked_again, view))
    body, nonce, details = await data.checked(view, longest=state.settings.message_length)
    state.limits.messages_address.spend(address(request), SLOW_DOWN)
    headers: dict[str, str] = {}
    if visitor is None:
        if data.uploads:
            raise NotFound(GONE)  # who has no token has uploaded nothing
        visitor = await _mint(request, state, widget, details, nonce, headers)
    else:
        state.limits.messages.spend(visitor.id, SLOW_DOWN)
        await contacts.fill_in(visitor, details)
    state.presence.heard(Topic("visitor", visitor.id))
    await contacts.saw_page(visitor, title=data.page_title, url=data.page_url)
    posted = await messages.post_from_visitor(
        visitor,
        body=body,
        nonce=nonce,
        uploads=data.uploads,
        offline=data.is_offline,
        before=before,
    )
    if is_htmx(request) and first:
        shown = await queries.conversation(visitor)
        headers |= {"HX-Retarget": "#widget_body", "HX-Reswap": "outerHTML"}
        view = await queries.widget_view(widget, visitor, state.promises)
        return html(head_and_body(view, shown, main_is_body=True), headers=headers)
    entry = await state.recent.partial(posted.interaction, posted.seq, audience=VISITOR)
    return html(entry.html, headers=headers)


async def _mint(
    request: Request[Any, Any, Any],
    state: State,
    widget: Widget,
    details: contacts.Details,
    nonce: str,
    headers: dict[str, str],
) -> Visitor:
    state.limits.visitors.spend(address(request), MANY_NEW)
    visitor, token = await contacts.mint(
        widget, details=details, browser=browser_of(request), nonce=nonce
    )
    headers |= new_cookie(request, widget, token)
    return visitor


async def _asked_first(
    state: State, widget: Widget, visitor: Visitor | None, data: VisitorMessageForm
) -> queries.WidgetView:
    """The widget with what it asks before this message, which the form and not the hour decides."""
    return await queries.widget_view(widget, visitor, state.promises, offline=data.is_offline)


def _asked_again(view: queries.WidgetView, problem: Invalid) -> str:
    shown = queries.fresh(problem.values, problem.errors)
    return render("widget/_body.html", widget=view, conversation=shown)


routes = [post_message]
