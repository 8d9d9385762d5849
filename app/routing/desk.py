"""When routing runs: after facts that can change the answer, and from a one-second sweep."""

import asyncio

from app.accounts.events import SignedIn
from app.agents.events import AvailabilityChanged
from app.interactions.events import InteractionClosed, InteractionQueued
from app.realtime.presence import Presence
from app.routing import service
from app.routing.events import OfferEnded
from app.routing.offers import withdraw_all

SWEEP_SECONDS = 1.0


class Desk:
    """Runs routing in one task of its own, so that a burst of facts makes one pass, not many."""

    def __init__(self, presence: Presence, *, again_after: float) -> None:
        self._presence = presence
        self._again_after = again_after
        self._due = asyncio.Event()

    async def look(
        self, _: SignedIn | AvailabilityChanged | InteractionQueued | OfferEnded | None = None
    ) -> None:
        """Something changed: look soon who can take what waits."""
        self._due.set()

    async def closed(self, fact: InteractionClosed) -> None:
        """An interaction ended: its offers are void, and its agent may have room."""
        await withdraw_all(fact.interaction)
        self._due.set()

    async def work(self) -> None:
        """Pass when something changed; called again and again."""
        await self._due.wait()
        self._due.clear()
        await service.offer_waiting(
            present=self._presence.all_here("agent"), again_after=self._again_after
        )

    async def sweep(self) -> None:
        """End due offers, and look even where no fact was heard: a pause is over, a fact lost."""
        await service.end_due_offers()
        self._due.set()
