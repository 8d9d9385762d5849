"""The earlier chats of a visitor, each by its place among their own: no other can be named."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.contacts.tables import Visitor
from app.interactions.notices import VISITOR
from app.interactions.ownership import first_own
from app.interactions.tables import OPEN, Interaction
from app.interactions.transcript import EntryView, entries_after
from app.problems import NotFound

SHOWN = 20


@dataclass(frozen=True, slots=True)
class EarlierChat:
    """A chat that has ended; `number` counts the visitor's own, the oldest is 1."""

    number: int
    at: datetime


async def earlier_chats(visitor: Visitor, *, but: int = 0) -> list[EarlierChat]:
    """The visitor's newest chats that have ended, oldest first, without the one on the page."""
    found = [
        EarlierChat(number, row["opened_at"])
        for number, row in enumerate(await _own(visitor), start=1)
        if row["id"] != but and row["state"] not in OPEN
    ]
    return found[-SHOWN:]


async def earlier_entries(visitor: Visitor, number: int) -> list[EntryView]:
    """What the visitor sees of one of their chats that have ended; NotFound for any other."""
    rows = await _own(visitor)
    if not 0 < number <= len(rows) or rows[number - 1]["state"] in OPEN:
        raise NotFound
    return await entries_after(rows[number - 1]["id"], 0, audience=VISITOR)


async def _own(visitor: Visitor) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        await Interaction.select(Interaction.id, Interaction.state, Interaction.opened_at)
        .where(Interaction.visitor == visitor.id, Interaction.id >= await first_own(visitor))
        .order_by(Interaction.id)
    )
    return rows
