import asyncio

import pytest

from app import languages
from app.realtime import frames
from app.realtime.bus import MemoryBus, Topic
from app.realtime.hub import Hub
from app.realtime.stream import Stream
from tests.waiting import PATIENCE, eventually

BOB, EVE = Topic("agent", 1), Topic("agent", 2)


def a_stream(topic=BOB, *, backlog=10):
    return Stream(topic, key="1", address="192.0.2.1", backlog=backlog)


async def taken(stream):
    """What waits in the stream."""
    async with asyncio.timeout(PATIENCE):
        return await anext(stream)


@pytest.fixture
async def hub():
    """A hub that runs, and renders the signal `said` as its number."""

    async def said(signal):
        if signal.ids["number"] < 0:
            raise ZeroDivisionError
        return str(signal.ids["number"]).encode() + b";"

    made = Hub(MemoryBus())
    made.renders("agent", "said", said)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_signal_reaches_every_stream_of_its_recipient_and_no_other(hub):
    first, second, eves = a_stream(), a_stream(), a_stream(EVE)
    for stream in (first, second, eves):
        hub.open(stream)

    await hub.publish("agent", 1, "said", number=1)

    assert await taken(first) == await taken(second) == b"1;"
    assert not eves._frames


async def test_signals_arrive_in_their_order(hub):
    stream = a_stream(backlog=200)
    hub.open(stream)

    for number in range(100):
        await hub.publish("agent", 1, "said", number=number)
    await eventually(lambda: len(stream._frames) == 100)

    assert await taken(stream) == b"".join(b"%d;" % number for number in range(100))


async def test_of_a_burst_the_first_is_told_at_once_and_the_rest_as_one(hub):
    stream, rendered = a_stream(), []
    hub.open(stream)

    async def stands(signal):
        rendered.append(signal.ids["interaction"])
        return b""

    hub.renders("agent", "stands", stands, pause=0.2)
    for interaction in (1, 1, 2, 1):
        await hub.publish("agent", 1, "stands", interaction=interaction)
    await eventually(lambda: rendered == [1, 2])
    for _ in range(2):
        await hub.publish("agent", 1, "stands", interaction=1)

    await eventually(lambda: rendered == [1, 2, 1])
    await eventually(lambda: not hub._resting)
    assert rendered == [1, 2, 1]


async def test_one_recipient_who_is_slow_to_read_for_keeps_nobody_waiting(hub):
    bobs, eves, release = a_stream(), a_stream(EVE), asyncio.Event()
    hub.open(bobs)
    hub.open(eves)

    async def slow(signal):
        if signal.topic == BOB:
            await release.wait()
        return b"%d;" % signal.topic.id

    hub.renders("agent", "slow", slow)
    await hub.publish("agent", 1, "slow")
    await hub.publish("agent", 1, "said", number=7)
    await hub.publish("agent", 2, "slow")

    assert await taken(eves) == b"2;"
    assert not bobs._frames
    release.set()
    await eventually(lambda: len(bobs._frames) == 2)
    assert await taken(bobs) == b"1;7;"


async def test_a_signal_for_nobody_here_is_not_rendered(hub):
    hub.open(a_stream(EVE))
    rendered = []

    async def said(signal):
        rendered.append(signal)
        return b""

    hub.renders("agent", "said", said)
    await hub.publish("agent", 1, "said", number=1)
    await hub.publish("agent", 2, "said", number=2)

    await eventually(lambda: rendered)
    assert [signal.topic for signal in rendered] == [EVE]


async def test_a_signal_that_fails_silences_no_other(hub, capsys):
    stream = a_stream()
    hub.open(stream)

    await hub.publish("agent", 1, "said", number=-1)
    await hub.publish("agent", 1, "said", number=1)

    await eventually(lambda: len(stream._frames) == 2)
    assert (await taken(stream)).startswith(b"event: ready")  # the page asks for what it missed


async def test_lost_signals_make_every_stream_catch_up():
    # R4: whatever bus there is says so when it may have lost some
    bus = MemoryBus(room=2)
    hub = Hub(bus)
    stream = a_stream()
    hub.open(stream)
    checked = []

    async def check():
        checked.append("sessions")

    hub.after_loss(check)
    for number in range(5):
        await hub.publish("agent", 1, "said", number=number)
    running = asyncio.create_task(hub.run())

    assert (await taken(stream)).startswith(b"event: ready")
    assert checked == ["sessions"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_while_others_are_not_heard_what_was_lost_is_looked_for_again_and_again():
    bus = MemoryBus()
    hub = Hub(bus)
    checked = []

    async def check():
        checked.append("sessions")

    hub.after_loss(check)
    await hub.while_deaf()
    heard = list(checked)
    bus.hears = False
    await hub.while_deaf()
    await hub.while_deaf()

    assert (heard, checked) == ([], ["sessions", "sessions"])


async def test_a_closed_stream_is_forgotten(hub):
    # L1
    stream = a_stream()
    hub.open(stream)
    hub.close(stream)
    hub.close(stream)

    assert hub.streams("agent") == []
    assert hub._streams == {}


# One stream.


async def test_frames_that_wait_are_sent_together(hub):
    stream = a_stream()
    stream.push(b"one")
    stream.push(b"two")

    assert await taken(stream) == b"onetwo"


async def test_a_reader_that_falls_behind_is_told_to_catch_up():
    stream = a_stream(backlog=3)

    for number in range(10):
        stream.push(b"%d;" % number)

    whole = await taken(stream)
    assert whole.startswith(b"event: ready")
    assert len(stream._frames) == 0
    assert whole.count(b";") <= 3


async def test_a_stream_that_is_closed_ends_with_its_farewell_and_takes_no_more():
    stream = a_stream()
    stream.push(b"before")
    stream.close(b"farewell")
    stream.push(b"after")

    assert [frame async for frame in stream] == [b"farewell"]


async def test_a_stream_that_is_closed_while_it_sends_still_says_farewell():
    stream = a_stream()
    stream.push(b"before")

    assert await anext(stream) == b"before"
    stream.close(b"farewell")

    assert [frame async for frame in stream] == [b"farewell"]


async def test_catching_up_does_not_bring_a_closed_stream_back():
    stream = a_stream()
    stream.close(b"farewell")
    stream.catch_up()

    assert [frame async for frame in stream] == [b"farewell"]


@pytest.mark.parametrize(
    "text", ["one\ntwo", "one\r\ntwo", "one\rtwo", "data: x\n\nevent: bye", "\n\n", ""]
)
def test_no_text_breaks_out_of_its_event(text):
    # T3: lines end with \n only, as the chunk border of \r\n splits events in hx-sse
    frame = frames.html(text, 7).decode()

    lines = frame.removesuffix("\n\n").split("\n")
    assert frame.endswith("\n\n")
    assert "\r" not in frame
    assert all(line.startswith(("id: 7", "data: ", "data:")) for line in lines)


def test_a_named_event_carries_json():
    assert frames.named("bye", reason="Später\n\n").decode().split("\n")[:2] == [
        "event: bye",
        'data: {"reason": "Sp\\u00e4ter\\n\\n"}',
    ]


async def test_each_stream_gets_the_push_in_the_language_it_was_opened_in(hub):
    rendered = []

    async def greeting(_):
        rendered.append(languages.current())
        return languages.current().encode()

    hub.renders("agent", "greeting", greeting)
    with languages.speaking("de"):
        german = a_stream()
    english, other = a_stream(), a_stream()
    for stream in (german, english, other):
        hub.open(stream)

    await hub.publish(*BOB, "greeting")

    assert [await taken(one) for one in (german, english, other)] == [b"de", b"en", b"en"]
    assert sorted(rendered) == ["de", "en"]
