"""The floor, live: what happens marks it, and once a second it is shown to those who look."""

from app.agents.events import AvailabilityChanged
from app.floor.pages import shown_floor
from app.interactions.events import (
    EntryWritten,
    InteractionChanged,
    InteractionClosed,
    InteractionQueued,
)
from app.languages import speaking
from app.realtime import frames
from app.realtime.bus import Signal, Topic
from app.realtime.hub import Hub, by_language
from app.realtime.presence import Presence
from app.realtime.stream import Stream
from app.routing.events import OfferEnded, OfferMade
from app.web.responses import partial_for

FLOOR = Topic("floor", 0)
# What may show on it.
FACTS = (
    EntryWritten,
    InteractionChanged,
    InteractionQueued,
    InteractionClosed,
    OfferMade,
    OfferEnded,
    AvailabilityChanged,
)
# In seconds: time alone makes clocks due and queues open, which no fact tells.
AT_LEAST_EVERY = 2


class Broadcasts:
    """Renders the floor at most once a second, in a process where a supervisor looks.

    Any number of facts make one signal a second. It also tells a page on which somebody else's
    transcript is open to ask for what is new in it.
    """

    def __init__(self, hub: Hub, presence: Presence) -> None:
        self._hub = hub
        self._presence = presence
        self._signalled = False
        self._due = False
        self._rounds = 0
        self._shown: dict[Stream, str] = {}
        hub.reacts("floor", self.heard)

    async def changed(self, _: object) -> None:
        """Something happened that may show on the floor."""
        if not self._signalled:
            self._signalled = True
            await self._hub.publish(FLOOR.audience, FLOOR.id, "floor")

    async def heard(self, _: Signal) -> None:
        """Something happened in some process."""
        self._due = True

    async def show(self) -> None:
        """Push the floor where it is not what was pushed last; called once a second."""
        self._signalled = False
        self._rounds += 1
        streams = self._hub.streams_of(FLOOR)
        told = self._due
        if not streams or not (told or self._rounds % AT_LEAST_EVERY == 0):
            self._shown = {one: self._shown[one] for one in streams if one in self._shown}
            return
        self._due = False
        shown: dict[Stream, str] = {}
        for language, readers in by_language(streams):
            with speaking(language):
                floor = await shown_floor(self._presence)
            for stream in readers:
                if self._shown.get(stream) != floor:
                    stream.push(frames.html(partial_for("#floor", floor)))
                if told:
                    stream.push(frames.named("floor"))
                shown[stream] = floor
        self._shown = shown
