"""What a bus promises, of each kind; and what only one of many processes can show."""

import asyncio
import time
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from app.realtime import redis_bus
from app.realtime.bus import LOST, MemoryBus, Signal, Topic
from app.realtime.redis_bus import RedisBus
from tests.services import redis_server
from tests.waiting import eventually

BOB = Topic("agent", 1)


def a_signal(number):
    return Signal(BOB, "said", {"number": number})


class Process:
    """A process by its bus: what it hears, each signal as its number."""

    def __init__(self, bus):
        self.bus = bus
        self.heard = []

    async def says(self, *numbers):
        for number in numbers:
            await self.bus.publish(a_signal(number))

    async def listens(self):
        async for signal in self.bus.signals():
            self.heard.append("lost" if signal is LOST else signal.ids["number"])

    async def hears(self, *wanted):
        await eventually(lambda: self.heard[-len(wanted) :] == list(wanted))

    def numbers(self):
        return [one for one in self.heard if one != "lost"]


@asynccontextmanager
async def running(*buses):
    """Processes that have connected, and heard that signals may have been lost before."""
    processes = [Process(bus) for bus in buses]
    tasks = [
        asyncio.create_task(work()) for one in processes for work in (one.bus.run, one.listens)
    ]
    try:
        await eventually(lambda: all(bus.hears for bus in buses))
        await eventually(
            lambda: all(one.heard or isinstance(one.bus, MemoryBus) for one in processes)
        )
        for one in processes:
            one.heard.clear()
        yield processes
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(params=["memory", "redis"])
def make(request):
    """How this kind of bus is made."""
    if request.param == "memory":
        return MemoryBus
    url = request.getfixturevalue("redis")
    return lambda **more: RedisBus(url, **more)


# Any bus.


async def test_what_a_process_says_it_hears_once_and_in_order(make):
    async with running(make()) as [here]:
        await here.says(*range(2000))
        await here.hears(*range(2000))

        assert here.heard == list(range(2000))


async def test_who_does_not_read_loses_signals_and_is_told_so_once(make):
    bus = make(room=2)
    for number in range(50):
        await bus.publish(a_signal(number))
    signals = bus.signals()

    heard = [await anext(signals) for _ in range(3)]
    await bus.publish(a_signal(50))

    assert heard == [a_signal(0), a_signal(1), LOST]
    assert await anext(signals) == a_signal(50)


async def test_saying_it_again_and_again_that_some_are_lost_takes_no_more_room(make):
    local = MemoryBus(room=2)
    for _ in range(50):
        local.lose()

    assert local._waiting.qsize() == 3


# Many processes.


async def test_each_process_hears_every_other_in_its_order(redis):
    # R3
    async with running(*(RedisBus(redis) for _ in range(3))) as processes:
        await asyncio.gather(
            *(
                one.says(*range(start, start + 700))
                for one, start in zip(processes, (0, 1000, 2000), strict=True)
            )
        )
        await eventually(lambda: all(len(one.heard) == 2100 for one in processes))

    for one in processes:
        for start in (0, 1000, 2000):
            of_one = [number for number in one.heard if start <= number < start + 1000]
            assert of_one == list(range(start, start + 700))


async def test_an_outage_delays_nobody_here_and_loses_nothing_there():
    # R4
    first = ExitStack()
    url = first.enter_context(redis_server())
    with first:
        async with running(RedisBus(url), RedisBus(url)) as [here, there]:
            await here.says(1)
            await there.hears(1)

            first.close()
            await eventually(lambda: not here.bus.hears and not there.bus.hears)
            began = time.monotonic()
            await here.says(*range(2, 500))
            took = time.monotonic() - began
            await here.hears(*range(1, 500))
            unheard = there.numbers()
            with redis_server(urlsplit(url).port):
                await eventually(lambda: here.bus.hears and there.bus.hears)
                await here.says(500)
                await there.hears(500)

                assert took < 1
                assert unheard == [1]
                assert "lost" in here.heard
                assert "lost" in there.heard
                assert here.numbers() == list(range(1, 501))
                # From the moment at which it hears again; the log has what was before.
                assert there.numbers() == [1, *range(501 - len(there.numbers()) + 1, 501)]


async def test_a_long_outage_fills_no_memory_and_ends_in_catching_up(redis):
    here = RedisBus(redis, room=100)
    for number in range(1050):
        await here.publish(a_signal(number))
    assert len(here._unsent) <= 101

    async with running(RedisBus(redis)) as [there]:
        sending = asyncio.create_task(here.run())
        await eventually(lambda: 1049 in there.heard)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    assert there.heard[0] == "lost"
    assert there.numbers() == list(range(1050 - len(there.numbers()), 1050))


async def test_a_redis_that_hangs_is_left_and_found_again(redis, monkeypatch):
    monkeypatch.setattr(redis_bus, "BEAT", 0.02)
    monkeypatch.setattr(redis_bus, "SILENCE", 0.2)
    monkeypatch.setattr(redis_bus, "PATIENCE", 0.2)
    async with (
        running(RedisBus(redis), RedisBus(redis)) as [here, there],
        Redis.from_url(redis) as server,
    ):
        await server.client_pause(600)
        await eventually(lambda: not there.bus.hears)
        await here.says(1)
        await eventually(lambda: there.bus.hears and here.bus.hears)
        await here.says(2)
        await there.hears(2)

        assert "lost" in there.heard


async def test_who_was_killed_before_it_could_tell_makes_the_others_catch_up(redis, monkeypatch):
    # R4: what it acknowledged is stored, and nobody else knows of it
    monkeypatch.setattr(redis_bus, "BEAT", 0.02)
    monkeypatch.setattr(redis_bus, "SILENCE", 0.3)
    monkeypatch.setattr(RedisBus, "_say_farewell", nothing)
    async with running(RedisBus(redis)) as [there]:
        async with running(RedisBus(redis)) as [here]:
            await here.says(1)
            await there.hears(1)

        await eventually(lambda: there.heard == [1, "lost"])


async def test_who_ends_tells_what_waits_and_lets_nobody_catch_up(redis, monkeypatch):
    monkeypatch.setattr(redis_bus, "BEAT", 0.02)
    monkeypatch.setattr(redis_bus, "SILENCE", 0.3)
    async with running(RedisBus(redis)) as [there]:
        async with running(RedisBus(redis)) as [here]:
            await here.says(*range(1500))
        await eventually(lambda: 1499 in there.heard)
        await eventually(lambda: list(there.bus._others) == [there.bus._name])

    assert "lost" not in there.heard
    assert set(there.numbers()) == set(range(1500))


async def test_two_installations_may_share_a_redis_by_its_databases(redis):
    async with running(RedisBus(f"{redis}/0"), RedisBus(f"{redis}/0"), RedisBus(f"{redis}/1")) as [
        here,
        there,
        elsewhere,
    ]:
        await here.says(1)
        await there.hears(1)
        await elsewhere.says(2)
        await elsewhere.hears(2)
        await here.says(3)
        await there.hears(3)

        assert (here.heard, there.heard, elsewhere.heard) == ([1, 3], [1, 3], [2])


async def test_it_ends_at_once_whatever_it_is_doing(redis):
    # L3; a cancellation that is swallowed while it sends would keep the process
    for pauses in range(12):
        bus = RedisBus(redis)
        running_ = asyncio.create_task(bus.run())
        await eventually(lambda bus=bus: bus.hears)
        for number in range(500):
            await bus.publish(a_signal(number))
        for _ in range(pauses):
            await asyncio.sleep(0)

        running_.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait({running_})


@pytest.mark.parametrize("message", ["", "{}", "[1]", '["other", [["agent"]]]', '["other", 7]'])
async def test_a_message_that_nobody_understands_is_a_loss_and_no_end(redis, message):
    async with running(RedisBus(redis)) as [here], Redis.from_url(redis) as server:
        await server.publish("parley:0:signals", message)
        await eventually(lambda: here.heard)
        await here.says(1)
        await here.hears(1)

        assert here.heard == ["lost", 1]


async def test_the_pause_before_the_next_try_grows_to_a_bound_and_varies(redis):
    bus = RedisBus(redis)
    pauses = []
    for failures in range(12):
        bus._failures = min(failures, 10)
        pauses.append([bus._pause() for _ in range(20)])

    assert max(pauses[0]) <= 0.1
    assert all(1.5 <= one <= 3 for one in pauses[-1])
    assert len(set(pauses[-1])) > 1


async def nothing(_):
    pass
