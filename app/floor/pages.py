"""The floor as a partial, for the page and for every push."""

from typing import Any

from app.floor.just_now import just_now
from app.floor.queries import floor
from app.realtime.presence import Presence
from app.web.templates import render


async def floor_context(presence: Presence) -> dict[str, Any]:
    """Numbers, tables and lists as they are now."""
    return {"floor": await floor(presence), "happenings": await just_now()}


async def shown_floor(presence: Presence) -> str:
    """The part of the page that changes."""
    return render("floor/_floor.html", **await floor_context(presence))
