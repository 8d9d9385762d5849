"""Who is typing: told over the bus to the other side, and never written down."""

from dataclasses import dataclass
from datetime import datetime

from app.interactions import notices
from app.interactions.queries import Overview
from app.interactions.tables import ACTIVE
from app.languages import N_
from app.realtime.hub import Hub


@dataclass(frozen=True, slots=True)
class TypingSign:
    """Somebody was typing at this moment; the page forgets it after some seconds."""

    name: str
    at: datetime


TYPING_FAST = N_("Somebody types very fast.")


async def visitor_types(hub: Hub, interaction: Overview) -> None:
    """The agent who has the interaction sees that the visitor is typing."""
    if interaction.state == ACTIVE and interaction.agent:
        await hub.publish(notices.AGENT, interaction.agent, "typing", interaction=interaction.id)


async def agent_types(hub: Hub, interaction: Overview) -> None:
    """The visitor sees that the agent is typing a message; a note is typed unseen."""
    if interaction.state == ACTIVE:
        await hub.publish(
            notices.VISITOR, interaction.visitor, "typing", interaction=interaction.id
        )
