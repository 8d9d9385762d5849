"""Tells the pages that show a contact that it is another one now."""

from app.database import tell
from app.interactions.events import InteractionChanged, InteractionRenamed
from app.interactions.tables import OPEN, Interaction
from app.moments import ago

DAY = 24 * 3600


async def tell_of(contact_id: int) -> None:
    """Tell whoever has a chat of the contact in a list or an offer; within a unit of work."""
    rows = await Interaction.select(Interaction.id, Interaction.visitor, Interaction.agent).where(
        Interaction.contact == contact_id,
        Interaction.state.is_in(list(OPEN)) | (Interaction.archived_at > ago(DAY)),
    )
    for row in rows:
        tell(InteractionChanged(row["id"], row["visitor"], row["agent"] or 0))
        tell(InteractionRenamed(row["id"]))
