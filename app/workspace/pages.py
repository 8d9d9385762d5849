"""The workspace as a page, and the open conversation as a partial of it."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from app.agents.tables import Agent
from app.interactions import queries
from app.interactions.notices import AGENT
from app.interactions.queries import Overview
from app.interactions.transcript import latest_entries
from app.web.responses import is_htmx, page
from app.workspace import queries as workspace


async def shown_page(
    request: Request[Any, Any, Any], state: State, agent: Agent, interaction: Overview | None
) -> Response[str]:
    """The whole workspace, or for htmx its open conversation."""
    if is_htmx(request):
        return await conversation(state, agent, interaction)
    return page(
        "workspace/page.html",
        me=workspace.me(agent),
        status=await workspace.status(agent),
        rows=await workspace.rows(
            agent.id, state.presence, selected=interaction.id if interaction else 0
        ),
        offers=await workspace.offers(agent.id, state.presence),
        **await _conversation_context(state, agent, interaction),
    )


async def conversation(
    state: State,
    agent: Agent,
    interaction: Overview | None,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    """The open conversation with its contact, or the empty page."""
    context = await _conversation_context(state, agent, interaction)
    return page("workspace/_conversation.html", headers=headers, **context)


async def _conversation_context(
    state: State, agent: Agent, interaction: Overview | None
) -> dict[str, Any]:
    if interaction is None:
        return {
            "interaction": None,
            "contact": None,
            "entries": [],
            "older": False,
            "wrap_up_groups": [],
            "queues_text": await workspace.queues_text(agent),
        }
    here = workspace.visitor_here(state.presence, interaction.visitor)
    shown = await latest_entries(interaction.id, audience=AGENT)
    return {
        "interaction": queries.view(interaction, agent_id=agent.id, here=here),
        "contact": queries.contact_details(interaction),
        "entries": shown,
        "older": bool(shown) and shown[0].seq > 1,
        "wrap_up_groups": await workspace.wrap_up_groups(agent.id),
        "queues_text": "",
    }
