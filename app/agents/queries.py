"""Reads about agents."""

from app.agents.tables import Agent, StatusChange
from app.problems import NotFound


async def agent_with_id(agent_id: int) -> Agent:
    """The agent with this id; agents are never deleted, so a missing one is NotFound."""
    agent = await Agent.objects().get(Agent.id == agent_id)
    if agent is None:
        raise NotFound
    return agent


async def who_set_status(agent_id: int) -> str:
    """The name of the supervisor who set the agent's present status; empty for anybody else."""
    row = (
        await StatusChange.select(StatusChange.changed_by.name)
        .where(StatusChange.agent == agent_id)
        .order_by(StatusChange.id, ascending=False)
        .first()
    )
    return (row and row["changed_by.name"]) or ""
