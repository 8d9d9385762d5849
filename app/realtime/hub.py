"""The hub of a process: which streams are open here, and what a signal becomes for them."""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

import structlog

from app.languages import shown, speaking
from app.realtime import frames
from app.realtime.bus import Bus, Lost, Signal, Topic
from app.realtime.stream import Stream

log = structlog.get_logger()

Renderer = Callable[[Signal], Awaitable[bytes]]
Reaction = Callable[[Signal], Awaitable[None]]
# More signals than that for one recipient: reading everything anew is quicker.
LONGEST_TURN = 1_000
# In seconds: what happened is on its way before how things stand is drawn up.
RIGHT_AFTER = 0.02
Told = tuple[Topic, str, tuple[tuple[str, int], ...]]


class Hub:
    """Renders each signal once in each language of the streams it is for, and pushes it.

    A signal whose topic has no stream here costs one look into a dictionary.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._streams: dict[Topic, list[Stream]] = {}
        self._renderers: dict[tuple[str, str], Renderer] = {}
        self._pauses: dict[tuple[str, str], float] = {}
        # What was signalled within the last pause, each with the signal that waits for its end.
        self._resting: dict[Told, Signal | None] = {}
        self._waiting: dict[Topic, _Turn] = {}
        self._reactions: dict[str, Reaction] = {}
        self._echoes: dict[int, asyncio.Event] = {}
        self.reacts("echo", self._heard_echo)
        self._after_loss: list[Callable[[], Awaitable[None]]] = []

    def renders(self, audience: str, kind: str, renderer: Renderer, *, pause: float = 0) -> None:
        """What signals of this kind look like for this audience.

        With a pause, in seconds, the first of a burst is told right after what happened, and the
        rest together when the pause is over: for what shows how things stand.
        """
        self._renderers[audience, kind] = renderer
        self._pauses[audience, kind] = pause

    def reacts(self, kind: str, reaction: Reaction) -> None:
        """What this process does about signals of this kind, whether or not streams are open."""
        self._reactions[kind] = reaction

    def after_loss(self, work: Callable[[], Awaitable[None]]) -> None:
        """What to do, besides catching up, when signals may have been lost."""
        self._after_loss.append(work)

    @property
    def hears(self) -> bool:
        """Whether the signals of other processes arrive here."""
        return self._bus.hears

    async def while_deaf(self) -> None:
        """Do that also while other processes are not heard; called again and again."""
        if not self.hears:
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
        try:
            async for signal in self._bus.signals():
                try:
                    if isinstance(signal, Lost):
                        await self._catch_up_all()
                    else:
                        await self._pass_on(signal)
                except Exception:  # one signal that fails must not silence the others
                    log.exception("signal failed")
        finally:
            for topic in self._waiting.values():
                topic.task.cancel()

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
        kind = (signal.topic.audience, signal.kind)
        if kind not in self._renderers or signal.topic not in self._streams:
            return
        pause = self._pauses[kind]
        if pause:
            self._tell_after(signal, pause)
        else:
            self._tell_in_turn(signal)

    def _tell_after(self, signal: Signal, pause: float) -> None:
        told = (signal.topic, signal.kind, tuple(signal.ids.items()))
        is_first = told not in self._resting
        self._resting[told] = signal
        if is_first:
            asyncio.get_running_loop().call_later(RIGHT_AFTER, self._rested, told, pause)

    def _rested(self, told: Told, pause: float) -> None:
        waiting = self._resting.pop(told)
        if waiting:
            self._resting[told] = None
            asyncio.get_running_loop().call_later(pause, self._rested, told, pause)
            self._tell_in_turn(waiting)

    def _tell_in_turn(self, signal: Signal) -> None:
        """Tell it after the others of its recipient, and beside those of everybody else.

        What was read first must be pushed first; and each waits for the database.
        """
        topic = self._waiting.get(signal.topic)
        if topic is None:
            topic = self._waiting[signal.topic] = _Turn(deque(), self._tell_all(signal.topic))
        topic.signals.append(signal)
        if len(topic.signals) > LONGEST_TURN:
            topic.signals.clear()
            self._catch_up(signal.topic)

    async def _tell_all(self, topic: Topic) -> None:
        waiting = self._waiting[topic].signals
        try:
            while waiting:
                try:
                    await self._tell(waiting.popleft())
                except Exception:  # the next may be told; this one is made good by catching up
                    log.exception("signal failed")
                    self._catch_up(topic)
        finally:
            del self._waiting[topic]

    async def _tell(self, signal: Signal) -> None:
        renderer = self._renderers[signal.topic.audience, signal.kind]
        for language, streams in by_language(self.streams_of(signal.topic)):
            with speaking(language):
                frame = await renderer(signal)
            for stream in streams:
                stream.push(frame, signal.ids.get("at", 0))

    def _catch_up(self, topic: Topic) -> None:
        for stream in self.streams_of(topic):
            stream.catch_up()


class _Turn:
    """The signals of one recipient that wait to be told, and the task that tells them."""

    def __init__(self, signals: deque[Signal], telling: Coroutine[Any, Any, None]) -> None:
        self.signals = signals
        self.task = asyncio.create_task(telling)


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
