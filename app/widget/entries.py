"""What a visitor reads: the log of their chat, live and after a number, and their earlier chats."""

from typing import Any

from litestar import Request, Response, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.types import ASGIApp

from app.contacts.tables import Visitor
from app.interactions.forms import ReadForm
from app.interactions.marks import read_by_visitor
from app.interactions.notices import VISITOR
from app.interactions.transcript import EntryView, entries_after, entries_before, goes_back
from app.realtime.bus import Topic
from app.web.client import address
from app.web.responses import html, nothing
from app.web.templates import render
from app.widget import queries
from app.widget.history import earlier_entries

LAST = 2**31 - 1


@get("/widget/{key:str}/entries", name="widget:entries")
async def entries(
    state: State,
    visitor: NamedDependency[Visitor],
    after: FromQuery[int] = 0,
    before: FromQuery[int | None] = None,
) -> Response[str]:
    """What the visitor has not seen, then the state of the chat; or the page before a number."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None:
        return html("")
    headers = {"Parley-Log": f"log_{interaction.id}", "Parley-Last": str(interaction.last_seq)}
    if before is not None:
        found = await entries_before(interaction.id, max(1, _within(before)), audience=VISITOR)
        if not await goes_back(interaction.id, found, audience=VISITOR):
            headers["Parley-First"] = "true"
        return html(_shown(found), headers=headers)
    found = await entries_after(interaction.id, _within(after), audience=VISITOR)
    told = await state.visitor_broadcasts.state(visitor.id, interaction.id)
    return html(_shown(found) + told, headers=headers)


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


@get("/widget/{key:str}/history/{number:int}", name="widget:history")
async def earlier(visitor: NamedDependency[Visitor], number: FromPath[int]) -> Response[str]:
    """One of the visitor's earlier chats, to read."""
    found = await earlier_entries(visitor, number)
    return html(_shown(found))


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


def _shown(found: list[EntryView]) -> str:
    return "".join(render("interactions/_entry.html", entry=one) for one in found)


def _within(seq: int) -> int:
    return max(0, min(seq, LAST))


routes = [entries, read, earlier, stream]
