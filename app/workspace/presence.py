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
        self._stirred = presence.follow()
        self._leaving: set[int] = set()
        self._told: dict[int, tuple[int, int]] = {}

    async def tell_changes(self) -> None:
        """Tell the agents of those visitors whose presence changed since the last time."""
        self._presence.forget_gone()
        stirred = {who.id for who in self._stirred if who.audience == "visitor"}
        self._stirred.clear()
        changed = [visitor for visitor in stirred | self._leaving if self._differs(visitor)]
        if changed and self._hub.streams("agent"):
            await self._tell(changed)

    def _differs(self, visitor: int) -> bool:
        """Whether a visitor is somewhere else than was told; from now on that counts as told."""
        who = Topic("visitor", visitor)
        state, told = seen(self._presence, visitor).state, self._told.pop(visitor, None)
        self._leaving.discard(visitor)
        if state == GONE:
            return told is not None
        if not self._presence.open(who):
            self._leaving.add(visitor)  # until they are back or their grace has passed
        # With the turns: what was there and back between two looks may have been drawn meanwhile.
        self._told[visitor] = (state, self._presence.turns(who))
        return told != self._told[visitor]

    async def _tell(self, visitors: list[int]) -> None:
        found = await Interaction.select(Interaction.id, Interaction.agent).where(
            Interaction.visitor.is_in(visitors), Interaction.state.is_in(list(OPEN))
        )
        for row in found:
            if row["agent"]:
                await self._signal(row["agent"], "visitor", interaction=row["id"])
        waiting = [row["id"] for row in found if not row["agent"]]
        for agent in await offered_to(waiting) if waiting else ():
            await self._signal(agent, "offers")

    async def _signal(self, agent_id: int, kind: str, **ids: int) -> None:
        if self._hub.streams_of(Topic("agent", agent_id)):
            await self._hub.publish("agent", agent_id, kind, **ids)
