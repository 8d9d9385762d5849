"""Which attachments somebody may have: those of what they may read."""

from app.agents.tables import Agent
from app.attachments.tables import Attachment
from app.contacts.tables import Visitor
from app.interactions import log
from app.interactions.access import LARGEST_ID, readable_for
from app.interactions.ownership import first_own
from app.interactions.tables import Entry, Interaction
from app.problems import NotFound


async def attachment_for_agent(agent: Agent, attachment_id: int) -> Attachment:
    """The attachment of an interaction that the agent may read; else NotFound."""
    found = await _sent(attachment_id)
    await readable_for(agent, found.interaction)
    return found


async def attachment_for_visitor(visitor: Visitor, attachment_id: int) -> Attachment:
    """The attachment of a message in the visitor's own chats; else NotFound."""
    found = await _sent(attachment_id)
    own = await Interaction.exists().where(
        Interaction.id == found.interaction,
        Interaction.visitor == visitor.id,
        Interaction.id >= await first_own(visitor),
    )
    seen = own and await Entry.exists().where(
        Entry.interaction == found.interaction,
        Entry.seq == found.seq,
        Entry.kind == log.MESSAGE,
    )
    if not seen:
        raise NotFound
    return found


async def _sent(attachment_id: int) -> Attachment:
    found = (
        await Attachment.objects().get(Attachment.id == attachment_id)
        if 0 < attachment_id <= LARGEST_ID
        else None
    )
    if found is None or not found.is_sent:
        raise NotFound
    return found
