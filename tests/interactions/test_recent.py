"""An entry is read and rendered once, however many are told of it."""

import asyncio

import pytest

from app.interactions import recent
from app.languages import speaking
from tests.builders import an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
def read(monkeypatch):
    """The audiences for which an entry was read."""
    audiences = []
    entry_at = recent.entry_at

    async def noted(interaction, seq, *, audience):
        audiences.append(audience)
        return await entry_at(interaction, seq, audience=audience)

    monkeypatch.setattr(recent, "entry_at", noted)
    return audiences


@pytest.fixture
async def talk(vic, bob):
    return await an_interaction(vic, agent=bob, words=("My lamp flickers",))


async def test_who_asks_at_once_shares_one_read(talk, read):
    entries = recent.RecentEntries()

    found = await asyncio.gather(
        *(entries.partial(talk.id, 1, audience="agent") for _ in range(10))
    )

    assert read == ["agent"]
    assert {one.side for one in found} == {"contact"}
    assert all("My lamp flickers" in one.html for one in found)


async def test_each_audience_and_language_has_its_own(talk, read):
    entries = recent.RecentEntries()

    for audience in ("agent", "visitor", "agent"):
        await entries.partial(talk.id, 1, audience=audience)
    with speaking("de"):
        await entries.partial(talk.id, 1, audience="agent")

    assert read == ["agent", "visitor", "agent"]


async def test_what_is_old_is_read_anew_and_forgotten(talk, read, monkeypatch):
    entries = recent.RecentEntries()
    await entries.partial(talk.id, 1, audience="agent")
    monkeypatch.setattr(recent, "KEPT_SECONDS", 0)

    await entries.partial(talk.id, 1, audience="agent")

    assert read == ["agent", "agent"]
    assert len(entries._made) == 1


async def test_a_reader_who_leaves_takes_it_from_nobody(talk, read):
    entries = recent.RecentEntries()
    leaves = asyncio.create_task(entries.partial(talk.id, 1, audience="agent"))
    await asyncio.sleep(0)

    leaves.cancel()

    assert (await entries.partial(talk.id, 1, audience="agent")).side == "contact"
    assert read == ["agent"]


async def test_a_read_that_failed_is_tried_again(talk, monkeypatch):
    entries = recent.RecentEntries()
    entry_at = recent.entry_at

    async def fails(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(recent, "entry_at", fails)
    with pytest.raises(ConnectionError):
        await entries.partial(talk.id, 1, audience="agent")
    monkeypatch.setattr(recent, "entry_at", entry_at)

    assert await entries.partial(talk.id, 1, audience="agent") is not None
