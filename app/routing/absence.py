"""What happens to the interactions of an agent who has vanished."""

from collections.abc import Callable

from app.agents.queries import agent_with_id
from app.agents.service import GONE, OFFLINE, change_status
from app.database import fetch
from app.interactions.tables import ACTIVE
from app.problems import Refused
from app.routing.forwarding import give_back

KEEPING = """
SELECT DISTINCT agent FROM interactions WHERE state = {} AND awaiting_reply_since IS NOT NULL
"""
KEPT_WAITING = """
SELECT id FROM interactions
WHERE agent = {} AND state = {} AND awaiting_reply_since IS NOT NULL
"""


async def give_back_of_vanished(gone: Callable[[int], bool]) -> None:
    """Put first in line whom a vanished agent keeps waiting; the agent is offline from now on."""
    keeping = [row["agent"] for row in await fetch(KEEPING, ACTIVE)]
    for agent in [await agent_with_id(one) for one in keeping if gone(one)]:
        for row in await fetch(KEPT_WAITING, agent.id, ACTIVE):
            try:
                await give_back(row["id"], agent=agent)
            except Refused:
                continue  # answered or taken in the meantime
            await change_status(agent.id, OFFLINE, why=GONE)
