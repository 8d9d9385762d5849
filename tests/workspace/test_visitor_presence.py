"""Agents are told where a visitor is when that changes, and nobody else is looked at."""

import pytest

from app.contacts.presence import GRACE
from app.realtime.bus import MemoryBus, Topic
from app.realtime.hub import Hub
from app.realtime.presence import HERE, HIDDEN, Presence
from app.realtime.stream import Stream
from app.workspace import presence as presence_
from app.workspace.presence import VisitorPresence

BOB, VIC, MALLORY = Topic("agent", 1), Topic("visitor", 1), Topic("visitor", 2)


class Watch:
    time = 1000.0

    def __call__(self):
        return self.time


class Told(VisitorPresence):
    """Notes whom agents would be told of, instead of looking for the agents."""

    def __init__(self, hub, presence):
        super().__init__(hub, presence)
        self.of = []

    async def _tell(self, visitors):
        self.of += visitors

    async def news(self):
        """Whom agents are told of now."""
        self.of.clear()
        await self.tell_changes()
        return sorted(self.of)


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def presence(watch):
    return Presence(30, watch)


@pytest.fixture
def told(presence):
    hub = Hub(MemoryBus())
    hub.open(Stream(BOB, key="1", address="", backlog=10))
    return Told(hub, presence)


async def test_who_comes_looks_away_and_goes_is_told_once_each(told, presence, watch):
    presence.arrive(VIC)
    assert (await told.news(), await told.news()) == ([1], [])
    presence.looks(VIC, HIDDEN)
    assert (await told.news(), await told.news()) == ([1], [])

    presence.leave(VIC)
    assert await told.news() == []  # a reload is not an absence
    watch.time += GRACE - 0.5
    assert await told.news() == []
    watch.time += 1
    assert (await told.news(), await told.news()) == ([1], [])


async def test_who_is_back_within_the_grace_was_not_gone(told, presence, watch):
    presence.arrive(VIC)
    await told.news()

    presence.leave(VIC)
    await told.news()
    presence.arrive(VIC)
    watch.time += 60

    assert await told.news() == []


async def test_who_looked_away_and_back_is_told_anew(told, presence):
    presence.arrive(VIC)
    await told.news()

    presence.looks(VIC, HIDDEN)
    presence.looks(VIC, HERE)

    assert await told.news() == [1]


async def test_whose_process_has_died_is_told_as_gone(told, presence, watch):
    presence.told(VIC, HERE)
    assert (await told.news(), await told.news()) == ([1], [])
    watch.time += 10
    presence.told(VIC, HERE)
    assert await told.news() == []

    watch.time += 26

    assert (await told.news(), await told.news()) == ([1], [])


async def test_of_whom_nothing_is_heard_nobody_looks(told, presence, monkeypatch):
    for number in range(1, 6):
        presence.arrive(Topic("visitor", number))
    await told.news()
    looked_at = []
    seen = presence_.seen
    monkeypatch.setattr(
        presence_, "seen", lambda here, visitor: looked_at.append(visitor) or seen(here, visitor)
    )

    presence.looks(MALLORY, HIDDEN)

    assert await told.news() == [2]
    assert looked_at == [2]
