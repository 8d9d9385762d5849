"""A supervisor takes an interaction over: from a queue, an offer or another agent."""

from app.agents.tables import Agent
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged
from app.interactions.log import notice
from app.interactions.tables import ACTIVE, OPEN, Interaction
from app.languages import N_
from app.moments import now
from app.problems import Refused
from app.routing.events import InteractionTakenOver
from app.routing.offers import withdraw_all

MOVED = N_("Nothing was changed: it has ended, or somebody else has taken it in the meantime.")


async def take_over(interaction_id: int, *, by: Agent, had_by: int | None) -> None:
    """Make it the supervisor's; refused unless `had_by` (None: nobody) still has it.

    Whoever was offered it is not any more. Capacity does not count: the supervisor knows.
    """
    if had_by == by.id:
        raise Refused(N_("It is with you already."))
    still = Interaction.agent == had_by if had_by else Interaction.agent.is_null()
    async with unit_of_work():
        written = await log.write(
            interaction_id,
            notice("taken_over", agent=by.id),
            states=OPEN,
            refusal=MOVED,
            changes={
                Interaction.state: ACTIVE,
                Interaction.agent: by.id,
                Interaction.forwarded_by: None,
                Interaction.accepted_at: now(),
                Interaction.wrap_up_until: None,
            },
            conditions=(still,),
        )
        await withdraw_all(written.id, taken_by=by.id)
        tell(InteractionChanged(written.id, written.visitor, by.id))
        tell(InteractionTakenOver(written.id, had_by or 0, by.id))
