"""The verbs of an agent: their availability."""

from app.agents.events import AvailabilityChanged
from app.agents.tables import Agent, AwayReason, StatusChange
from app.database import tell, unit_of_work
from app.moments import now
from app.problems import Invalid

AVAILABLE, OFFLINE = "Available", "Offline"
CHOSEN, SIGNED_IN, SIGNED_OUT = "chosen", "signed in", "signed out"


async def kind_of(status: str) -> str | None:
    """available, away or offline; None for a status that does not exist."""
    fixed = {AVAILABLE: "available", OFFLINE: "offline"}.get(status)
    if fixed:
        return fixed
    if not status.isprintable():
        return None
    return "away" if await AwayReason.exists().where(AwayReason.name == status) else None


async def change_status(agent_id: int, status: str, *, why: str) -> None:
    """Set the status and record the change; the same status again changes nothing."""
    kind = await kind_of(status)
    if kind is None:
        raise Invalid({"status": "There is no such status. Choose one from the menu."})
    at = now()
    async with unit_of_work():
        changed = (
            await Agent.update(
                {Agent.status: status, Agent.status_kind: kind, Agent.status_since: at}
            )
            .where(Agent.id == agent_id, Agent.status != status)
            .returning(Agent.id)
        )
        if changed:
            await StatusChange.insert(
                StatusChange(agent=agent_id, status=status, kind=kind, reason=why, changed_at=at)
            )
            tell(AvailabilityChanged(agent_id))


async def came(agent: Agent) -> None:
    """Somebody signed in: who was offline is available; a chosen absence stays."""
    if agent.status_kind == "offline":
        await change_status(agent.id, AVAILABLE, why=SIGNED_IN)
