"""Which responses a page keeps: the shared ones, or an agent's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request

from app.accounts.access import signed_in
from app.administration.pages import SETTINGS
from app.administration.queues.queries import names
from app.agents.tables import Agent
from app.languages import N_
from app.responses.tables import StandardResponse

SHARED_URL, OWN_URL = f"{SETTINGS}/standard-responses", "/workspace/responses"
EVERYBODY, ONLY_ME = N_("Everybody"), N_("Only me")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The responses that one page keeps for one agent.

    Admins keep, in the settings, those of everybody and of queues; every agent keeps their own,
    and supervisors with them those of queues. `queues` are the queues that may be chosen.
    """

    agent: Agent
    own: bool
    queues: Mapping[int, str]

    @property
    def url(self) -> str:
        """Where the page is."""
        return OWN_URL if self.own else SHARED_URL

    @property
    def nobody_else(self) -> str:
        """Whom a response without a queue is for."""
        return ONLY_ME if self.own else EVERYBODY

    @property
    def owner(self) -> int | None:
        """The agent of a response without a queue."""
        return self.agent.id if self.own else None

    def holds(self) -> Any:
        """The condition under which a response stands here."""
        if not self.own:
            return StandardResponse.agent.is_null()
        mine = StandardResponse.agent == self.agent.id
        if not self.agent.may("supervisor"):
            return mine
        return mine | (StandardResponse.agent.is_null() & StandardResponse.queue.is_not_null())


async def provide_shared(request: Request[Any, Any, Any]) -> Shelf:
    """The responses of everybody and of queues, for an admin."""
    return Shelf(signed_in(request).agent, own=False, queues=await names())


async def provide_own(request: Request[Any, Any, Any]) -> Shelf:
    """The agent's own responses, and for a supervisor those of queues."""
    agent = signed_in(request).agent
    queues = await names() if agent.may("supervisor") else {}
    return Shelf(agent, own=True, queues=queues)
