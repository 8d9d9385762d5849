"""An agent's availability."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, post, put
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.agents.forms import AvailabilityForm, LanguageForm
from app.agents.queries import agent_with_id
from app.agents.service import CHOSEN, change_status, choose_language
from app.agents.tables import Agent
from app.web.responses import is_htmx, local_path, page, see_other
from app.workspace import queries as workspace


@put("/workspace/availability", name="availability")
async def availability(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    data: URLEncodedBody[AvailabilityForm],
) -> Response[Any]:
    """Choose a status."""
    await change_status(agent.id, data.status, why=CHOSEN)
    if not is_htmx(request):
        return see_other("/workspace/webchat")
    changed = await agent_with_id(agent.id)
    return page("workspace/_status.html", status=await workspace.status(changed))


@post("/workspace/language", name="language", status_code=303)
async def language(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    data: URLEncodedBody[LanguageForm],
) -> Response[None]:
    """Choose the language of the workspace; the page they came from is shown in it."""
    await choose_language(agent.id, data.language)
    came_from = urlsplit(request.headers.get("referer", "")).path
    return see_other(local_path(came_from, "/workspace/webchat"))


routes = [availability, language]
