"""The hub of a process: which streams are open here, and what a signal becomes for them."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import structlog

from app.languages import shown, speaking
from app.realtime import frames
from app.realtime.bus import Bus, Lost, Signal, Topic
from app.realtime.stream import Stream

log = structlog.get_logger()

Renderer = Callable[[Signal], Awaitable[bytes]]
Reaction = Callable[[Signal], Awaitable[None]]


class Hub:
    """Renders each signal once in each language of the streams it is for, and pushes it.

    A signal whose topic has no stream here costs one look into a dictionary.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._streams: dict[Topic, list[Stream]] = {}
        self._renderers: dict[tuple[str, str], Renderer] = {}
        self._reactions: dict[str, Reaction] = {}
        self._echoes: dict[int, asyncio.Event] = {}
        self.reacts("echo", self._heard_echo)
        self._after_loss: list[Callable[[], Awaitable[None]]] = []

    def renders(self, audience: str, kind: str, renderer: Renderer) -> None:
        """What signals of this kind look like for this audience."""
        self._renderers[audience, kind] = renderer

    def reacts(self, kind: str, reaction: Reaction) -> None:
        """What this process does about signals of this kind, whether or not streams are open."""
        self._reactions[kind] = reaction

    def after_loss(self, work: Callable[[], Awaitable[None]]) -> None:
        """What to do, besides catching up, when signals may have been lost."""
        self._after_loss.append(work)

    async def while_deaf(self) -> None:
        """Do that also while other processes are not heard; called again and again."""
        if not self._bus.hears:
            await self._check_after_loss()

    async def publish(self, audience: str, recipient: int, kind: str, **ids: int) -> None:
        """Signal something to one recipient, wherever their streams are.

        With `at`, the microsecond when it was stored, its delivery is measured.
        """
        await self._bus.publish(Signal(Topic(audience, recipient), kind, ids))

    async def echo(self) -> None:
        """Send a signal to this process and wait until it has come back."""
        number = secrets.randbelow(2**31)
        heard = self._echoes[number] = asyncio.Event()
        try:
            await self.publish("process", number, "echo")
            await heard.wait()
        finally:
            del self._echoes[number]

    async def _heard_echo(self, signal: Signal) -> None:
        waiting = self._echoes.get(signal.topic.id)
        if waiting:
            waiting.set()

    def open(self, stream: Stream) -> None:
        """Subscribe a stream to its topics; from now on it misses nothing."""
        for topic in stream.topics:
            self._streams.setdefault(topic, []).append(stream)

    def close(self, stream: Stream) -> None:
        """Forget a stream that ended."""
        for topic in stream.topics:
            streams = self._streams.get(topic, [])
            if stream in streams:
                streams.remove(stream)
            if not streams:
                self._streams.pop(topic, None)

    def streams(self, audience: str) -> list[Stream]:
        """The open streams of an audience, oldest first for each recipient."""
        return [
            s for topic, all_ in self._streams.items() if topic.audience == audience for s in all_
        ]

    def count(self) -> Counter[str]:
        """How many streams are open here, by the audience that they are for."""
        return Counter(
            stream.topic.audience
            for topic, streams in self._streams.items()
            for stream in streams
            if stream.topic == topic
        )

    def streams_of(self, topic: Topic) -> list[Stream]:
        """The open streams of one recipient, oldest first."""
        return list(self._streams.get(topic, []))

    async def run(self) -> None:
        """Pass on signals until cancelled."""
        async for signal in self._bus.signals():
            try:
                if isinstance(signal, Lost):
                    await self._catch_up_all()
                else:
                    await self._pass_on(signal)
            except asyncio.CancelledError:
                raise
            except Exception:  # one signal that fails must not silence the others
                log.exception("signal failed")
                if isinstance(signal, Signal):
                    for stream in self.streams_of(signal.topic):
                        stream.catch_up()

    async def _catch_up_all(self) -> None:
        for streams in list(self._streams.values()):
            for stream in streams:
                stream.catch_up()
        await self._check_after_loss()

    async def _check_after_loss(self) -> None:
        for work in self._after_loss:
            await work()

    async def _pass_on(self, signal: Signal) -> None:
        reaction = self._reactions.get(signal.kind)
        if reaction:
            await reaction(signal)
        renderer = self._renderers.get((signal.topic.audience, signal.kind))
        if renderer is None or signal.topic not in self._streams:
            return
        for language, streams in by_language(self.streams_of(signal.topic)):
            with speaking(language):
                frame = await renderer(signal)
            for stream in streams:
                stream.push(frame, signal.ids.get("at", 0))


def by_language(streams: Iterable[Stream]) -> list[tuple[str, list[Stream]]]:
    """The streams of each language, in their order."""
    found: dict[str, list[Stream]] = {}
    for stream in streams:
        found.setdefault(stream.language, []).append(stream)
    return list(found.items())


def farewell(stream: Stream, reason: str, *, state: str = "ended") -> bytes:
    """The last frame of a stream that must not come back: why, in words, and the page's state."""
    with speaking(stream.language):
        return frames.named("bye", reason=shown(reason), state=state)
