"""Calls over small requests: what agents and visitors may do is the same, each in their own path.

The page that takes part gives itself a random name, and says with every step which it is.
"""

from typing import Any

from litestar import Response, Router, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, URLEncodedBody

from app.agents.tables import Agent
from app.calls import service as calls
from app.calls.access import check_allowed, provide_call_of_agent, provide_call_of_visitor
from app.calls.forms import EndingForm, HoldForm, PageForm, SignalForm
from app.calls.ice import ice_servers
from app.calls.tables import Call
from app.contacts.tables import Visitor
from app.interactions.access import LARGEST_ID, check_mine
from app.interactions.log import AGENT, CONTACT
from app.interactions.queries import Overview
from app.languages import N_
from app.problems import Refused
from app.realtime.bus import Topic
from app.web.responses import nothing
from app.widget.queries import current_interaction
from app.widget.tables import Widget

NOBODY_THERE = N_("The visitor has left the page. Write, and call when they are back.")
FAST = N_("Wait a moment before you call again.")


@post("/workspace/interactions/{interaction_id:int}/calls", name="calls:invite", status_code=200)
async def invite(
    state: State,
    agent: NamedDependency[Agent],
    interaction: NamedDependency[Overview],
    data: URLEncodedBody[PageForm],
) -> Response[Any]:
    """Call the visitor of an interaction."""
    check_mine(interaction, agent)
    visitor = await Visitor.objects(Visitor.widget).get(Visitor.id == interaction.visitor)
    check_allowed(state.settings, visitor.widget if visitor else None)
    if not state.presence.open(Topic("visitor", interaction.visitor)):
        raise Refused(NOBODY_THERE)
    state.limits.calls.spend(("agent", agent.id), FAST)
    call = await calls.ring(interaction.id, by=AGENT, page=data.checked())
    return _connection(state, call, 1, base=f"/workspace/calls/{call.id}")


@post("/widget/{key:str}/calls", name="calls:call", status_code=200)
async def call_agent(
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor],
    data: URLEncodedBody[PageForm],
) -> Response[Any]:
    """Call the agent of the visitor's chat."""
    check_allowed(state.settings, widget)
    interaction = await current_interaction(visitor)
    if interaction is None or interaction.agent is None:
        raise Refused(N_("A call needs a chat that an agent has."))
    state.limits.calls.spend(("visitor", visitor.id), FAST)
    call = await calls.ring(interaction.id, by=CONTACT, page=data.checked())
    return _connection(state, call, 1, base=f"/widget/{widget.key}/calls/{call.id}")


def _routes(side: str) -> list[Any]:
    """The steps of a call for one side of it."""

    @post("/answer", status_code=200, name=f"calls:{side}:answer")
    async def answer(
        state: State, call: NamedDependency[Call], data: URLEncodedBody[PageForm]
    ) -> Response[Any]:
        """Take the call, in this page."""
        await calls.answer(call, by=side, page=data.checked())
        return _connection(state, call, call.round)

    @post("/page", status_code=200, name=f"calls:{side}:page")
    async def page(
        state: State, call: NamedDependency[Call], data: URLEncodedBody[PageForm]
    ) -> Response[Any]:
        """Go on in this page, after a reload."""
        begun = await calls.come_back(call, by=side, page=data.checked())
        return _connection(state, call, begun)

    @put("/presence", name=f"calls:{side}:presence")
    async def presence(
        call: NamedDependency[Call], data: URLEncodedBody[PageForm]
    ) -> Response[None]:
        """A sign of life of the page that takes part."""
        await calls.is_there(call, by=side, page=data.checked())
        return nothing()

    @put("/hold", name=f"calls:{side}:hold")
    async def hold(call: NamedDependency[Call], data: URLEncodedBody[HoldForm]) -> Response[None]:
        """Hold the call, or go on."""
        await calls.hold(call, by=side, held=data.held == "true")
        return nothing()

    @post("/signals", status_code=204, name=f"calls:{side}:signal")
    async def signal(
        call: NamedDependency[Call], data: URLEncodedBody[SignalForm]
    ) -> Response[None]:
        """Leave an offer, answer or candidate for the other browser."""
        of_page, kind = data.checked()
        await calls.signal(
            call, by=side, page=of_page, of_round=data.round, kind=kind, body=data.body
        )
        return nothing()

    @get("/signals", name=f"calls:{side}:signals")
    async def signals(call: NamedDependency[Call], after: FromQuery[int] = 0) -> Response[Any]:
        """What the other browser has left after a number, and where the call goes on."""
        found = await calls.signals(call, to=side, after=max(0, min(after, LARGEST_ID)))
        rows = [{"id": one.id, "kind": one.kind, "body": one.body} for one in found]
        page = call.agent_page if side == AGENT else call.contact_page
        over = bool(call.ended_at)
        return _json({"round": call.round, "page": page, "ended": over, "signals": rows})

    @post("/ending", status_code=204, name=f"calls:{side}:end")
    async def ending(
        call: NamedDependency[Call], data: URLEncodedBody[EndingForm]
    ) -> Response[None]:
        """Hang up, decline or take back."""
        no_route = data.how == calls.NO_ROUTE and call.answered_at
        await calls.end(call, by=side, how=calls.NO_ROUTE if no_route else "")
        return nothing()

    return [answer, page, presence, hold, signal, signals, ending]


def _connection(state: State, call: Call, of_round: int, **more: str) -> Response[Any]:
    """What a page needs to connect; who begins a call also learns its `base`."""
    servers = ice_servers(state.settings, f"call-{call.id}")
    return _json({"call": call.id, "round": of_round, "ice": servers, **more})


def _json(content: dict[str, Any]) -> Response[Any]:
    return Response(content, headers={"Cache-Control": "no-store"})


of_agents = Router(
    path="/workspace/calls/{call_id:int}",
    dependencies={"call": Provide(provide_call_of_agent)},
    route_handlers=_routes(AGENT),
)
of_visitors = Router(
    path="/calls/{call_id:int}",
    dependencies={"call": Provide(provide_call_of_visitor)},
    route_handlers=_routes(CONTACT),
)
