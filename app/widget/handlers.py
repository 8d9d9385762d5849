"""The visitor's routes: loader, page, messages, entries, stream."""

from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.types import ASGIApp

from app.attachments.service import GONE
from app.contacts import service as contacts
from app.contacts.tables import Visitor
from app.interactions import copies, messages, ratings
from app.interactions import service as interactions
from app.interactions.forms import ReadForm
from app.interactions.marks import read_by_visitor
from app.interactions.notices import VISITOR
from app.interactions.queries import unread_by_visitor
from app.interactions.tables import OPEN
from app.interactions.transcript import entries_after, entry_at
from app.interactions.typing_signs import TYPING_FAST, visitor_types
from app.interactions.visits import visit
from app.languages import N_, current
from app.mail import service as mail
from app.problems import Invalid, NotFound, Refused
from app.realtime.bus import Topic
from app.web.assets import sent
from app.web.client import address
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, nothing, page
from app.web.security import framed_by
from app.web.templates import render
from app.widget import identity, queries
from app.widget.access import (
    allowed_site,
    provide_known_visitor,
    provide_visitor,
    provide_widget,
)
from app.widget.brand import brand_from, stylesheet
from app.widget.forms import PageForm, PresenceForm, RatingForm, VisitorMessageForm
from app.widget.history import earlier_entries
from app.widget.loader import loader_in
from app.widget.pages import (
    COOKIE,
    MANY_NEW,
    PROBE,
    browser_of,
    head_and_body,
    new_cookie,
)
from app.widget.tables import Widget

LAST = 2**31 - 1
NOT_BY_MAIL = N_("A transcript can be sent once the chat has ended, to an address that you gave.")
MANY_MAILS = N_("Many transcripts were sent already.")
TOO_RESTLESS = N_("This page comes and goes very fast.")
SLOW_DOWN = N_("You are writing very fast. Your text is kept.")


@get("/widget.js", name="widget:loader", sync_to_thread=False)
def loader(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script that a site embeds."""
    answer = sent(loader_in(current()), request, cache_control="public, max-age=300")
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
    if site and not allowed_site(widget, site):
        text = N_("This site is not on the list of sites that may show this chat.")
        return page("widget/not_allowed.html", code=403, headers=framing, text=text)
    view = await queries.widget_view(widget, visitor, state.promises, site=site)
    shown = await queries.conversation(visitor)
    if is_htmx(request):
        return html(head_and_body(view, shown))
    unread = 0
    if visitor and (current := await queries.current_interaction(visitor)):
        unread = await unread_by_visitor(current)
    answer = page(
        "widget/page.html", headers=framing, widget=view, conversation=shown, unread=unread
    )
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


@post("/widget/{key:str}/messages", name="widget:messages", status_code=200)
async def post_message(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor | None],
    data: URLEncodedBody[VisitorMessageForm],
) -> Response[str]:
    """Store a message; the first one mints the visitor and opens the chat."""
    current = await queries.current_interaction(visitor) if visitor else None
    first = current is None or current.state not in OPEN
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
        visitor, body=body, nonce=nonce, uploads=data.uploads, offline=data.is_offline
    )
    if is_htmx(request) and first:
        shown = await queries.conversation(visitor)
        headers |= {"HX-Retarget": "#widget_body", "HX-Reswap": "outerHTML"}
        view = await queries.widget_view(widget, visitor, state.promises)
        return html(head_and_body(view, shown, main_is_body=True), headers=headers)
    entry = await entry_at(posted.interaction, posted.seq, audience=VISITOR)
    return page("interactions/_entry.html", entry=entry, headers=headers)


@get("/widget/{key:str}/entries", name="widget:entries")
async def entries(
    state: State,
    visitor: NamedDependency[Visitor],
    after: FromQuery[int] = 0,
) -> Response[str]:
    """What the visitor has not seen, then the state of the chat."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None:
        return html("")
    found = await entries_after(interaction.id, _within(after), audience=VISITOR)
    shown = "".join(render("interactions/_entry.html", entry=one) for one in found)
    told = await state.visitor_broadcasts.state(visitor.id, interaction.id)
    headers = {"Parley-Log": f"log_{interaction.id}", "Parley-Last": str(interaction.last_seq)}
    return html(shown + told, headers=headers)


@put("/widget/{key:str}/presence", name="widget:presence")
async def presence(
    state: State, visitor: NamedDependency[Visitor], data: URLEncodedBody[PresenceForm]
) -> Response[None]:
    """Note whether the visitor looks at the chat; kept in memory only."""
    told = data.checked()
    state.limits.presence.spend(visitor.id, TOO_RESTLESS)
    await state.announcer.say(Topic("visitor", visitor.id), told)
    return nothing()


@put("/widget/{key:str}/read", name="widget:read")
async def read(
    visitor: NamedDependency[Visitor],
    data: URLEncodedBody[ReadForm],
) -> Response[None]:
    """Note how far the visitor has read, and how far their browser has the log."""
    interaction = await queries.current_interaction(visitor)
    if interaction is not None:
        seq, delivered = _within(data.seq), _within(data.delivered)
        await read_by_visitor(visitor, interaction.id, seq=seq, delivered=delivered)
    return nothing()


@put("/widget/{key:str}/typing", name="widget:typing")
async def typing(state: State, visitor: NamedDependency[Visitor]) -> Response[None]:
    """Tell the agent that the visitor is typing."""
    state.limits.typing.spend(("visitor", visitor.id), TYPING_FAST)
    interaction = await queries.current_interaction(visitor)
    if interaction is not None:
        await visitor_types(state.hub, interaction)
    return nothing()


@put("/widget/{key:str}/page", name="widget:page_change")
async def page_change(
    state: State, visitor: NamedDependency[Visitor], data: URLEncodedBody[PageForm]
) -> Response[None]:
    """Note the page around the chat, while a chat is open."""
    state.limits.pages.spend(visitor.id, TOO_RESTLESS)
    interaction = await queries.current_interaction(visitor)
    if interaction is not None and interaction.state in OPEN:
        await visit(visitor, interaction.id, title=data.title, url=data.url)
    return nothing()


@post("/widget/{key:str}/ending", name="widget:ending", status_code=200)
async def ending(
    state: State, widget: NamedDependency[Widget], visitor: NamedDependency[Visitor]
) -> Response[str]:
    """The visitor ends the chat."""
    await interactions.leave(visitor)
    shown = await queries.conversation(visitor)
    view = await queries.widget_view(widget, visitor, state.promises)
    return html(head_and_body(view, shown, main_is_body=True))


@get("/widget/{key:str}/history/{number:int}", name="widget:history")
async def earlier(visitor: NamedDependency[Visitor], number: FromPath[int]) -> Response[str]:
    """One of the visitor's earlier chats, to read."""
    found = await earlier_entries(visitor, number)
    return html("".join(render("interactions/_entry.html", entry=one) for one in found))


@get("/widget/{key:str}/transcript", name="widget:transcript")
async def transcript(
    visitor: NamedDependency[Visitor],
    as_: Annotated[str, QueryParameter(name="format")] = "html",
) -> Response[str]:
    """The visitor's chat to keep, as a page that stands alone or as text."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None:
        raise NotFound
    copy = await copies.transcript_copy(interaction, audience=VISITOR)
    if as_ == "text":
        return copies.kept(copy.file_name + ".txt", copies.as_text(copy), copies.TEXT_POLICY)
    text, policy = copies.as_html(copy)
    return copies.kept(copy.file_name + ".html", text, policy)


@post("/widget/{key:str}/transcript", name="widget:mail", status_code=200)
async def mail_transcript(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor],
) -> Response[str]:
    """Send the transcript to the address that the visitor gave, and to no other."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None or not state.settings.smtp_url:
        raise NotFound
    if not queries.outline(interaction).mailable or not await mail.has_answer(interaction):
        raise Refused(NOT_BY_MAIL)
    for limit, key in (
        (state.limits.mails_address, address(request)),
        (state.limits.mails, ("visitor", visitor.id)),
        (state.limits.mails, interaction.email.lower()),
    ):
        limit.spend(key, MANY_MAILS)
    await mail.send_transcript(interaction)
    return page("widget/_mail.html", widget=widget, mailed=True)


@post("/widget/{key:str}/rating", name="widget:rating", status_code=200)
async def rating(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor],
    data: URLEncodedBody[RatingForm],
) -> Response[str]:
    """The visitor says how the chat was."""
    answer_invalid_with(request, partial(_rating_again, widget))
    score, comment = data.checked()
    interaction = await queries.current_interaction(visitor)
    if interaction is None or not widget.ask_rating:
        raise Refused(ratings.TOO_LATE)
    state.limits.ratings.spend(visitor.id, SLOW_DOWN)
    await ratings.rate(visitor, interaction.id, score=score, comment=comment)
    given = ratings.Rating(score, comment)
    return page("widget/_rating.html", widget=widget, rating=given)


@get("/widget/{key:str}/stream", name="widget:stream")
async def stream(
    request: Request[Any, Any, Any],
    state: State,
    visitor: NamedDependency[Visitor],
    after: FromQuery[str] = "",
) -> ASGIApp:
    """The visitor's stream; it resumes after Last-Event-ID, or after `after`."""
    seen = request.headers.get("last-event-id") or after

    async def catch_up() -> bytes:
        interaction = await queries.current_interaction(visitor)
        if interaction is None or not seen.isdecimal():
            return b""
        number = _within(int(seen[:12]))
        missed: bytes = await state.visitor_broadcasts.missed(visitor.id, interaction, number)
        return missed

    topic = Topic("visitor", visitor.id)
    answer: ASGIApp = state.streams.respond(
        topic=topic, key="", address=address(request), catch_up=catch_up
    )
    return answer


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


def _rating_again(widget: Widget, problem: Invalid) -> str:
    score = problem.values["score"]
    shown = ratings.Rating(
        score=int(score) if score in {"1", "2", "3", "4", "5"} else 0,
        comment=problem.values["comment"],
        errors=problem.errors,
    )
    return render("widget/_rating.html", widget=widget, rating=shown)


def _within(seq: int) -> int:
    return max(0, min(seq, LAST))


WIDGET = {"widget": Provide(provide_widget)}
router = Router(
    path="/",
    route_handlers=[
        loader,
        Router(
            path="/",
            dependencies={**WIDGET, "visitor": Provide(provide_known_visitor)},
            route_handlers=[widget_page, brand_css, new_chat, post_message, *identity.routes],
        ),
        Router(
            path="/",
            dependencies={**WIDGET, "visitor": Provide(provide_visitor)},
            route_handlers=[
                entries,
                stream,
                presence,
                read,
                typing,
                page_change,
                ending,
                earlier,
                transcript,
                mail_transcript,
                rating,
            ],
        ),
    ],
)
