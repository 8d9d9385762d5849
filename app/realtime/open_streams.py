"""Opening and closing streams: subscription, presence and caps in one place."""

from collections.abc import Awaitable, Callable

from litestar.types import ASGIApp

from app.languages import N_
from app.realtime.bus import Topic
from app.realtime.hub import Hub, farewell
from app.realtime.presence import Presence
from app.realtime.stream import Stream, streaming
from app.settings import Settings

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
        stream = Stream(topic, key, address, backlog, also)
        return streaming(
            stream,
            catch_up,
            enter=self.enter,
            leave=self.leave,
            heartbeat=self._settings.heartbeat_seconds,
            send_timeout=self._settings.send_timeout_seconds,
        )

    def enter(self, stream: Stream) -> None:
        """Subscribe the stream; its reader is present from now on."""
        if stream.topic.audience == "visitor":
            self._make_room(stream)
        self._hub.open(stream)
        self._presence.arrive(stream.topic)

    def leave(self, stream: Stream) -> None:
        """Forget the stream."""
        self._hub.close(stream)
        self._presence.leave(stream.topic)
        at_address = self._by_address.get(stream.address, [])
        if stream in at_address:
            at_address.remove(stream)
        if not at_address:
            self._by_address.pop(stream.address, None)

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
