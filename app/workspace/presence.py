"""Tells agents when a visitor they talk with, or are offered, comes, goes or looks elsewhere."""

from app.contacts.presence import seen
from app.interactions.tables import OPEN, Interaction
from app.realtime.bus import Topic
from app.realtime.hub import Hub
from app.realtime.presence import GONE, Presence
from app.routing.queries import offered_to


class VisitorPresence:
    """Compares who is here with what was told last, once a second.

    Every process knows this of every visitor, and tells the agents whose streams it has.
    """

    def __init__(self, hub: Hub, presence: Presence) -> None:
        self._hub = hub
        self._presence = presence
        self._told: dict[int, tuple[int, int]] = {}

    async def tell_changes(self) -> None:
        """Tell the agents of those visitors whose presence changed since the last time."""
        self._presence.forget_gone()
        known = self._presence.all_here("visitor")
        states = {visitor: seen(self._presence, visitor).state for visitor in known}
        # With the turns: what was there and back between two looks may have been drawn meanwhile.
        here = {
            visitor: (state, self._presence.turns(Topic("visitor", visitor)))
            for visitor, state in states.items()
            if state != GONE
        }
        changed = [v for v in here.keys() | self._told.keys() if here.get(v) != self._told.get(v)]
        self._told = here
        if changed and self._hub.streams("agent"):
            await self._tell(changed)

    async def _tell(self, visitors: list[int]) -> None:
        found = await Interaction.select(Interaction.id, Interaction.agent).where(
            Interaction.visitor.is_in(visitors), Interaction.state.is_in(list(OPEN))
        )
        for row in found:
            if row["agent"]:
                await self._signal(row["agent"], "interaction", interaction=row["id"])
        waiting = [row["id"] for row in found if not row["agent"]]
        for agent in await offered_to(waiting) if waiting else ():
            await self._signal(agent, "offers")

    async def _signal(self, agent_id: int, kind: str, **ids: int) -> None:
        if self._hub.streams_of(Topic("agent", agent_id)):
            await self._hub.publish("agent", agent_id, kind, **ids)
