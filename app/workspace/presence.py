"""Tells agents when a visitor they talk with comes or goes."""

from app.interactions.tables import OPEN, Interaction
from app.realtime.hub import Hub
from app.realtime.presence import Presence
from app.routing.tables import Offer
from app.workspace.queries import visitor_here


class VisitorPresence:
    """Compares who is here with what was told last, once a second."""

    def __init__(self, hub: Hub, presence: Presence) -> None:
        self._hub = hub
        self._presence = presence
        self._told: set[int] = set()

    async def tell_changes(self) -> None:
        """Tell the agents of those visitors whose presence changed since the last time."""
        self._presence.forget_gone()
        known = self._presence.all_here("visitor")
        here = {visitor for visitor in known if visitor_here(self._presence, visitor)}
        changed = list(here ^ self._told)
        self._told = here
        if not changed:
            return
        found = await Interaction.select(Interaction.id, Interaction.agent).where(
            Interaction.visitor.is_in(changed), Interaction.state.is_in(list(OPEN))
        )
        for row in found:
            if row["agent"]:
                await self._hub.publish("agent", row["agent"], "interaction", interaction=row["id"])
        waiting = [row["id"] for row in found if not row["agent"]]
        if waiting:
            await self._tell_offered(waiting)

    async def _tell_offered(self, waiting: list[int]) -> None:
        offered = await Offer.select(Offer.agent).where(
            Offer.interaction.is_in(waiting), Offer.outcome == ""
        )
        for row in offered:
            await self._hub.publish("agent", row["agent"], "offers")
