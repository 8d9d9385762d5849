"""Reads about agents."""

from app.agents.tables import Agent
from app.problems import NotFound


async def agent_with_id(agent_id: int) -> Agent:
    """The agent with this id; agents are never deleted, so a missing one is NotFound."""
    agent = await Agent.objects().get(Agent.id == agent_id)
    if agent is None:
        raise NotFound
    return agent
