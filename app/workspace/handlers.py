"""The agent's shell: pages and stream."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.types import ASGIApp

from app.accounts.access import signed_in
from app.agents.tables import Agent
from app.floor.broadcasts import FLOOR
from app.interactions.queries import Overview
from app.realtime.bus import Topic
from app.web.client import address
from app.web.responses import html
from app.workspace.pages import shown_page


@get("/workspace/webchat", name="webchat")
async def webchat(
    request: Request[Any, Any, Any], state: State, agent: NamedDependency[Agent]
) -> Response[str]:
    """The workspace with no interaction open."""
    return await shown_page(request, state, agent, None)


@get("/workspace/webchat/{interaction_id:int}", name="webchat:interaction")
async def webchat_interaction(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    readable: NamedDependency[Overview],
) -> Response[str]:
    """The workspace with this interaction open, if only to read."""
    return await shown_page(request, state, agent, readable)


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
        also=(FLOOR,) if who.agent.may("supervisor") else (),
    )
    return answer


@get("/workspace/everything", name="workspace:everything")
async def everything(state: State, agent: NamedDependency[Agent]) -> Response[str]:
    """What the stream begins with, for a page whose stream does not get through."""
    return html(await state.agent_broadcasts.everything_partials(agent.id))


routes = [webchat, webchat_interaction, stream, everything]
