"""Signing in and out, and choosing a password by a link."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, URLEncodedBody

from app.accounts import invitations, service
from app.accounts.access import requires_agent, session_cookie, signed_in
from app.accounts.forms import InvitationForm, SignInForm
from app.agents.service import OFFLINE, SIGNED_OUT, came, change_status
from app.languages import N_
from app.settings import Settings
from app.web.client import address
from app.web.errors import answer_invalid_with
from app.web.responses import local_path, page, see_other
from app.web.templates import render

HOME = "/workspace/webchat"
TOO_OFTEN = N_("Too many tries with a wrong password.")


@get("/", name="home", sync_to_thread=False)
def home() -> Response[None]:
    """The way to work."""
    return see_other(HOME)


@get("/sign-in", name="sign_in:page", sync_to_thread=False)
def sign_in_page(
    state: State,
    request: Request[Any, Any, Any],
    next: FromQuery[str] = "",  # noqa: A002 - the parameter's name in the address
) -> Response[str]:
    """The sign-in page; `next` is where to go afterwards."""
    context = _context(state.settings, request)
    return page("accounts/sign_in.html", form_values={"next": next}, errors={}, **context)


@post("/sign-in", name="sign_in", status_code=303)
async def sign_in(
    state: State, request: Request[Any, Any, Any], data: URLEncodedBody[SignInForm]
) -> Response[None]:
    """Check the password and begin a session with a new token."""
    context = _context(state.settings, request)
    answer_invalid_with(
        request,
        lambda problem: render(
            "accounts/sign_in.html", form_values=data.kept(), errors=problem.errors, **context
        ),
    )
    email, password = data.checked()
    here = address(request)
    # The account first: what it refuses does not count for everybody else at the address.
    state.limits.sign_in.spend((email, here), TOO_OFTEN)
    state.limits.sign_in_address.spend(here, TOO_OFTEN)
    path = local_path(data.next, HOME)
    answer = await _signed_in(state.settings, request, email, password, path)
    state.limits.sign_in_address.give_back(here)
    state.limits.sign_in.give_back((email, here))
    return answer


@post("/sign-out", name="sign_out", guards=[requires_agent], status_code=303)
async def sign_out(state: State, request: Request[Any, Any, Any]) -> Response[None]:
    """End the session; without another one the agent is offline."""
    who = signed_in(request)
    await service.end_session(who.session)
    if not await service.has_session(who.agent.id, hours=state.settings.session_hours):
        await change_status(who.agent.id, OFFLINE, why=SIGNED_OUT)
    answer = see_other("/sign-in")
    answer.headers["Set-Cookie"] = _cookie(state.settings, "") + "; Max-Age=0"
    return answer


@get("/invitation/{token:str}", name="invitation:page")
async def invitation_page(
    state: State, request: Request[Any, Any, Any], token: FromPath[str]
) -> Response[str]:
    """The page on which somebody who was invited chooses a password."""
    invited = await invitations.invited(token)
    context = _context(state.settings, request)
    return page("accounts/invitation.html", invited=invited, errors={}, **context)


@post("/invitation/{token:str}", name="invitation", status_code=303)
async def invitation(
    state: State,
    request: Request[Any, Any, Any],
    data: URLEncodedBody[InvitationForm],
    token: FromPath[str],
) -> Response[None]:
    """Set the password and sign in; the link is used up."""
    invited = await invitations.invited(token)
    context = _context(state.settings, request)
    answer_invalid_with(
        request,
        lambda problem: render(
            "accounts/invitation.html", invited=invited, errors=problem.errors, **context
        ),
    )
    await invitations.accept(token, data.password)
    return await _signed_in(state.settings, request, invited.email, data.password, HOME)


async def _signed_in(
    settings: Settings, request: Request[Any, Any, Any], email: str, password: str, path: str
) -> Response[None]:
    """The way on with a new session, which replaces the one that the browser had."""
    agent, token = await service.sign_in(email, password)
    await _end_previous(settings, request)
    await came(agent)
    answer = see_other(path)
    answer.headers["Set-Cookie"] = _cookie(settings, token)
    return answer


def _cookie(settings: Settings, token: str) -> str:
    secure = "; Secure" if settings.secure else ""
    return f"{session_cookie(settings)}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"


async def _end_previous(settings: Settings, request: Request[Any, Any, Any]) -> None:
    token = request.cookies.get(session_cookie(settings), "")
    previous = await service.signed_in_as(token, hours=settings.session_hours) if token else None
    if previous:
        await service.end_session(previous.session)


def _context(settings: Settings, request: Request[Any, Any, Any]) -> dict[str, Any]:
    host = urlsplit(settings.base_url).netloc or request.url.netloc
    return {"centre_name": settings.centre_name, "base_host": host}


router = Router(
    path="/", route_handlers=[home, sign_in_page, sign_in, sign_out, invitation_page, invitation]
)
