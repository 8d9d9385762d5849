"""Who may see which interaction: the lookup is the permission."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from app.accounts.access import signed_in
from app.agents.tables import Agent
from app.database import fetch
from app.interactions.queries import Overview, overview
from app.interactions.tables import ACTIVE, ARCHIVED, MISSED
from app.languages import N_
from app.problems import NotFound, Refused

LARGEST_ID = 2**31 - 1
ENDED = {ARCHIVED, MISSED}
HOLDS = f"""
SELECT 1 FROM interactions WHERE contact = {{}} AND agent = {{}} AND state = '{ACTIVE}' LIMIT 1
"""  # noqa: S608 - a state's name
WHOSE = "SELECT agent FROM interactions WHERE id = {}"
NOT_YOURS = N_("Another agent has this interaction, so nothing was changed.")


async def interaction_for(agent: Agent, interaction_id: int) -> Overview:
    """The interaction if it is or was this agent's, or the agent supervises; else NotFound."""
    interaction = await overview(known_id(interaction_id))
    if interaction is None or not _may_see(agent, interaction.agent):
        raise NotFound
    return interaction


def _may_see(agent: Agent, whose: int | None) -> bool:
    return whose == agent.id or agent.may("supervisor")


async def provide_interaction(
    request: Request[Any, Any, Any], interaction_id: FromPath[int]
) -> Overview:
    """The interaction of the path, found through the agent of the request."""
    return await interaction_for(signed_in(request).agent, interaction_id)


def known_id(interaction_id: int) -> int:
    """The number, if an interaction can have it."""
    if not 0 < interaction_id <= LARGEST_ID:
        raise NotFound
    return interaction_id


async def check_own(agent: Agent, interaction_id: int) -> None:
    """Refuse whoever may not write in it: as not found, or because somebody else has it."""
    found = await fetch(WHOSE, known_id(interaction_id))
    whose = found[0]["agent"] if found else None
    if not found or not _may_see(agent, whose):
        raise NotFound
    if whose != agent.id:
        raise Refused(NOT_YOURS)


async def readable_for(agent: Agent, interaction_id: int) -> Overview:
    """The interaction to read only: also an ended one of a contact whom the agent talks with."""
    interaction = await overview(interaction_id) if 0 < interaction_id <= LARGEST_ID else None
    if interaction is None or not (
        _may_see(agent, interaction.agent)
        or (interaction.state in ENDED and await holds_chat_of(agent, interaction.contact))
    ):
        raise NotFound
    return interaction


async def holds_chat_of(agent: Agent, contact_id: int) -> bool:
    """Whether the agent has an active interaction of this contact."""
    return bool(await fetch(HOLDS, contact_id, agent.id))


async def provide_readable(
    request: Request[Any, Any, Any], interaction_id: FromPath[int]
) -> Overview:
    """The interaction of the path, for those who only read it."""
    return await readable_for(signed_in(request).agent, interaction_id)


def check_mine(interaction: Overview, agent: Agent) -> None:
    """Refuse a write to an interaction that somebody else has; its state is the verb's matter."""
    if interaction.agent != agent.id:
        raise Refused(NOT_YOURS)
