"""Which call a request is for: found through whoever takes part in it."""

from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import Message, Scope

from app.accounts.access import signed_in
from app.calls.tables import Call
from app.contacts.tables import Visitor
from app.database import first_row
from app.interactions.access import LARGEST_ID
from app.languages import N_
from app.problems import NotFound, Refused
from app.settings import Settings
from app.web.security import MAY_LISTEN
from app.widget.tables import Widget

OFF = N_("Voice calls are not switched on here.")


async def provide_call_of_agent(request: Request[Any, Any, Any], call_id: FromPath[int]) -> Call:
    """The call of the path, if it is the agent's of the request."""
    return await _found("id = {} AND agent = {}", call_id, signed_in(request).agent.id)


async def provide_call_of_visitor(
    call_id: FromPath[int], visitor: NamedDependency[Visitor]
) -> Call:
    """The call of the path, if it is the visitor's of the request."""
    return await _found("id = {} AND visitor = {}", call_id, visitor.id)


async def _found(where: str, call_id: int, whose: int) -> Call:
    call = await first_row(Call, where, call_id, whose) if 0 < call_id <= LARGEST_ID else None
    if call is None:
        raise NotFound
    return call


def allows(settings: Settings, widget: Widget) -> bool:
    """Whether installation and widget have calls."""
    return settings.calls and widget.calls


def check_allowed(settings: Settings, widget: Widget | None) -> None:
    """Refuse a call where the installation or the chat's widget has none."""
    if widget is None or not allows(settings, widget):
        raise Refused(OFF)


async def let_agents_speak(message: Message, scope: Scope) -> None:
    """Pages of the workspace may use the microphone where the installation has calls.

    All of them: a call goes on while its page shows other things of the workspace.
    """
    inside = scope["path"].startswith("/workspace/")
    if message["type"] == "http.response.start" and inside and scope["app"].state.settings.calls:
        MutableScopeHeaders.from_message(message).update(MAY_LISTEN)
