"""The verbs of an agent: their availability."""

from piccolo.columns.combination import Or, Where

from app.agents.events import AvailabilityChanged
from app.agents.tables import Agent, AwayReason, StatusChange
from app.database import tell, unit_of_work
from app.languages import LANGUAGES, N_
from app.moments import now
from app.problems import Invalid

AVAILABLE, OFFLINE = N_("Available"), N_("Offline")
NOT_RESPONDING = N_("Away: not responding")
OURS = {str(one): one for one in (AVAILABLE, OFFLINE, NOT_RESPONDING)}
# Why a status changed.
CHOSEN, SIGNED_IN, SIGNED_OUT = "chosen", "signed in", "signed out"
SUPERVISOR, GONE, MISSES = "supervisor", "gone", "not responding"


def status_in_words(status: str) -> str:
    """A status as it is shown: the system's own are translated, those of admins are theirs."""
    return OURS.get(status, status)


async def kind_of(status: str) -> str | None:
    """available, away or offline; None for a status that does not exist."""
    fixed = {str(AVAILABLE): "available", str(OFFLINE): "offline"}.get(status)
    if fixed:
        return fixed
    if not status.isprintable():
        return None
    known = await AwayReason.exists().where(
        AwayReason.name == status, AwayReason.archived_at.is_null()
    )
    return "away" if known else None


async def change_status(agent_id: int, status: str, *, why: str, by: Agent | None = None) -> None:
    """Set the status and record the change; the same status again changes nothing.

    `by` is who set it for the agent; choosing the same oneself makes it one's own.
    """
    kind = "away" if why == MISSES else await kind_of(status)
    if kind is None:
        raise Invalid({"status": N_("There is no such status. Choose one from the menu.")})
    at = now()
    other: Where | Or = Agent.status != status
    if why == CHOSEN:
        other = other | (Agent.status_reason == SUPERVISOR)
    async with unit_of_work():
        changed = (
            await Agent.update(
                {
                    Agent.status: status,
                    Agent.status_kind: kind,
                    Agent.status_since: at,
                    Agent.status_reason: why,
                    Agent.misses: 0,
                }
            )
            .where(Agent.id == agent_id, other)
            .returning(Agent.id)
        )
        if changed:
            await StatusChange.insert(
                StatusChange(
                    agent=agent_id,
                    status=status,
                    kind=kind,
                    reason=why,
                    changed_at=at,
                    changed_by=by.id if by else None,
                )
            )
            tell(AvailabilityChanged(agent_id))


async def choose_language(agent_id: int, language: str) -> None:
    """Speak this language with the agent from now on; empty is their browser's."""
    if language and language not in LANGUAGES:
        raise Invalid({"language": N_("There is no such language. Choose one from the menu.")})
    await Agent.update({Agent.language: language}).where(Agent.id == agent_id)


async def came(agent: Agent) -> None:
    """Somebody signed in: who was offline is available; a chosen absence stays."""
    if agent.status_kind == "offline":
        await change_status(agent.id, AVAILABLE, why=SIGNED_IN)


async def not_responding(agent_id: int, *, after: int) -> None:
    """Offers were not answered, `after` of them in a row: away until the agent chooses again."""
    agent = await Agent.objects().get(Agent.id == agent_id)
    if agent is not None and agent.available and agent.misses >= after:
        await change_status(agent_id, NOT_RESPONDING, why=MISSES)
