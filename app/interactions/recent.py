"""The newest entries as partials: read and rendered once, however many pages are told of them."""

import asyncio
import time
from typing import NamedTuple

from app.interactions.events import InteractionChanged
from app.interactions.transcript import entry_at
from app.languages import current
from app.web.templates import render

# Long enough for the reply and every push of one message; a renamed agent is not shown for longer.
KEPT_SECONDS = 2
KEPT = 1_000


class Partial(NamedTuple):
    """An entry's HTML for one audience, and who wrote it: contact, agent or system."""

    html: str
    side: str


class RecentEntries:
    """Entries by interaction, number, audience and language."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int, str, str], tuple[float, asyncio.Task[Partial | None]]] = {}

    async def partial(self, interaction_id: int, seq: int, *, audience: str) -> Partial | None:
        """The entry's partial in the current language; None where this audience sees none."""
        key = (interaction_id, seq, audience, current())
        at = time.monotonic()
        made = self._made.get(key)
        if made is None or at - made[0] > KEPT_SECONDS or _failed(made[1]):
            self._forget_old(at)
            made = (at, asyncio.create_task(_made(interaction_id, seq, audience)))
            self._made[key] = made
        # Whoever goes must not take it from the others who wait for it.
        return await asyncio.shield(made[1])

    async def changed(self, fact: InteractionChanged) -> None:
        """Forget its entries: if it was removed, SQLite gives its number to the next one."""
        for key in [key for key in self._made if key[0] == fact.interaction]:
            del self._made[key]

    def _forget_old(self, at: float) -> None:
        """The oldest come first, so that looking ends at the first that is kept."""
        for key, (made_at, _) in list(self._made.items()):
            if at - made_at <= KEPT_SECONDS and len(self._made) < KEPT:
                return
            del self._made[key]


def _failed(task: asyncio.Task[Partial | None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _made(interaction_id: int, seq: int, audience: str) -> Partial | None:
    entry = await entry_at(interaction_id, seq, audience=audience)
    if entry is None:
        return None
    return Partial(render("interactions/_entry.html", entry=entry), entry.side)
