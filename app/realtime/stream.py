"""One open stream of one page: a bounded queue of frames, and how it is sent."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError

from app import languages
from app.metrics.numbers import DELIVERY
from app.moments import microseconds
from app.realtime import frames
from app.realtime.bus import Topic

log = structlog.get_logger()


def ready() -> bytes:
    """Connected: the page asks for what is after its last number, and sets its clock."""
    return frames.named("ready", now=round(time.time() * 1000))


@dataclass(eq=False)
class Stream:
    """The frames that wait for one reader.

    `topic` is whose stream it is, `also` what else it hears. `key` names what the stream was
    opened with (a session, a visitor) so that it can be revoked; `address` is the reader's, and
    `language` the one of the request that opened it, as of the page around. A reader that falls
    behind loses its frames and is told to catch up, which reads the same from the log.
    """

    topic: Topic
    key: str
    address: str
    backlog: int
    also: tuple[Topic, ...] = ()
    language: str = field(default_factory=languages.current)
    _frames: deque[bytes] = field(default_factory=deque)
    _stored: list[int] = field(default_factory=list)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Everything that it hears."""
        return (self.topic, *self.also)

    def push(self, frame: bytes, at: int = 0) -> None:
        """Queue a frame; with the microsecond when it was stored, its delivery is measured."""
        if self._closing:
            return
        if len(self._frames) >= self.backlog:
            self.catch_up()
            return
        self._frames.append(frame)
        if at:
            self._stored.append(at)
        self._woken.set()

    def catch_up(self) -> None:
        """Drop what waits and let the page ask for what is after its last number."""
        if self._closing:
            return
        self._drop()
        self._frames.append(ready())
        self._woken.set()

    def close(self, farewell: bytes = b"") -> None:
        """End the stream after a last frame, without waiting for those before it."""
        self._drop()
        if farewell:
            self._frames.append(farewell)
        self._closing = True
        self._woken.set()

    async def waiting(self) -> AsyncIterator[bytes]:
        """The frames as they come, until the stream is closed; several at once are joined."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._frames:
                joined = b"".join(self._frames)
                stored = self._stored
                self._drop()
                yield joined
                _measure(stored)  # whoever takes the frames comes back once they are written
            if self._closing and not self._frames:  # its farewell may have come while it sent
                return

    def _drop(self) -> None:
        self._frames.clear()
        self._stored = []


def _measure(stored: list[int]) -> None:
    written = microseconds()
    for at in stored:
        DELIVERY.observe(max(0, written - at) / 1_000_000)


def streaming(
    stream: Stream,
    catch_up: Callable[[], Awaitable[bytes]],
    *,
    enter: Callable[[Stream], None],
    leave: Callable[[Stream], None],
    heartbeat: float,
    send_timeout: float,
) -> ASGIApp:
    """The answer that is this stream: subscribed first, then what was missed, then what comes.

    `leave` runs however the stream ends; it must not wait for anything, because the task around
    it may be cancelled.
    """

    async def events() -> AsyncIterator[bytes]:
        yield await catch_up() + ready()
        async for frame in stream.waiting():
            yield frame

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = EventSourceResponse(
            events(),
            ping=heartbeat,
            ping_message_factory=lambda: ServerSentEvent("{}", event="beat", sep="\n"),
            sep="\n",
            send_timeout=send_timeout,
        )
        enter(stream)
        try:
            await response(scope, receive, send)  # type: ignore[arg-type]  # Starlette's own types
            if response.active:  # the server stops: without an end uvicorn reports an error
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except SendTimeoutError:
            log.info("stream closed, its reader takes nothing", audience=stream.topic.audience)
        finally:
            leave(stream)

    return answer
