"""When routing runs: after facts that can change the answer, and from a one-second sweep."""

import asyncio

from app.accounts.events import SignedIn
from app.agents.events import AvailabilityChanged
from app.agents.service import not_responding
from app.interactions.events import InteractionClosed, InteractionQueued
from app.realtime.bus import Topic
from app.realtime.presence import Presence
from app.routing import service
from app.routing.absence import give_back_of_vanished
from app.routing.events import InteractionTakenOver, OfferEnded
from app.routing.offers import withdraw_all
from app.routing.service import Rules

SWEEP_SECONDS = 1.0


class Desk:
    """Runs routing in one task of its own, so that a burst of facts makes one pass, not many."""

    def __init__(self, presence: Presence, rules: Rules) -> None:
        self._presence = presence
        self._rules = rules
        self._due = asyncio.Event()

    async def look(
        self,
        _: SignedIn
        | AvailabilityChanged
        | InteractionQueued
        | InteractionTakenOver
        | OfferEnded
        | None = None,
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
        await service.offer_waiting(present=self._presence.all_here("agent"), rules=self._rules)

    async def sweep(self) -> None:
        """End what is due, and look even where no fact was heard: a pause is over, a fact lost."""
        for agent in await service.end_due_offers(self._rules):
            await not_responding(agent, after=self._rules.misses)
        await service.end_long_waits()
        await give_back_of_vanished(self._gone)
        self._due.set()

    def _gone(self, agent_id: int) -> bool:
        return self._presence.gone_for(Topic("agent", agent_id)) > self._rules.gone_after
