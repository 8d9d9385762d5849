"""Uploads and downloads, of agents and of visitors."""

from typing import Annotated, Any

from litestar import HttpMethod, Request, Response, Router, put, route
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ASGIApp, Message, Scope

from app.agents.tables import Agent
from app.attachments import service
from app.attachments.access import attachment_for_agent, attachment_for_visitor
from app.attachments.downloads import Download
from app.attachments.forms import checked_upload_id
from app.attachments.kinds import kind_of
from app.attachments.names import cleaned
from app.attachments.receiving import (
    MEGABYTE,
    READ_TO_ITS_END,
    announced_size,
    check_size,
    received,
)
from app.attachments.service import Described, Uploader
from app.contacts.tables import Visitor
from app.interactions.access import check_mine, interaction_for
from app.languages import N_
from app.metrics.numbers import UPLOADED, UPLOADS
from app.web.client import address
from app.web.responses import page
from app.widget.access import provide_visitor, provide_widget

MANY_FILES = N_("Many files came from here.")
READ = [HttpMethod.GET, HttpMethod.HEAD]


@put(
    "/workspace/uploads/{upload_id:str}",
    name="attachments:upload",
    request_max_body_size=None,
)
async def upload(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    upload_id: FromPath[str],
    name: FromQuery[str] = "",
    number: Annotated[str, QueryParameter(name="interaction")] = "",
) -> Response[str]:
    """Take a file of an agent for an interaction that they have."""
    known = number.isascii() and number.isdecimal()
    found = await interaction_for(agent, int(number[:10]) if known else 0)
    check_mine(found, agent)
    state.limits.uploads.spend(("agent", agent.id), MANY_FILES)
    described = _described(request, upload_id, name, widget=await service.widget_of(found.id))
    return await _taken(request, state, service.by_agent(agent, found.id), described)


@put(
    "/widget/{key:str}/uploads/{upload_id:str}",
    name="widget:upload",
    request_max_body_size=None,
)
async def visitor_upload(
    request: Request[Any, Any, Any],
    state: State,
    visitor: NamedDependency[Visitor],
    upload_id: FromPath[str],
    name: FromQuery[str] = "",
) -> Response[str]:
    """Take a file of a visitor, whom we know since their first message."""
    state.limits.uploads.spend(("visitor", visitor.id), MANY_FILES)
    state.limits.uploads_address.spend(address(request), MANY_FILES)
    described = _described(request, upload_id, name, widget=visitor.widget)
    # One turn more for the address: whoever has many visitors has not many turns.
    with state.uploads_address.one(address(request), MANY_FILES):
        return await _taken(request, state, service.by_visitor(visitor), described)


def _described(
    request: Request[Any, Any, Any], upload_id: str, name: str, *, widget: int
) -> Described:
    label = cleaned(name)
    return Described(
        upload_id=checked_upload_id(upload_id),
        name=label,
        kind=kind_of(label, request.headers.get("content-type", "")),
        widget=widget,
    )


async def _taken(
    request: Request[Any, Any, Any], state: State, uploader: Uploader, described: Described
) -> Response[str]:
    """Refuse what can be refused before its first byte, then take it."""
    settings = state.settings
    announced = announced_size(request)
    check_size(announced, settings.upload_mb)
    most = announced or settings.upload_mb * MEGABYTE
    turn = state.uploads.one((uploader.visitor, uploader.agent), MANY_FILES)
    with turn:
        async with (
            service.room_for(most, described, uploader, settings) as name,
            received(request, settings) as came,
        ):
            stored = await service.keep(
                came, described, uploader, state.storage, name=name, settings=settings
            )
    UPLOADS.add("visitor" if uploader.visitor else "agent")
    UPLOADED.add(amount=stored.size)
    return page("attachments/_upload.html", upload=stored)


@route("/workspace/attachments/{attachment_id:int}", http_method=READ, name="attachments:download")
async def download(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    attachment_id: FromPath[int],
) -> ASGIApp:
    """A file of an interaction that the agent may read."""
    found = await attachment_for_agent(agent, attachment_id)
    return Download(found, state.storage, inline=_wants_inline(request))


@route(
    "/widget/{key:str}/attachments/{attachment_id:int}", http_method=READ, name="widget:download"
)
async def visitor_download(
    request: Request[Any, Any, Any],
    state: State,
    visitor: NamedDependency[Visitor],
    attachment_id: FromPath[int],
) -> ASGIApp:
    """A file of the visitor's own chats."""
    found = await attachment_for_visitor(visitor, attachment_id)
    return Download(found, state.storage, inline=_wants_inline(request))


def _wants_inline(request: Request[Any, Any, Any]) -> bool:
    return request.scope["query_string"].partition(b"=")[0] == b"inline"


async def close_unread(message: Message, scope: Scope) -> None:
    """After a refusal, take no more of a body that was not read: its connection ends."""
    if (
        message["type"] == "http.response.start"
        and scope.get("method") == "PUT"
        and "/uploads/" in scope["path"]
        and not scope.get("state", {}).get(READ_TO_ITS_END)
    ):
        message["headers"] = [*message["headers"], (b"connection", b"close")]


routes = [upload, download]
router = Router(
    path="/",
    dependencies={"widget": Provide(provide_widget), "visitor": Provide(provide_visitor)},
    route_handlers=[visitor_upload, visitor_download],
)
