"""One round looks after all streams: the silent hear a beat, who takes nothing is let go."""

import asyncio

import pytest
from structlog.testing import capture_logs

from app.realtime.bus import MemoryBus, Topic
from app.realtime.hub import Hub
from app.realtime.open_streams import OpenStreams
from app.realtime.presence import Presence
from app.settings import Settings
from tests.waiting import eventually

VIC, MALLORY = Topic("visitor", 1), Topic("visitor", 2)
BEAT = b"event: beat\ndata: {}\n\n"
SCOPE = {"type": "http", "method": "GET"}


@pytest.fixture
def presence():
    return Presence(grace=0)


@pytest.fixture
def hub():
    return Hub(MemoryBus())


@pytest.fixture
def streams(hub, presence):
    return OpenStreams(hub, presence, Settings(heartbeat_seconds=15, send_timeout_seconds=20))


class Reader:
    """A reader whom frames are sent to, and who may stop to take them."""

    def __init__(self, streams, hub, topic):
        self.body = b""
        self.takes = asyncio.Event()
        self.takes.set()
        answer = streams.respond(topic=topic, key="", address="", catch_up=self.catch_up)
        self.task = asyncio.create_task(answer(SCOPE, self.receive, self.send))
        self.hub, self.topic = hub, topic

    async def catch_up(self):
        return b"data: what was missed\n\n"

    async def receive(self):
        await asyncio.Event().wait()

    async def send(self, message):
        await self.takes.wait()
        self.body += message.get("body", b"")

    async def stream(self):
        """Their stream, once it waits for news."""
        await eventually(lambda: b"event: ready" in self.body)
        [stream] = self.hub.streams_of(self.topic)
        await eventually(lambda: not stream.sending)
        return stream


@pytest.fixture
async def reads(streams, hub):
    """Open a reader's stream; all end with the test."""
    readers = []

    def opened(topic):
        readers.append(Reader(streams, hub, topic))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.task.cancel()
    await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)


async def test_one_round_lets_every_silent_reader_hear_a_beat(streams, reads):
    readers = [reads(Topic("visitor", number)) for number in range(50)]
    for reader in readers:
        (await reader.stream()).since -= 14.5  # the next round would be too late

    await streams.look_after()

    await eventually(lambda: all(reader.body.endswith(BEAT) for reader in readers))
    await streams.look_after()
    await asyncio.sleep(0)
    assert [reader.body.count(BEAT) for reader in readers] == [1] * 50


async def test_who_was_sent_something_just_now_hears_no_beat_besides(streams, reads):
    vic, mallory = reads(VIC), reads(MALLORY)
    (await mallory.stream()).since -= 15
    stream = await vic.stream()
    stream.since -= 15
    stream.push(b"data: Hello\n\n")
    await eventually(lambda: vic.body.endswith(b"Hello\n\n") and not stream.sending)

    await streams.look_after()

    await eventually(lambda: mallory.body.endswith(BEAT))
    assert BEAT not in vic.body


async def test_no_stream_has_a_task_that_beats(reads):
    await reads(VIC).stream()
    before = len(asyncio.all_tasks())

    await reads(MALLORY).stream()

    # The answer's own, and those of sse-starlette: what comes, the reader's end, the server's.
    assert len(asyncio.all_tasks()) == before + 4


async def test_a_reader_who_takes_nothing_is_let_go(streams, reads, hub, presence):
    # L1
    vic, mallory = reads(VIC), reads(MALLORY)
    stream, _ = await vic.stream(), await mallory.stream()
    vic.takes.clear()
    stream.push(b"data: Hello\n\n")
    await eventually(lambda: stream.sending)
    await streams.look_after()
    assert hub.streams_of(VIC) == [stream]

    stream.since -= 20.1
    with capture_logs() as logs:
        await streams.look_after()
        await streams.look_after()  # once more, while it ends
        await eventually(vic.task.done)

    assert vic.task.exception() is None
    assert [line["event"] for line in logs] == ["stream closed, its reader takes nothing"]
    assert not hub.streams_of(VIC)
    assert presence.open_here().keys() == {MALLORY}
    assert not mallory.task.done()


async def test_a_reader_who_does_not_take_the_end_is_let_go_too(streams, reads, hub):
    # L1
    vic = reads(VIC)
    stream = await vic.stream()
    vic.takes.clear()
    stream.close()
    await eventually(lambda: stream.sending)
    stream.since -= 20.1

    await streams.look_after()

    await eventually(vic.task.done)
    assert not hub.streams_of(VIC)


async def test_what_a_stream_began_with_is_not_kept(reads):
    assert (await reads(VIC).stream()).beginning is None
