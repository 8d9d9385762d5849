"""Opening and closing streams: subscription, presence and caps in one place."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from litestar.types import ASGIApp

from app.languages import N_
from app.realtime.bus import Topic
from app.realtime.hub import Hub, farewell
from app.realtime.presence import Presence
from app.realtime.stream import Stream, streaming
from app.settings import Settings

AT_ONCE = 20
REPLACED = N_("This chat is open in many tabs. It goes on in the newest ones.")


class OpenStreams:
    """Enters streams into the hub and presence, closing the oldest over the caps.

    The caps are for visitors: agents keep their room however many visitors come.
    """

    def __init__(self, hub: Hub, presence: Presence, settings: Settings) -> None:
        self._hub = hub
        self._presence = presence
        self._settings = settings
        self._by_address: dict[str, list[Stream]] = {}
        self._open: set[Stream] = set()
        # How often they are looked after: often enough that no beat and no end is late.
        self.pause = min(1, settings.heartbeat_seconds / 4, settings.send_timeout_seconds / 4)

    def respond(
        self,
        *,
        topic: Topic,
        key: str,
        address: str,
        catch_up: Callable[[], Awaitable[bytes]],
        also: tuple[Topic, ...] = (),
    ) -> ASGIApp:
        """The answer that streams this topic, and what else is heard, to its reader."""
        backlog = self._settings.stream_backlog
        stream = Stream(topic, key, address, backlog, also, beginning=catch_up)
        return streaming(stream, enter=self.enter, leave=self.leave)

    def enter(self, stream: Stream) -> None:
        """Subscribe the stream; its reader is present from now on."""
        if stream.topic.audience == "visitor":
            self._make_room(stream)
        self._open.add(stream)
        self._hub.open(stream)
        self._presence.arrive(stream.topic)

    def leave(self, stream: Stream) -> None:
        """Forget the stream."""
        self._open.discard(stream)
        self._hub.close(stream)
        self._presence.leave(stream.topic)
        at_address = self._by_address.get(stream.address, [])
        if stream in at_address:
            at_address.remove(stream)
        if not at_address:
            self._by_address.pop(stream.address, None)

    async def look_after(self) -> None:
        """Let readers hear a beat who would hear nothing, and go who take nothing.

        One round for all streams. Of many that are due at once only some beat at a time, so that
        what else there is to do comes in between.
        """
        now = time.monotonic()
        # The next round would be too late for who has been silent since then.
        silent = now - self._settings.heartbeat_seconds + self.pause
        frozen = now - self._settings.send_timeout_seconds
        due = []
        for stream in self._open:
            if stream.sending:
                if stream.since < frozen:
                    stream.let_go()
            elif stream.since <= silent:
                due.append(stream)
        for number, stream in enumerate(due, 1):
            stream.beat()
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _make_room(self, stream: Stream) -> None:
        theirs = self._hub.streams_of(stream.topic)
        at_address = self._by_address.setdefault(stream.address, [])
        for crowd, cap in (
            (theirs, self._settings.limit_streams),
            (at_address, self._settings.limit_streams_address),
        ):
            for oldest in crowd[: max(0, len(crowd) - cap + 1)]:
                oldest.close(farewell(oldest, REPLACED))
        at_address.append(stream)
