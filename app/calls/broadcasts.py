"""What streams carry of calls: how one stands, that it rings, that there is a signal to read."""

from app.calls.events import CallChanged, CallRang, CallSignalled
from app.calls.queries import call_of_agent, call_of_visitor
from app.interactions.log import AGENT
from app.realtime import frames
from app.realtime.bus import Signal
from app.realtime.hub import Hub
from app.web.responses import partial_for
from app.web.templates import render

VISITOR = "visitor"


class Broadcasts:
    """Tells both sides of a call, in every tab of theirs."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        hub.renders(AGENT, "call", self.for_agent)
        hub.renders(VISITOR, "call", self.for_visitor)
        for audience in (AGENT, VISITOR):
            hub.renders(audience, "call_ring", self.ring)
            hub.renders(audience, "call_signal", self.signal)

    async def changed(self, fact: CallChanged) -> None:
        """Both see how it stands."""
        await self.hub.publish(AGENT, fact.agent, "call")
        await self.hub.publish(VISITOR, fact.visitor, "call")

    async def rang(self, fact: CallRang) -> None:
        """Who is called hears it."""
        await self._tell(fact.asked, fact, "call_ring")

    async def signalled(self, fact: CallSignalled) -> None:
        """The other browser reads it at once."""
        await self._tell(fact.to, fact, "call_signal")

    async def _tell(self, side: str, fact: CallRang | CallSignalled, kind: str) -> None:
        to = (AGENT, fact.agent) if side == AGENT else (VISITOR, fact.visitor)
        await self.hub.publish(*to, kind, call=fact.call)

    async def for_agent(self, signal: Signal) -> bytes:
        """The agent panel, and the card of a call that rings."""
        return frames.html(await agent_partials(signal.topic.id))

    async def for_visitor(self, signal: Signal) -> bytes:
        """The call in the widget."""
        return frames.html(await visitor_partials(signal.topic.id))

    async def ring(self, signal: Signal) -> bytes:
        """The signal to ring, for title and sound."""
        return frames.named("ring", call=signal.ids["call"])

    async def signal(self, signal: Signal) -> bytes:
        """The signal to read what the other browser has left."""
        return frames.named("call", call=signal.ids["call"])


async def agent_partials(agent_id: int) -> str:
    """How the agent's call stands."""
    call = await call_of_agent(agent_id)
    return partial_for("#agent_call", render("calls/_agent_call.html", call=call)) + partial_for(
        "#call_ring", render("calls/_ring.html", call=call)
    )


async def visitor_partials(visitor_id: int) -> str:
    """How the visitor's call stands."""
    call = await call_of_visitor(visitor_id)
    return partial_for("#widget_call", render("calls/_visitor_call.html", call=call))
