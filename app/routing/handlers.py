"""Answering offers."""

from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from app.agents.tables import Agent
from app.interactions import queries
from app.interactions.access import interaction_for
from app.routing import offers
from app.routing.tables import Offer
from app.web.responses import html, is_htmx, see_other
from app.workspace.pages import conversation


@post("/workspace/offers/{offer_id:int}/acceptance", name="offers:accept", status_code=200)
async def acceptance(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    offer: NamedDependency[Offer],
) -> Response[Any]:
    """Accept an offer; the interaction opens."""
    accepted = await offers.accept(offer, by=agent)
    url = queries.urls(accepted.id).page
    if not is_htmx(request):
        return see_other(url)
    interaction = await interaction_for(agent, accepted.id)
    return await conversation(state, agent, interaction, {"HX-Push-Url": url})


@post("/workspace/offers/{offer_id:int}/refusal", name="offers:decline", status_code=200)
async def refusal(request: Request[Any, Any, Any], offer: NamedDependency[Offer]) -> Response[Any]:
    """Decline an offer; it goes to the next agent."""
    await offers.decline(offer)
    return html("") if is_htmx(request) else see_other("/workspace/webchat")


routes = [acceptance, refusal]
