"""Which contacts an agent may see: those of their own interactions, or all for supervisors."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from app.accounts.access import signed_in
from app.agents.tables import Agent
from app.contacts.queries import contact_with_id
from app.contacts.tables import Contact
from app.interactions.tables import Interaction
from app.problems import NotFound


async def contact_for(agent: Agent, contact_id: int) -> Contact:
    """The contact, found through an interaction that the agent may see; else NotFound."""
    contact = await contact_with_id(contact_id)
    if contact is None or not (agent.may("supervisor") or await _met(agent, contact)):
        raise NotFound
    return contact


async def _met(agent: Agent, contact: Contact) -> bool:
    return bool(
        await Interaction.exists().where(
            Interaction.contact == contact.id, Interaction.agent == agent.id
        )
    )


async def provide_contact(request: Request[Any, Any, Any], contact_id: FromPath[int]) -> Contact:
    """The contact of the path, found through the agent of the request."""
    return await contact_for(signed_in(request).agent, contact_id)
