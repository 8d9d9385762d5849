"""Guards and dependencies: who a request comes from, and which roles a route requires."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from app.accounts.service import SignedInAs, signed_in_as
from app.agents.tables import Agent
from app.languages import N_
from app.problems import Forbidden, NotSignedIn
from app.settings import Settings
from app.web.language import choose

STATE = "signed_in_as"
NOT_YOURS = {
    "supervisor": N_("Only a supervisor may do this."),
    "admin": N_("Only an admin may do this."),
}


def session_cookie(settings: Settings) -> str:
    """The cookie's name; over https it is bound to this very host."""
    return "__Host-parley-session" if settings.secure else "parley-session"


async def requires_agent(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Let signed-in agents pass; everybody else gets 401, or the way to sign in."""
    settings: Settings = connection.app.state.settings
    token = connection.cookies.get(session_cookie(settings), "")
    found = await signed_in_as(token, hours=settings.session_hours) if token else None
    if found is None:
        raise NotSignedIn
    connection.scope["state"][STATE] = found
    choose(connection, found.agent.language)


def requires_role(role: str) -> Any:
    """A guard, after requires_agent, for routes of supervisors or admins."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not signed_in(connection).agent.may(role):
            raise Forbidden(NOT_YOURS[role])

    return guard


def signed_in(connection: ASGIConnection[Any, Any, Any, Any]) -> SignedInAs:
    """Who passed requires_agent on this request."""
    found: SignedInAs = connection.scope["state"][STATE]
    return found


def provide_agent(request: Request[Any, Any, Any]) -> Agent:
    """The agent of the request."""
    return signed_in(request).agent
