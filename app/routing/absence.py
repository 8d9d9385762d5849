"""What happens to the interactions of an agent who has vanished."""

from collections.abc import Callable

from app.agents.queries import agent_with_id
from app.agents.service import GONE, OFFLINE, change_status
from app.interactions.tables import ACTIVE, Interaction
from app.problems import Refused
from app.routing.forwarding import give_back


async def give_back_of_vanished(gone: Callable[[int], bool]) -> None:
    """Put first in line whom a vanished agent keeps waiting; the agent is offline from now on."""
    waiting = await Interaction.select(Interaction.id, Interaction.agent).where(
        Interaction.state == ACTIVE, Interaction.awaiting_reply_since.is_not_null()
    )
    for row in waiting:
        if not gone(row["agent"]):
            continue
        agent = await agent_with_id(row["agent"])
        try:
            await give_back(row["id"], agent=agent)
        except Refused:
            continue  # answered or taken in the meantime
        await change_status(agent.id, OFFLINE, why=GONE)
