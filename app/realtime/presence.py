"""Who has a live stream, here or in another process; never written to the database."""

import time
from collections import Counter
from collections.abc import Callable

from app.realtime.bus import Topic


class Presence:
    """Counts open streams of this process and remembers when others were last heard of.

    Someone stays present for `grace` seconds after their last stream ended, so that a reload
    or a short cut is not an absence.
    """

    def __init__(self, grace: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.grace = grace
        self._clock = clock
        self._open: Counter[Topic] = Counter()
        self._seen: dict[Topic, float] = {}
        self._began = clock()

    def arrive(self, who: Topic) -> None:
        """A stream of theirs opened here."""
        self._open[who] += 1

    def leave(self, who: Topic) -> None:
        """A stream of theirs ended here."""
        self._open[who] -= 1
        if self._open[who] <= 0:
            del self._open[who]
        self._seen[who] = self._clock()

    def heard(self, who: Topic) -> None:
        """Another process has a stream of theirs, or an answer shows that they are there."""
        self._seen[who] = self._clock()

    def here(self, who: Topic, grace: float | None = None) -> bool:
        """Whether they have a stream now or had one within the grace."""
        if who in self._open:
            return True
        seen = self._seen.get(who)
        return seen is not None and self._clock() - seen < (self.grace if grace is None else grace)

    def gone_for(self, who: Topic) -> float:
        """The seconds since they were last seen; at most as long as this process knows."""
        if who in self._open:
            return 0
        return self._clock() - self._seen.get(who, self._began)

    def all_here(self, audience: str) -> set[int]:
        """The ids of everybody of this audience who is present."""
        known = self._open.keys() | self._seen.keys()
        return {who.id for who in known if who.audience == audience and self.here(who)}

    def open_here(self) -> list[Topic]:
        """Who has a stream in this very process."""
        return list(self._open)

    def forget_gone(self) -> None:
        """Drop visitors who were last seen too long ago to matter; agents are few, and counted."""
        for who in [w for w in self._seen if w.audience != "agent" and not self.here(w)]:
            del self._seen[who]
