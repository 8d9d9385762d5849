"""What happens when an agent inserts a response."""

from app.agents.tables import Agent
from app.database import unit_of_work
from app.interactions.queries import Overview
from app.moments import now
from app.problems import NotFound
from app.responses.queries import response_for, values_of
from app.responses.tables import ResponseUse, StandardResponse
from app.responses.variables import filled

COUNT = """
INSERT INTO response_uses (response, agent, used, last_used_at) VALUES ({}, {}, 1, {})
ON CONFLICT (response, agent)
DO UPDATE SET used = response_uses.used + 1, last_used_at = excluded.last_used_at
"""


async def use(response_id: int, *, by: Agent, interaction: Overview) -> str:
    """Count that the agent inserts a response here; gives its text with the places filled."""
    async with unit_of_work():
        response = await response_for(by, response_id)
        if response is None:
            raise NotFound
        await StandardResponse.update({StandardResponse.used: StandardResponse.used + 1}).where(
            StandardResponse.id == response_id
        )
        await ResponseUse.raw(COUNT, response_id, by.id, now())
    return filled(response["body"], values_of(interaction, by))
