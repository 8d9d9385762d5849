"""The page around every setting: rail, navigation, and what was just done."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.administration.fields import Fields
from app.administration.queries import navigation
from app.agents.tables import Agent
from app.languages import N_
from app.web.errors import answer_invalid_with
from app.web.responses import is_htmx, page, see_other
from app.web.templates import render
from app.workspace import queries as workspace

SETTINGS = "/workspace/settings"
# What a page says after it was led to with ?done=; other words in the address say nothing.
DONE = {
    "saved": N_("Saved."),
    "created": N_("Created."),
    "archived": N_("Archived. What was recorded with it keeps its name."),
    "restored": N_("Brought back."),
    "ended": N_("The secret before this one is refused from now on."),
    "disabled": N_("Disabled: signed out everywhere, and chats went back to their queues."),
    "enabled": N_("Enabled: they can sign in again."),
}


class Shell:
    """What all pages of the settings share, for one request."""

    def __init__(self, request: Request[Any, Any, Any], context: dict[str, Any]) -> None:
        self._request = request
        self._context = context

    def page(
        self, template: str, *, values: dict[str, Any] | None = None, **context: Any
    ) -> Response[str]:
        """A page with these values in its form."""
        whole = {"values": values or {}, "errors": {}, **self._context, **context}
        # After a form that htmx sent, the address bar shows where it led, without ?done=.
        led = is_htmx(self._request) and self._request.method == "GET"
        headers = {"HX-Push-Url": self._request.url.path} if led else None
        return page(template, headers=headers, **whole)

    def ask_again(
        self, template: str, fields: Fields, *, more: dict[str, Any] | None = None, **context: Any
    ) -> None:
        """Should the form be wrong, show it again with what was entered; `more` are its lists."""
        values = {**fields.kept(), **(more or {})}
        whole = {**self._context, **context, "done": "", "values": values}
        answer_invalid_with(
            self._request,
            lambda problem: render(template, errors=problem.errors, problem=problem, **whole),
        )


async def provide_shell(
    request: Request[Any, Any, Any], state: State, agent: NamedDependency[Agent]
) -> Shell:
    """The shell for the agent of the request; the navigation is in the settings alone."""
    in_settings = request.url.path.startswith(SETTINGS)
    parts = request.url.path.removeprefix(SETTINGS).strip("/").split("/")
    return Shell(
        request,
        {
            "me": workspace.me(agent),
            "rows": await workspace.rows(agent.id, state.presence),
            "offers": await workspace.offers(agent.id, state.presence),
            "place": "settings" if in_settings else "",
            "navigation": await navigation(parts[0]) if in_settings else [],
            "done": DONE.get(request.query_params.get("done", ""), ""),
        },
    )


def done(path: str, code: str) -> Response[None]:
    """Go back to a page of the settings, which says what was done."""
    return done_at(f"{SETTINGS}/{path}", code)


def done_at(url: str, code: str) -> Response[None]:
    """The same for a page elsewhere."""
    return see_other(f"{url}?done={code}")
