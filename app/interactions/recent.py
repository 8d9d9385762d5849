"""The newest entries as partials: read and rendered once, however many pages are told of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from app.interactions.events import InteractionChanged
from app.interactions.transcript import Near, entry_in, near
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
    """Entries by interaction and number: read for everybody, rendered by audience and language."""

    def __init__(self) -> None:
        self._read = _Made()
        self._rendered = _Made()

    async def partial(self, interaction_id: int, seq: int, *, audience: str) -> Partial | None:
        """The entry's partial in the current language; None where this audience sees none."""
        key = (interaction_id, seq, audience, current())
        found: Partial | None = await self._rendered.get(key, lambda: self._render(*key[:3]))
        return found

    async def changed(self, fact: InteractionChanged) -> None:
        """Forget its entries: if it was removed, SQLite gives its number to the next one."""
        self._read.forget(fact.interaction)
        self._rendered.forget(fact.interaction)

    async def _render(self, interaction_id: int, seq: int, audience: str) -> Partial | None:
        key = (interaction_id, seq)
        read: Near = await self._read.get(key, lambda: near(*key))
        entry = await entry_in(read, audience=audience)
        if entry is None:
            return None
        return Partial(render("interactions/_entry.html", entry=entry), entry.side)


class _Made:
    """What was made a moment ago, by key; who asks meanwhile waits for the same."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], tuple[float, asyncio.Future[Any]]] = {}

    async def get(self, key: tuple[Any, ...], make: Callable[[], Awaitable[Any]]) -> Any:
        while True:
            at = time.monotonic()
            made = self._made.get(key)
            if made is None or at - made[0] > KEPT_SECONDS:
                return await self._make(key, at, make)
            await asyncio.wait({made[1]})
            if not made[1].cancelled():
                return made[1].result()

    async def _make(
        self, key: tuple[Any, ...], at: float, make: Callable[[], Awaitable[Any]]
    ) -> Any:
        """Make it here and now: a task for each would take as long as the making."""
        self._forget_old(at)
        promise = asyncio.get_running_loop().create_future()
        self._made[key] = (at, promise)
        try:
            result = await make()
        except BaseException:
            # Whoever waits tries again; it may be only this one who was cut off.
            self._made.pop(key, None)
            promise.cancel()
            raise
        promise.set_result(result)
        return result

    def forget(self, interaction_id: int) -> None:
        for key in [key for key in self._made if key[0] == interaction_id]:
            del self._made[key]

    def _forget_old(self, at: float) -> None:
        """The oldest come first, so that looking ends at the first that is kept."""
        while self._made:
            key = next(iter(self._made))
            if at - self._made[key][0] <= KEPT_SECONDS and len(self._made) < KEPT:
                return
            del self._made[key]
