"""Delivered and seen: told to the other side of the chat, and to nobody else."""

import pytest

from app.interactions import messages
from app.interactions.marks import read_by_agent, read_by_visitor
from app.interactions.tables import Interaction
from tests.builders import a_nonce, an_interaction


@pytest.fixture
async def chat(vic, bob):
    made = await an_interaction(vic, agent=bob, words=["Hello", "Are you there?"])
    await messages.post_from_agent(made.id, by=bob, body="Yes", nonce=a_nonce())
    return made


async def row(chat):
    return await Interaction.objects().get(Interaction.id == chat.id)


async def test_the_agent_sees_what_was_delivered_and_then_seen(live, as_vic, chat, as_bob):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_vic.put("/widget/shop/read", data={"delivered": 3})
        delivered = await stream.with_text(f"marks_{chat.id}")
        await as_vic.put("/widget/shop/read", data={"seq": 3, "delivered": 3})
        seen = await stream.with_text('data-seen="3"')

    assert 'data-delivered="3" data-seen="0"' in delivered.data
    assert "data-seen-at=" in seen.data


async def test_the_visitor_sees_that_the_agent_has_read(live, as_bob, chat, as_vic):
    async with live.stream(as_vic, "/widget/shop/stream") as stream:
        await stream.ready()
        await as_bob.put(f"/workspace/interactions/{chat.id}/read", data={"seq": 2})
        event = await stream.with_text('data-seen="2"')

    assert f"marks_{chat.id}" in event.data


async def test_nobody_else_hears_of_it(live, as_vic, chat, mallory, as_eve, as_mallory):
    async with (
        live.stream(as_eve, "/workspace/stream") as of_eve,
        live.stream(as_mallory, "/widget/shop/stream") as of_mallory,
        live.stream(as_vic, "/widget/shop/stream") as of_vic,
    ):
        for stream in (of_eve, of_mallory, of_vic):
            await stream.ready()
        await as_vic.put("/widget/shop/read", data={"seq": 3})
        await as_vic.post("/widget/shop/messages", data={"body": "Bye", "nonce": a_nonce()})
        await of_vic.with_text("Bye")
        told = [event.data for event in [*of_eve.arrived(), *of_mallory.arrived()]]

    assert not any("data-seen" in text for text in told)


async def test_the_pages_begin_with_the_marks(as_bob, as_vic, chat, vic):
    await read_by_visitor(vic, chat.id, seq=3)
    await read_by_agent(chat.id, seq=2)

    agents = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    visitors = (await as_vic.get("/widget/shop")).text

    assert f'id="marks_{chat.id}" data-marks data-delivered="3" data-seen="3"' in agents
    assert f'id="marks_{chat.id}" data-marks data-delivered="0" data-seen="2"' in visitors


async def test_reading_goes_forward_only_and_not_beyond_the_log(chat, vic):
    await read_by_visitor(vic, chat.id, seq=3)
    await read_by_visitor(vic, chat.id, seq=1, delivered=1)
    await read_by_visitor(vic, chat.id, seq=2**31 - 1, delivered=2**31 - 1)
    await read_by_agent(chat.id, seq=2)
    await read_by_agent(chat.id, seq=2**31 - 1)

    now = await row(chat)
    assert (now.contact_read_seq, now.contact_delivered_seq, now.agent_read_seq) == (3, 3, 2)


async def test_seen_keeps_its_time_when_the_visitor_only_reads_their_own_words(chat, vic, clock):
    await read_by_visitor(vic, chat.id, seq=3)
    seen_at = (await row(chat)).contact_read_at
    await messages.post_from_visitor(vic, body="Thanks", nonce=a_nonce())
    clock.forward(60)

    await read_by_visitor(vic, chat.id, seq=4)

    now = await row(chat)
    assert (now.contact_read_seq, now.contact_read_at) == (4, seen_at)


async def test_what_came_after_the_last_look_stays_unread(vic, bob):
    chat = await an_interaction(vic, agent=bob, words=["One", "Two", "Three"])

    await read_by_agent(chat.id, seq=2)

    assert (await row(chat)).unread == 1


async def test_the_page_says_where_the_news_begins(as_bob, vic, bob):
    chat = await an_interaction(vic, agent=bob, words=["One", "Two", "Three"])
    await read_by_agent(chat.id, seq=2)

    unread = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    await read_by_agent(chat.id, seq=3)
    read = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text

    assert 'data-new-after="2"' in unread
    assert 'data-new-after="0"' in read


async def test_a_supervisor_who_looks_on_leaves_no_mark(as_ada, chat):
    answer = await as_ada.put(f"/workspace/interactions/{chat.id}/read", data={"seq": 2})

    assert answer.status_code == 204
    assert (await row(chat)).agent_read_seq == 0


async def test_mallory_marks_nothing_of_vics(as_mallory, chat):
    await as_mallory.put("/widget/shop/read", data={"seq": 3, "delivered": 3})

    now = await row(chat)
    assert (now.contact_read_seq, now.contact_delivered_seq) == (0, 0)
