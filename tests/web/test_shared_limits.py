"""Limits over processes: what one counts, all count."""

import asyncio
from contextlib import asynccontextmanager

from app.problems import TooMany
from app.realtime.hub import Hub
from app.realtime.redis_bus import RedisBus
from app.web.rate_limits import RateLimit
from app.web.shared_limits import SharedLimits
from tests.waiting import eventually

VIC = ("vic@parley.test", "192.0.2.1")


class Process:
    """A process by its bus and one limit, of five tries; `sent` is what went over the bus."""

    def __init__(self, url):
        self.bus = RedisBus(url)
        self.hub = Hub(self.bus)
        self.limit = RateLimit(5, 60)
        self.shared = SharedLimits(self.hub, {"sign_in": self.limit})
        self.sent = []
        self.bus_publish, self.bus.publish = self.bus.publish, self.publish

    async def publish(self, signal):
        self.sent.append(signal)
        await self.bus_publish(signal)

    async def telling(self):
        while True:
            await self.shared.tell()

    def tries(self, key=VIC):
        try:
            self.limit.spend(key, "Too often.")
        except TooMany:
            return False
        return True

    def counted(self):
        return sum(map(len, self.limit._tries.values()))


@asynccontextmanager
async def processes(url):
    two = [Process(url), Process(url)]
    works = [work for one in two for work in (one.bus.run, one.hub.run, one.telling)]
    tasks = [asyncio.create_task(work()) for work in works]
    try:
        await eventually(lambda: all(one.bus.hears for one in two))
        yield two
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_limit_is_one_for_all_processes_and_what_is_given_back_is_so_everywhere(redis):
    # S2
    async with processes(redis) as [here, there]:
        assert [here.tries() for _ in range(3)] == [True] * 3
        await eventually(lambda: there.counted() == 3)

        assert [there.tries() for _ in range(3)] == [True, True, False]
        await eventually(lambda: here.counted() == 5)
        assert not here.tries()
        assert here.tries(("bob@parley.test", "192.0.2.1"))

        there.limit.give_back(VIC)
        await eventually(lambda: here.counted() == 5)
        assert here.tries()


async def test_no_name_and_no_address_goes_over_the_bus(redis):
    async with processes(redis) as [here, _]:
        here.tries()
        await eventually(lambda: here.sent)

        assert "vic" not in str(here.sent)
        assert "192.0.2.1" not in str(here.sent)


async def test_without_the_bus_each_process_counts_by_itself():
    alone = Process("redis://127.0.0.1:1")
    telling = asyncio.create_task(alone.telling())

    assert [alone.tries() for _ in range(6)] == [True] * 5 + [False]
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
