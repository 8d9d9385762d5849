"""An entry is read and rendered once, however many are told of it."""

import asyncio

import pytest

from app.interactions import messages, recent
from app.languages import speaking
from tests.builders import a_nonce, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
def read(monkeypatch):
    """The numbers of the entries that were read."""
    numbers = []
    near = recent.near

    async def noted(interaction, seq):
        numbers.append(seq)
        return await near(interaction, seq)

    monkeypatch.setattr(recent, "near", noted)
    return numbers


@pytest.fixture
def rendered(monkeypatch):
    """How often one was rendered, and for whom."""
    audiences = []
    entry_in = recent.entry_in

    async def noted(found, *, audience):
        audiences.append(audience)
        return await entry_in(found, audience=audience)

    monkeypatch.setattr(recent, "entry_in", noted)
    return audiences


@pytest.fixture
async def talk(vic, bob):
    return await an_interaction(vic, agent=bob, words=("My lamp flickers",))


async def test_who_asks_at_once_shares_one_read(talk, read, rendered):
    entries = recent.RecentEntries()

    found = await asyncio.gather(
        *(entries.partial(talk.id, 1, audience="agent") for _ in range(10))
    )

    assert (read, rendered) == ([1], ["agent"])
    assert {one.side for one in found} == {"contact"}
    assert all("My lamp flickers" in one.html for one in found)


async def test_all_share_one_read_and_each_audience_and_language_has_its_own(talk, read, rendered):
    entries = recent.RecentEntries()

    for audience in ("agent", "visitor", "agent"):
        await entries.partial(talk.id, 1, audience=audience)
    with speaking("de"):
        await entries.partial(talk.id, 1, audience="agent")

    assert (read, rendered) == ([1], ["agent", "visitor", "agent"])


async def test_what_is_old_is_read_anew_and_forgotten(talk, read, monkeypatch):
    entries = recent.RecentEntries()
    await entries.partial(talk.id, 1, audience="agent")
    monkeypatch.setattr(recent, "KEPT_SECONDS", 0)

    await entries.partial(talk.id, 1, audience="agent")

    assert read == [1, 1]
    assert (len(entries._read._made), len(entries._rendered._made)) == (1, 1)


async def test_a_reader_who_leaves_takes_it_from_nobody(talk, read):
    entries = recent.RecentEntries()
    leaves = asyncio.create_task(entries.partial(talk.id, 1, audience="agent"))
    await asyncio.sleep(0)

    leaves.cancel()

    assert (await entries.partial(talk.id, 1, audience="agent")).side == "contact"
    assert read == [1]


async def test_a_read_that_failed_is_tried_again(talk, monkeypatch):
    entries = recent.RecentEntries()
    near = recent.near

    async def fails(*_):
        raise ConnectionError

    monkeypatch.setattr(recent, "near", fails)
    with pytest.raises(ConnectionError):
        await entries.partial(talk.id, 1, audience="agent")
    monkeypatch.setattr(recent, "near", near)

    assert await entries.partial(talk.id, 1, audience="agent") is not None


async def test_a_visitor_sees_it_grouped_with_the_last_that_they_saw(talk, bob):
    entries = recent.RecentEntries()
    await messages.post_from_agent(talk.id, by=bob, body="Since when?", nonce=a_nonce())
    for _ in range(5):
        await messages.add_note(talk.id, by=bob, body="The old model", nonce=a_nonce())
    posted = await messages.post_from_agent(talk.id, by=bob, body="And how?", nonce=a_nonce())

    shown = {
        audience: (await entries.partial(talk.id, posted.seq, audience=audience)).html
        for audience in ("agent", "visitor")
    }
    note = await entries.partial(talk.id, posted.seq - 1, audience="visitor")

    assert ["entry--first" in html for html in shown.values()] == [True, False]
    assert note is None
