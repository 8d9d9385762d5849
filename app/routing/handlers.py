"""Answering offers, and forwarding."""

from typing import Any

from litestar import Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from app.agents.tables import Agent
from app.calls.queries import open_call_in
from app.interactions import queries
from app.interactions.access import check_mine, interaction_for
from app.interactions.queries import Overview
from app.languages import N_
from app.routing import forwarding, offers
from app.routing.choices import agent_choices, queue_choices
from app.routing.forms import ForwardForm
from app.routing.queries import queue_of
from app.routing.tables import Offer
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, nothing, see_other
from app.web.templates import render
from app.workspace.pages import conversation, told_in_toast


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


@put("/workspace/offers/{offer_id:int}/sight", name="offers:shown")
async def sight(offer: NamedDependency[Offer]) -> Response[None]:
    """The browser has drawn the card."""
    await offers.shown(offer)
    return nothing()


@get("/workspace/interactions/{interaction_id:int}/forwarding", name="interactions:forward_form")
async def forward_form(
    state: State, agent: NamedDependency[Agent], interaction: NamedDependency[Overview]
) -> Response[str]:
    """To whom it can go, as it is now."""
    check_mine(interaction, agent)
    return html(await _form(state, agent, interaction, {}, {}))


@post(
    "/workspace/interactions/{interaction_id:int}/forwarding",
    name="interactions:forward",
    status_code=200,
)
async def forward(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[ForwardForm],
) -> Response[Any]:
    """Forward to an agent or to a queue."""
    choices = await _choices(state, agent, interaction)
    answer_invalid_with(
        request,
        lambda problem: _rendered(interaction, choices, problem.values, problem.errors),
    )
    receiver, note = await data.checked(in_a_call=choices["in_a_call"])
    check_mine(interaction, agent)
    if isinstance(receiver, Agent):
        queue = await queue_of(interaction.id)
        await forwarding.to_agent(interaction.id, by=agent, to=receiver, queue=queue, note=note)
    else:
        await forwarding.to_queue(interaction.id, by=agent, queue=receiver, note=note)
    if not is_htmx(request):
        return see_other("/workspace/webchat")
    told = render(
        "shared/_notice.html", text=N_("Forwarded to {name}.", name=receiver.name), kind="info"
    )
    return await conversation(
        state, agent, None, {"HX-Push-Url": "/workspace/webchat"}, extra=told_in_toast(told)
    )


async def _choices(state: State, agent: Agent, interaction: Overview) -> dict[str, Any]:
    present = state.presence.all_here("agent")
    queue = await queue_of(interaction.id)
    return {
        "agents": await agent_choices(but=agent.id, queue=queue, present=present),
        "queues": await queue_choices(but=queue.id, present=present),
        "in_a_call": await open_call_in(interaction.id) is not None,
    }


async def _form(
    state: State,
    agent: Agent,
    interaction: Overview,
    values: dict[str, Any],
    errors: dict[str, str],
) -> str:
    return _rendered(interaction, await _choices(state, agent, interaction), values, errors)


def _rendered(
    interaction: Overview, choices: dict[str, Any], values: dict[str, Any], errors: dict[str, str]
) -> str:
    return render(
        "routing/_forward_form.html",
        interaction=interaction,
        url=f"{queries.urls(interaction.id).base}/forwarding",
        values=values,
        errors=errors,
        **choices,
    )


routes = [acceptance, refusal, sight, forward_form, forward]
