"""Who has a live stream, here or in another process; never written to the database."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from app.moments import now
from app.realtime.bus import Topic

# What is known of somebody; the numbers are what travels on the bus.
GONE, HERE, HIDDEN = 0, 1, 2
REMEMBERED = 3600.0


class Seen(NamedTuple):
    """Where somebody is, and since when; `since` is None where nobody remembers."""

    state: int
    since: datetime | None = None


class Stamp(NamedTuple):
    """A moment by the process's own clock, which never jumps, and by the world's."""

    at: float
    when: datetime


class Presence:
    """Counts open streams of this process and remembers what others said.

    Someone stays present for `grace` seconds after their last stream ended, so that a reload
    or a short cut is not an absence. What another process said counts for `trusted` seconds:
    it says so again before that, unless it has died.
    """

    def __init__(
        self, grace: float, clock: Callable[[], float] = time.monotonic, *, trusted: float = 25
    ) -> None:
        self.grace = grace
        self._clock = clock
        self._trusted = trusted
        self._open: Counter[Topic] = Counter()
        self._elsewhere: dict[Topic, float] = {}
        self._seen: dict[Topic, Stamp] = {}
        self._hidden: dict[Topic, datetime] = {}
        self._turns: Counter[Topic] = Counter()
        # Everybody who is in one of these, so that asking for agents passes over no visitor.
        self._known: defaultdict[str, set[Topic]] = defaultdict(set)
        self._followers: list[set[Topic]] = []
        self._began = clock()

    def follow(self) -> set[Topic]:
        """A set into which everybody comes of whom something is heard; who asked empties it.

        So the thousands of whom nothing is heard cost nothing. That a grace has passed is not
        heard: who follows looks again at those without a stream.
        """
        stirred = {who for known in self._known.values() for who in known}
        self._followers.append(stirred)
        return stirred

    def arrive(self, who: Topic) -> None:
        """A stream of theirs opened here."""
        if not self.open(who):
            self._hidden.pop(who, None)
        self._open[who] += 1
        self._stir(who)

    def leave(self, who: Topic) -> None:
        """A stream of theirs ended here."""
        self._open[who] -= 1
        if self._open[who] <= 0:
            del self._open[who]
        self.heard(who)

    def heard(self, who: Topic) -> None:
        """An answer shows that they are there."""
        self._seen[who] = self._stamp()
        self._stir(who)

    def told(self, who: Topic, state: int) -> None:
        """A process says where somebody is who has, or had, a stream there."""
        if state == GONE:
            if self._elsewhere.pop(who, None) is not None:
                self.heard(who)
            return
        if who in self._open:
            return  # known better here; what this process said itself may be older by now
        is_news = self.state_of(who) != state
        self._elsewhere[who] = self._clock()
        self._seen[who] = self._stamp()
        if is_news:
            self.looks(who, state)

    def looks(self, who: Topic, state: int) -> None:
        """Their page says whether they look at it; without a stream that means nothing."""
        self._turns[who] += 1
        if state == HERE or not self.open(who):
            self._hidden.pop(who, None)
        else:
            self._hidden.setdefault(who, now())
        self._stir(who)

    def turns(self, who: Topic) -> int:
        """How often their page has said where they look: a turn there and back is two."""
        return self._turns[who]

    def open(self, who: Topic) -> bool:
        """Whether a stream of theirs is open, here or in another process."""
        told = self._elsewhere.get(who)
        return who in self._open or (told is not None and self._clock() - told < self._trusted)

    def state_of(self, who: Topic) -> int:
        """Whether a stream of theirs is open anywhere, and whether they look at it."""
        return (HIDDEN if who in self._hidden else HERE) if self.open(who) else GONE

    def here(self, who: Topic, grace: float | None = None) -> bool:
        """Whether they have a stream now or had one within the grace."""
        if self.open(who):
            return True
        seen = self._seen.get(who)
        lasts = self.grace if grace is None else grace
        return seen is not None and self._clock() - seen.at < lasts

    def seen(self, who: Topic, grace: float | None = None) -> Seen:
        """Where they are: here, behind another tab since a moment, or gone since one."""
        if not self.here(who, grace):
            last = self._seen.get(who)
            return Seen(GONE, last.when if last else None)
        hidden = self._hidden.get(who)
        return Seen(HIDDEN, hidden) if hidden else Seen(HERE)

    def gone_for(self, who: Topic) -> float:
        """The seconds since they were last seen; at most as long as this process knows."""
        if self.open(who):
            return 0
        last = self._seen.get(who)
        return self._clock() - max(last.at if last else self._began, self._began)

    async def begin_anew(self) -> None:
        """Not everything was heard: nobody counts as gone for longer than from now on."""
        self._began = self._clock()

    def all_here(self, audience: str) -> set[int]:
        """The ids of everybody of this audience who is present."""
        return {who.id for who in self._known[audience] if self.here(who)}

    def open_here(self) -> dict[Topic, int]:
        """Who has a stream in this very process, and whether they look at it."""
        return {who: self.state_here(who) for who in self._open}

    def state_here(self, who: Topic) -> int:
        """Whether they have a stream in this very process, and whether they look at it."""
        return self.state_of(who) if who in self._open else GONE

    def forget_gone(self) -> None:
        """Drop visitors who were last seen too long ago to matter; agents are few, and counted."""
        long_ago = self._clock() - REMEMBERED
        for who in [w for w, last in self._seen.items() if last.at < long_ago and not self.open(w)]:
            if who.audience != "agent":
                self._seen.pop(who)
                self._hidden.pop(who, None)
                self._turns.pop(who, None)
                self._known[who.audience].discard(who)
        for who in [w for w in self._elsewhere if not self.open(w)]:
            del self._elsewhere[who]
            self._stir(who)

    def _stir(self, who: Topic) -> None:
        self._known[who.audience].add(who)
        for stirred in self._followers:
            stirred.add(who)

    def _stamp(self) -> Stamp:
        return Stamp(self._clock(), now())
