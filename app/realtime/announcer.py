"""Tells every process who has a stream in this one, so that presence is one for all of them."""

from collections import defaultdict
from collections.abc import Iterable

from app.realtime.bus import Signal, Topic
from app.realtime.hub import Hub
from app.realtime.presence import GONE, Presence

# In seconds; others believe it a little longer than twice this.
AGAIN = 10
BATCH = 500


class Announcer:
    """Says what changed each second, and all of it every ten: whoever missed it hears it then.

    A signal is for nobody in particular (id 0) and says of each id of its audience where that
    one is.
    """

    def __init__(self, hub: Hub, presence: Presence) -> None:
        self._hub = hub
        self._presence = presence
        self._stirred = presence.follow()
        self._said: dict[Topic, int] = {}
        self._rounds = 0
        hub.reacts("presence", self.heard)
        hub.reacts("looks", self.looked)
        hub.after_loss(self.repeat)

    async def announce(self) -> None:
        """Say who came, went or looks elsewhere; called once a second."""
        everybody = self._rounds % AGAIN == 0
        self._rounds += 1
        stirred = set(self._stirred)
        self._stirred.clear()
        if everybody:
            stirred |= self._said.keys() | self._presence.open_here().keys()
        states = {who: self._presence.state_here(who) for who in stirred}
        changed = {
            who: state
            for who, state in states.items()
            if state != self._said.get(who, GONE) or (everybody and state != GONE)
        }
        for who, state in changed.items():
            if state == GONE:
                del self._said[who]
            else:
                self._said[who] = state
        await self._say("presence", changed)

    async def repeat(self) -> None:
        """Say all of it the next time: others may have missed it."""
        self._rounds = 0

    async def say(self, who: Topic, state: int) -> None:
        """Pass on whether somebody looks at their page, whichever process has its stream."""
        await self._say("looks", {who: state})

    async def heard(self, signal: Signal) -> None:
        """Remember what a process says, this one included."""
        for number, state in signal.ids.items():
            who = Topic(signal.topic.audience, int(number))
            if state == GONE and self._said.pop(who, None) is not None:
                self._stirred.add(who)
                continue  # gone from another process, not from this one: say so
            self._presence.told(who, state)

    async def looked(self, signal: Signal) -> None:
        """Remember whether somebody looks at their page."""
        for number, state in signal.ids.items():
            self._presence.looks(Topic(signal.topic.audience, int(number)), state)

    async def _say(self, kind: str, states: dict[Topic, int]) -> None:
        of: dict[str, dict[str, int]] = defaultdict(dict)
        for who, state in states.items():
            of[who.audience][str(who.id)] = state
        for audience, ids in of.items():
            for some in _batches(list(ids.items())):
                await self._hub.publish(audience, 0, kind, **dict(some))


def _batches(items: list[tuple[str, int]]) -> Iterable[list[tuple[str, int]]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
