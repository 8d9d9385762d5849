"""Typing is told to the other side over the bus, and stands nowhere."""

import pytest

from app import database
from app.interactions.tables import Entry, Interaction
from tests.builders import a_nonce, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob, words=["Hello"])


async def test_the_agent_sees_that_the_visitor_types(live, as_vic, chat, as_bob):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        answer = await as_vic.put("/widget/shop/typing")
        event = await stream.with_text("typing-sign")

    assert answer.status_code == 204
    assert f"#typing_{chat.id}" in event.data
    assert f"#row_typing_{chat.id}" in event.data
    assert "typing…" in event.data


async def test_the_visitor_sees_that_the_agent_types(live, as_bob, chat, as_vic):
    async with live.stream(as_vic, "/widget/shop/stream") as stream:
        await stream.ready()
        await as_bob.put(f"/workspace/interactions/{chat.id}/typing")
        event = await stream.with_text("typing-sign")

    assert "Bob is typing" in event.data
    assert event.id == ""


async def test_typing_is_never_written(as_vic, as_bob, chat):
    before = await everything_stored()

    await as_vic.put("/widget/shop/typing")
    await as_bob.put(f"/workspace/interactions/{chat.id}/typing")

    assert await everything_stored() == before


async def everything_stored():
    return [
        sorted(map(str, await table.select()))
        for table in database.all_tables()
        if table._meta.tablename not in {"sessions", "migration"}
    ]


async def test_a_strangers_typing_reaches_nobody(
    live, as_mallory, as_eve, as_ada, chat, as_bob, as_vic
):
    typing = f"/workspace/interactions/{chat.id}/typing"
    async with (
        live.stream(as_bob, "/workspace/stream") as of_bob,
        live.stream(as_vic, "/widget/shop/stream") as of_vic,
    ):
        await of_bob.ready()
        await of_vic.ready()
        assert (await as_mallory.put("/widget/shop/typing")).status_code == 204
        assert (await as_eve.put(typing)).status_code == 404
        assert (await as_ada.put(typing)).status_code == 204
        await as_mallory.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})
        told = [event.data for event in [*of_bob.arrived(), *of_vic.arrived()]]

    assert not any("typing-sign" in text for text in told)


async def test_typing_after_the_end_tells_nobody(live, as_vic, bob, vic, as_bob):
    code = await a_wrap_up_code()
    await an_interaction(vic, state="archived", agent=bob, wrap_up_code=code)
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        assert (await as_vic.put("/widget/shop/typing")).status_code == 204
        assert not any("typing-sign" in event.data for event in stream.arrived())


@pytest.mark.settings(limit_typing=2)
async def test_typing_without_end_is_refused(as_vic, as_bob, chat):
    for somebody, path in (
        (as_vic, "/widget/shop/typing"),
        (as_bob, f"/workspace/interactions/{chat.id}/typing"),
    ):
        codes = [(await somebody.put(path)).status_code for _ in range(3)]
        assert codes == [204, 204, 429]


async def test_who_is_nobody_types_to_nobody(as_nobody, chat):
    assert (await as_nobody.put("/widget/shop/typing")).status_code == 401
    assert (await as_nobody.put(f"/workspace/interactions/{chat.id}/typing")).status_code == 401


async def test_a_new_message_takes_the_sign_in_the_row_away(live, as_vic, chat, as_bob):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_vic.post("/widget/shop/messages", data={"body": "Done", "nonce": a_nonce()})
        event = await stream.with_text("Done")

    assert f'hx-target="#row_typing_{chat.id}" hx-swap="innerHTML"></hx-partial>' in event.data
    assert await Entry.count() == (await Interaction.objects().first()).last_seq
