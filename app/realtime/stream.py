"""One open stream of one page: a bounded queue of frames, and how it is sent."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send
from sse_starlette import EventSourceResponse

from app import languages
from app.metrics.numbers import DELIVERY
from app.moments import microseconds
from app.realtime import frames
from app.realtime.bus import Topic

log = structlog.get_logger()

Beginning = Callable[[], Awaitable[bytes]]
BEAT = frames.named("beat")


def ready() -> bytes:
    """Connected: the page asks for what is after its last number, and sets its clock."""
    return frames.named("ready", now=round(time.time() * 1000))


@dataclass(eq=False, slots=True)
class Stream:
    """The frames that wait for one reader; iterating over it gives what is to be sent next.

    `topic` is whose stream it is, `also` what else it hears. `key` names what the stream was
    opened with (a session, a visitor) so that it can be revoked; `address` is the reader's, and
    `language` the one of the request that opened it, as of the page around. `beginning` finds
    what it begins with. A reader that falls behind loses its frames and is told to catch up,
    which reads the same from the log.

    There are thousands of them, nearly all idle: what one holds while it waits is counted.
    """

    topic: Topic
    key: str
    address: str
    backlog: int
    also: tuple[Topic, ...] = ()
    language: str = field(default_factory=languages.current)
    beginning: Beginning | None = None
    # When sending began, or else when it ended.
    since: float = field(default_factory=time.monotonic)
    sending: bool = False
    patience: asyncio.Timeout | None = None
    _frames: list[bytes] = field(default_factory=list)
    _stored: list[int] = field(default_factory=list)
    _on_their_way: list[int] = field(default_factory=list)
    _news: asyncio.Future[None] | None = None
    _closing: bool = False

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Everything that it hears."""
        return (self.topic, *self.also)

    def push(self, frame: bytes, at: int = 0) -> None:
        """Queue a frame, if there is anything in it.

        With the microsecond when it was stored, its delivery is measured.
        """
        if self._closing or not frame:
            return
        if len(self._frames) >= self.backlog:
            self.catch_up()
            return
        self._frames.append(frame)
        if at:
            self._stored.append(at)
        self._wake()

    def beat(self) -> None:
        """Queue a sign of life, unless something waits that is one."""
        if not self._frames:
            self.push(BEAT)

    def let_go(self) -> None:
        """End it at once, though its reader has not taken what was sent."""
        if self.patience and not self.patience.expired():
            self.patience.reschedule(asyncio.get_running_loop().time())

    def catch_up(self) -> None:
        """Drop what waits and let the page ask for what is after its last number."""
        if self._closing:
            return
        self._drop()
        self._frames.append(ready())
        self._wake()

    def close(self, farewell: bytes = b"") -> None:
        """End the stream after a last frame, without waiting for those before it."""
        self._drop()
        if farewell:
            self._frames.append(farewell)
        self._closing = True
        self._wake()

    def __aiter__(self) -> "Stream":
        """Itself, as it has one reader."""
        return self

    async def __anext__(self) -> bytes:
        """What has come, joined; whoever asks again has written what was given before."""
        self._measure()
        self._turns(sending=False)
        if self.beginning:
            beginning, self.beginning = self.beginning, None
            given = await beginning() + ready()
        else:
            given = await self._next()
        self._turns(sending=True)  # without anything given, the end
        if not given:
            raise StopAsyncIteration
        return given

    async def _next(self) -> bytes:
        while not self._frames:
            if self._closing:
                return b""
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        self._on_their_way = self._stored
        joined = b"".join(self._frames)
        self._drop()
        return joined

    def _wake(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)

    def _turns(self, *, sending: bool) -> None:
        self.sending = sending
        self.since = time.monotonic()

    def _drop(self) -> None:
        self._frames.clear()
        self._stored = []

    def _measure(self) -> None:
        if self._on_their_way:
            written = microseconds()
            for at in self._on_their_way:
                DELIVERY.observe(max(0, written - at) / 1_000_000)
            self._on_their_way = []


def streaming(
    stream: Stream, *, enter: Callable[[Stream], None], leave: Callable[[Stream], None]
) -> ASGIApp:
    """The answer that is this stream: subscribed first, then what was missed, then what comes.

    Beats and timeouts are not its own, but those of who enters it: a task and a timer for each
    stream cost more than all that is sent. `leave` runs however the stream ends; it must not
    wait for anything, because the task around it may be cancelled.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = EventSourceResponse(stream, ping=0, sep="\n")
        enter(stream)
        try:
            async with asyncio.timeout(None) as stream.patience:
                await response(scope, receive, send)  # type: ignore[arg-type]  # Starlette's types
                if response.active:  # the server stops: without an end uvicorn reports an error
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            if stream.patience is None or not stream.patience.expired():
                raise
            log.info("stream closed, its reader takes nothing", audience=stream.topic.audience)
        finally:
            leave(stream)

    return answer
