"""The widget's own routes, loader and page, beside those of the chat in it."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery

from app.calls.access import allows
from app.calls.handlers import call_agent
from app.calls.handlers import of_visitors as calls_of_visitors
from app.calls.queries import call_of_visitor
from app.contacts.tables import Visitor
from app.interactions.queries import unread_by_visitor
from app.languages import N_, current
from app.web.assets import sent
from app.web.responses import html, is_htmx, page
from app.web.security import MAY_LISTEN, framed_by
from app.widget import endings, entries, identity, messages, presence, queries
from app.widget.access import (
    allowed_site,
    provide_known_visitor,
    provide_visitor,
    provide_widget,
)
from app.widget.brand import brand_from, stylesheet
from app.widget.loader import loader_in
from app.widget.pages import COOKIE, PROBE, head_and_body, head_and_hours
from app.widget.tables import Widget


@get("/widget.js", name="widget:loader", sync_to_thread=False)
def loader(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The script that a site embeds."""
    file = loader_in(current(), calls=state.settings.calls)
    answer = sent(file, request, cache_control="public, max-age=300")
    answer.headers["Vary"] = "Accept-Encoding, Accept-Language"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@get("/widget/{key:str}", name="widget:page")
async def widget_page(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    site: FromQuery[str] = "",
) -> Response[str]:
    """The page in the iframe; only the widget's sites may frame it, whatever a request says."""
    framing = {"Content-Security-Policy": framed_by(widget.allowed_sites)}
    if allows(state.settings, widget):
        framing.update(MAY_LISTEN)
    if site and not allowed_site(widget, site):
        text = N_("This site is not on the list of sites that may show this chat.")
        return page("widget/not_allowed.html", status_code=403, headers=framing, text=text)
    view = await queries.widget_view(widget, visitor, state.promises, site=site)
    shown = await queries.conversation(visitor)
    if is_htmx(request):
        return html(head_and_body(view, shown))
    unread = 0
    if visitor and (current := await queries.current_interaction(visitor)):
        unread = await unread_by_visitor(current)
    call = await call_of_visitor(visitor.id) if visitor else None
    context: dict[str, Any] = {
        "widget": view,
        "conversation": shown,
        "unread": unread,
        "call": call,
    }
    answer = page("widget/page.html", headers=framing, **context)
    if PROBE not in request.cookies:
        # Whether it comes back tells if this browser keeps cookies in the iframe.
        answer.headers["Set-Cookie"] = f"{PROBE}=1; {COOKIE}"
    return answer


@get("/widget/{key:str}/brand.css", name="widget:brand")
async def brand_css(widget: NamedDependency[Widget]) -> Response[str]:
    """The widget's colours."""
    headers = {"Cache-Control": "private, max-age=60"}
    return Response(stylesheet(brand_from(widget.colour)), media_type="text/css", headers=headers)


@get("/widget/{key:str}/new", name="widget:new")
async def new_chat(
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    message: FromQuery[bool] = False,  # noqa: FBT002 - as Litestar reads a query
) -> Response[str]:
    """The beginning of another chat; with `message` the form to leave one instead."""
    leaves = True if message else None
    view = await queries.widget_view(widget, visitor, state.promises, offline=leaves)
    return html(head_and_body(view, await queries.another(visitor), main_is_body=True))


@get("/widget/{key:str}/hours", name="widget:hours")
async def hours(
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    shown: FromQuery[str] = "",
) -> Response[str]:
    """What is true of the team by now, for who has had the page open for a while.

    `shown` is what they see: the line they wait in, or before a chat its beginning ("chat"), the
    form of a closed queue ("closed"), or that form by their own wish ("message"). Only where the
    hours call for the other one does it take the place of what they see.
    """
    if shown == "line":
        current = await queries.current_interaction(visitor) if visitor else None
        if visitor is None or current is None:
            return html("")
        return html(await state.visitor_broadcasts.state(visitor.id, current.id))
    wished = True if shown == "message" else None
    view = await queries.widget_view(widget, visitor, state.promises, offline=wished)
    begun = await queries.another(visitor)
    if view.offline is (shown == "chat"):
        return html(head_and_body(view, begun))
    return html(head_and_hours(view, begun))


WIDGET = {"widget": Provide(provide_widget)}
router = Router(
    path="/",
    route_handlers=[
        loader,
        Router(
            path="/",
            dependencies={**WIDGET, "visitor": Provide(provide_known_visitor)},
            route_handlers=[
                widget_page,
                brand_css,
                new_chat,
                hours,
                *messages.routes,
                *identity.routes,
            ],
        ),
        Router(
            path="/",
            dependencies={**WIDGET, "visitor": Provide(provide_visitor)},
            route_handlers=[
                *entries.routes,
                *presence.routes,
                *endings.routes,
                call_agent,
                Router(path="/widget/{key:str}", route_handlers=[calls_of_visitors]),
            ],
        ),
    ],
)
