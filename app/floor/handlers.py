"""The supervisors' pages and what only they may do."""

from typing import Any

from litestar import Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.accounts.access import requires_role
from app.agents.forms import AvailabilityForm
from app.agents.service import SUPERVISOR, change_status, status_in_words
from app.agents.tables import Agent
from app.floor.forms import TakeOverForm
from app.floor.menus import agent_menu, known_agent, waiting_menu
from app.floor.pages import floor_context, shown_floor
from app.interactions.queries import Overview, urls
from app.languages import N_
from app.routing.explanation import explanation
from app.routing.tables import Queue
from app.routing.takeover import take_over
from app.web.responses import html, is_htmx, page, see_other
from app.workspace import queries as workspace

FLOOR = "/workspace/floor"
supervises = [requires_role("supervisor")]


@get(FLOOR, name="floor", guards=supervises)
async def floor(
    request: Request[Any, Any, Any], state: State, agent: NamedDependency[Agent]
) -> Response[str]:
    """Everything that goes on; for htmx the part that changes."""
    if is_htmx(request):
        return html(await shown_floor(state.presence))
    return page(
        "floor/page.html",
        me=workspace.me(agent),
        rows=await workspace.rows(agent.id, state.presence),
        offers=await workspace.offers(agent.id, state.presence),
        queues=await Queue.objects().where(Queue.archived_at.is_null()).order_by(Queue.name),
        **await floor_context(state.presence),
    )


@get("/workspace/floor/agents/{agent_id:int}", name="floor:agent", guards=supervises)
async def agent_of_floor(agent_id: FromPath[int]) -> Response[str]:
    """What an agent has in hand, and the statuses that may be set."""
    return page("floor/_agent_menu.html", menu=await agent_menu(agent_id))


@get("/workspace/floor/queues/{queue_id:int}", name="floor:queue", guards=supervises)
async def queue_of_floor(queue_id: FromPath[int]) -> Response[str]:
    """What waits in a queue."""
    return page("floor/_waiting_menu.html", menu=await waiting_menu(queue_id))


@put("/workspace/agents/{agent_id:int}/availability", name="agents:availability", guards=supervises)
async def set_availability(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    agent_id: FromPath[int],
    data: URLEncodedBody[AvailabilityForm],
) -> Response[Any]:
    """Set another agent's status; their page says who did."""
    other = await known_agent(agent_id)
    await change_status(other.id, data.status, why=SUPERVISOR, by=agent)
    if not is_htmx(request):
        return see_other(FLOOR)
    told = N_("{name} is {status} now.", name=other.name, status=status_in_words(data.status))
    return page("shared/_notice.html", text=told, kind="info")


@post(
    "/workspace/interactions/{interaction_id:int}/takeover",
    name="interactions:takeover",
    guards=supervises,
    status_code=200,
)
async def takeover(
    request: Request[Any, Any, Any],
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[TakeOverForm],
) -> Response[Any]:
    """Make it the supervisor's own, from a queue, an offer or another agent."""
    await take_over(interaction.id, by=agent, had_by=interaction.agent)
    target = urls(interaction.id).page + ("#forward" if data.then == "forward" else "")
    if not is_htmx(request):
        return see_other(target)
    return html("", headers={"HX-Redirect": target})


@get(
    "/workspace/interactions/{interaction_id:int}/routing",
    name="interactions:routing",
    guards=supervises,
)
async def routing(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
) -> Response[str]:
    """Why this agent, why nobody: as a page, or for htmx as a dialog."""
    found = await explanation(
        interaction.id, present=state.presence.all_here("agent"), rules=state.rules
    )
    where = urls(interaction.id)
    context: dict[str, Any] = {"explanation": found, "person": interaction.person, "urls": where}
    if is_htmx(request):
        return page("routing/_why_dialog.html", **context)
    return page("routing/why.html", me=workspace.me(agent), rows=[], **context)


routes = [
    floor,
    agent_of_floor,
    queue_of_floor,
    set_availability,
    takeover,
    routing,
]
