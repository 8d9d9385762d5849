"""Taking something out of use, and bringing it back: what history names is never deleted."""

from datetime import datetime

from piccolo.table import Table

from app.administration.audit import ARCHIVED, RESTORED, record
from app.agents.tables import Agent
from app.moments import now


async def put_away(row: Table, thing: tuple[str, int, str], *, by: Agent) -> None:
    """Archive it, with a record; again changes nothing. Part of a unit of work."""
    if await _set(row, now()):
        await record(by, ARCHIVED, thing)


async def bring_back(row: Table, thing: tuple[str, int, str], *, by: Agent) -> None:
    """Put it into use again, with a record; again changes nothing. Part of a unit of work."""
    if await _set(row, None):
        await record(by, RESTORED, thing)


async def _set(row: Table, at: datetime | None) -> bool:
    """Set when it was archived; False when another request was first."""
    meta = type(row)._meta  # noqa: SLF001 - Piccolo's way to name columns
    archived_at = meta.get_column_by_name("archived_at")
    other = archived_at.is_null() if at else archived_at.is_not_null()
    changed = (
        await type(row)
        .update({archived_at: at})
        .where(meta.primary_key == row.id, other)  # type: ignore[attr-defined]
        .returning(meta.primary_key)
    )
    return bool(changed)
