"""How far each side has got: what was delivered to the visitor, and what either side has seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piccolo.columns import Column
from piccolo.querystring import QueryString

from app.contacts.tables import Visitor
from app.database import tell, unit_of_work
from app.interactions import log, notices
from app.interactions.events import InteractionRead
from app.interactions.log import MESSAGES_OF
from app.interactions.queries import Overview
from app.interactions.tables import Interaction
from app.moments import now


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the other side has got with what this side wrote; `seen_at` is of the last look."""

    id: int
    delivered: int = 0
    seen: int = 0
    seen_at: datetime | None = None


def marks_for(interaction: Overview, audience: str) -> Marks:
    """What this audience is told about the other one."""
    if audience == notices.VISITOR:
        return Marks(
            interaction.id, seen=interaction.agent_read_seq, seen_at=interaction.agent_read_at
        )
    return Marks(
        interaction.id,
        delivered=interaction.contact_delivered_seq,
        seen=interaction.contact_read_seq,
        seen_at=interaction.contact_read_at,
    )


async def read_by_agent(interaction_id: int, *, seq: int) -> None:
    """Note how far the agent has read; what the contact wrote after that stays unread."""
    async with unit_of_work():
        rows = (
            await Interaction.update(
                {
                    Interaction.agent_read_at: _seen_at(
                        interaction_id,
                        log.CONTACT,
                        (Interaction.agent_read_seq, Interaction.agent_read_at),
                        seq,
                    ),
                    Interaction.agent_read_seq: seq,
                    Interaction.unread: QueryString(
                        f"(SELECT count(*) {MESSAGES_OF})", interaction_id, log.CONTACT, seq
                    ),
                }
            )
            .where(
                Interaction.id == interaction_id,
                Interaction.agent_read_seq < seq,
                Interaction.last_seq >= seq,
            )
            .returning(Interaction.visitor, Interaction.agent)
        )
        _tell(interaction_id, rows, notices.AGENT)


async def read_by_visitor(
    visitor: Visitor, interaction_id: int, *, seq: int, delivered: int = 0
) -> None:
    """Note how far the visitor has read, and how far their browser has it."""
    async with unit_of_work():
        reached = await _reached(visitor, interaction_id, delivered=max(seq, delivered))
        rows = (
            await Interaction.update(
                {
                    Interaction.contact_read_at: _seen_at(
                        interaction_id,
                        log.AGENT,
                        (Interaction.contact_read_seq, Interaction.contact_read_at),
                        seq,
                    ),
                    Interaction.contact_read_seq: seq,
                }
            )
            .where(
                Interaction.id == interaction_id,
                Interaction.visitor == visitor.id,
                Interaction.contact_read_seq < seq,
                Interaction.last_seq >= seq,
            )
            .returning(Interaction.visitor, Interaction.agent)
        )
        _tell(interaction_id, rows or reached, notices.VISITOR)


async def _reached(
    visitor: Visitor, interaction_id: int, *, delivered: int
) -> list[dict[str, Any]]:
    return (
        await Interaction.update({Interaction.contact_delivered_seq: delivered})
        .where(
            Interaction.id == interaction_id,
            Interaction.visitor == visitor.id,
            Interaction.contact_delivered_seq < delivered,
            Interaction.last_seq >= delivered,
        )
        .returning(Interaction.visitor, Interaction.agent)
    )


def _seen_at(
    interaction_id: int, author: str, before: tuple[Column, Column], seq: int
) -> QueryString:
    """Now, if a message of that author is seen for the first time; else as it was."""
    read_seq, read_at = before
    return QueryString(
        f"CASE WHEN EXISTS (SELECT 1 {MESSAGES_OF} AND seq <= {{}}) THEN {{}} ELSE {{}} END",
        interaction_id,
        author,
        read_seq,
        seq,
        now(),
        read_at,
    )


def _tell(interaction_id: int, rows: list[dict[str, Any]], by: str) -> None:
    for row in rows:
        tell(InteractionRead(interaction_id, row["visitor"], row["agent"] or 0, by))
