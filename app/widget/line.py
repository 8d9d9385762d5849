"""Tells visitors who wait how many are before them, whenever that changes."""

from typing import Any

from app.languages import speaking
from app.realtime import frames
from app.realtime.bus import Signal, Topic
from app.realtime.hub import Hub, by_language
from app.routing.line import Place, places
from app.web.responses import partial_for
from app.web.templates import render

KIND = "line_moved"


class WaitingLine:
    """Compares where everybody stands with what was told last, after facts that may move it.

    Every process hears that a line has moved and tells the visitors whose streams it has.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._told: dict[int, int] = {}
        self._moved = True
        hub.reacts(KIND, self._heard)

    async def changed(self, _: Any) -> None:
        """Somebody came, was taken up, left or was put elsewhere: let every process look."""
        await self._hub.publish("line", 0, KIND)

    async def tell_changes(self) -> None:
        """Tell those whose place is another than what was told last."""
        if not self._moved:
            return
        self._moved = False
        now = await places()
        moved = [one for one in now if self._told.get(one.interaction) != one.before]
        self._told = {one.interaction: one.before for one in now}
        for place in moved:
            streams = self._hub.streams_of(Topic("visitor", place.visitor))
            for language, readers in by_language(streams):
                with speaking(language):
                    frame = line_frame(place)
                for stream in readers:
                    stream.push(frame)

    async def _heard(self, _: Signal) -> None:
        self._moved = True


def line_frame(place: Place) -> bytes:
    """The place as a visitor's page takes it."""
    text = render("widget/_line.html", line=place)
    return frames.html(partial_for(f"#line_{place.interaction}", text))
