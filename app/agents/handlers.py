"""An agent's availability."""

from typing import Any

from litestar import Request, Response, put
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.agents.forms import AvailabilityForm
from app.agents.queries import agent_with_id
from app.agents.service import CHOSEN, change_status
from app.agents.tables import Agent
from app.web.responses import is_htmx, page, see_other
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


routes = [availability]
