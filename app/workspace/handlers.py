"""The agent's routes: pages, offers, messages, archive, stream."""

from typing import Any

from litestar import Request, Response, Router, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, URLEncodedBody
from litestar.types import ASGIApp

from app.accounts.access import provide_agent, requires_agent, signed_in
from app.agents.queries import agent_with_id
from app.agents.service import CHOSEN, change_status
from app.agents.tables import Agent
from app.interactions import queries
from app.interactions import service as interactions
from app.interactions.access import check_mine, interaction_for, provide_interaction
from app.interactions.forms import ArchiveForm, MessageForm, ReadForm
from app.interactions.notices import AGENT
from app.interactions.queries import Overview
from app.interactions.transcript import entries_after, entries_before, entry_at, latest_entries
from app.problems import Invalid
from app.realtime.bus import Topic
from app.routing import offers
from app.routing.access import provide_offer
from app.routing.tables import Offer
from app.web.client import address
from app.web.errors import answer_invalid_with
from app.web.responses import html, is_htmx, nothing, page, see_other
from app.web.templates import render
from app.workspace import queries as workspace
from app.workspace.forms import AvailabilityForm

LAST = 2**31 - 1


@get("/workspace/webchat", name="webchat")
async def webchat(
    request: Request[Any, Any, Any], state: State, agent: NamedDependency[Agent]
) -> Response[str]:
    """The workspace with no interaction open."""
    return await _shown(request, state, agent, None)


@get("/workspace/webchat/{interaction_id:int}", name="webchat:interaction")
async def webchat_interaction(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
) -> Response[str]:
    """The workspace with this interaction open."""
    return await _shown(request, state, agent, interaction)


@get("/workspace/stream", name="workspace:stream")
async def stream(request: Request[Any, Any, Any], state: State) -> ASGIApp:
    """The agent's stream: everything once, then what comes."""
    who = signed_in(request)

    async def catch_up() -> bytes:
        await state.wake_routing()
        whole: bytes = await state.agent_broadcasts.everything(who.agent.id)
        return whole

    answer: ASGIApp = state.streams.respond(
        topic=Topic("agent", who.agent.id),
        key=str(who.session),
        address=address(request),
        catch_up=catch_up,
    )
    return answer


@get("/workspace/everything", name="workspace:everything")
async def everything(state: State, agent: NamedDependency[Agent]) -> Response[str]:
    """What the stream begins with, for a page whose stream does not get through."""
    return html(await state.agent_broadcasts.everything_partials(agent.id))


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
    return await _conversation(state, agent, interaction, {"HX-Push-Url": url})


@post("/workspace/offers/{offer_id:int}/refusal", name="offers:decline", status_code=200)
async def refusal(request: Request[Any, Any, Any], offer: NamedDependency[Offer]) -> Response[Any]:
    """Decline an offer; it goes to the next agent."""
    await offers.decline(offer)
    return html("") if is_htmx(request) else see_other("/workspace/webchat")


@post(
    "/workspace/interactions/{interaction_id:int}/messages",
    name="interactions:messages",
    status_code=200,
)
async def post_message(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[MessageForm],
) -> Response[Any]:
    """Store an agent's message."""
    body, nonce = data.checked(state.settings.message_length)
    check_mine(interaction, agent)
    posted = await interactions.post_from_agent(interaction.id, by=agent, body=body, nonce=nonce)
    entry = await entry_at(posted.interaction, posted.seq, audience=AGENT)
    return page("interactions/_entry.html", entry=entry)


@get("/workspace/interactions/{interaction_id:int}/entries", name="interactions:entries")
async def entries(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    after: FromQuery[int] | None = None,
    before: FromQuery[int] | None = None,
) -> Response[str]:
    """The log after a number, with the interaction's state; or the page before one."""
    if before is not None:
        number = max(1, min(before, LAST))
        found = await entries_before(interaction.id, number, audience=AGENT)
        told = ""
    else:
        number = max(0, min(after or 0, LAST))
        found = await entries_after(interaction.id, number, audience=AGENT)
        told = await state.agent_broadcasts.head(interaction.id, agent.id)
    shown = "".join(render("interactions/_entry.html", entry=one) for one in found)
    headers = {"Parley-Log": f"log_{interaction.id}"}
    if before is not None and (not found or found[0].seq == 1):
        headers["Parley-First"] = "true"
    return html(shown + told, headers=headers)


@post(
    "/workspace/interactions/{interaction_id:int}/archive",
    name="interactions:archive",
    status_code=200,
)
async def archive(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[ArchiveForm],
) -> Response[Any]:
    """Complete the interaction with a wrap-up code."""
    groups = await workspace.wrap_up_groups(agent.id)
    shown = queries.view(interaction, agent_id=agent.id, here=True)
    answer_invalid_with(request, lambda problem: _archive_form(shown, groups, problem))
    code, note = await data.checked()
    check_mine(interaction, agent)
    await interactions.archive(interaction.id, by=agent, code=code, note=note)
    if not is_htmx(request):
        return see_other(queries.urls(interaction.id).page)
    return await _conversation(state, agent, await interaction_for(agent, interaction.id))


@put(
    "/workspace/interactions/{interaction_id:int}/read",
    name="interactions:read",
)
async def read(
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[ReadForm],
) -> Response[None]:
    """Note how far the agent who has the interaction has read; others leave no mark."""
    if interaction.agent == agent.id:
        await interactions.read_by_agent(interaction.id, seq=max(0, min(data.seq, LAST)))
    return nothing()


async def _shown(
    request: Request[Any, Any, Any], state: State, agent: Agent, interaction: Overview | None
) -> Response[str]:
    if is_htmx(request):
        return await _conversation(state, agent, interaction)
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


async def _conversation(
    state: State,
    agent: Agent,
    interaction: Overview | None,
    headers: dict[str, str] | None = None,
) -> Response[str]:
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


def _archive_form(interaction: Any, groups: list[Any], problem: Invalid) -> str:
    return render(
        "interactions/_archive_form.html",
        interaction=interaction,
        wrap_up_groups=groups,
        values=problem.values,
        errors=problem.errors,
    )


router = Router(
    path="/",
    guards=[requires_agent],
    dependencies={
        "agent": Provide(provide_agent, sync_to_thread=False),
        "interaction": Provide(provide_interaction),
        "offer": Provide(provide_offer),
    },
    route_handlers=[
        webchat,
        webchat_interaction,
        stream,
        everything,
        availability,
        acceptance,
        refusal,
        post_message,
        entries,
        archive,
        read,
    ],
)
