"""Whether a visitor looks at the chat: said by their page, seen by their agent, never stored."""

import asyncio

import pytest

from app.interactions.tables import OFFERED
from app.realtime.bus import Topic
from app.realtime.presence import HIDDEN
from tests.builders import an_interaction
from tests.databases import ON_SQLITE
from tests.waiting import eventually

AGENTS, VISITORS = "/workspace/stream", "/widget/shop/stream"
pytestmark = ON_SQLITE


def looks(visitor, state):
    return visitor.put("/widget/shop/presence", data={"state": state})


async def test_a_hidden_tab_shows_on_the_offer_and_in_the_chat(live, as_bob, as_vic, bob, vic):
    await an_interaction(vic, state=OFFERED, agent=bob)
    async with live.stream(as_bob, AGENTS) as bobs, live.stream(as_vic, VISITORS) as vics:
        await asyncio.gather(bobs.ready(), vics.ready())
        await bobs.with_text("Here now")

        assert (await looks(as_vic, "hidden")).status_code == 204

        told = await bobs.with_text("Tab hidden for")
        assert "presence--hidden" in told.data
        assert "<time-in-state since=" in told.data
        await looks(as_vic, "here")
        await bobs.with_text("Here now")


async def test_who_goes_is_gone_for_a_time_that_counts(live, as_bob, as_vic, bob, vic):
    await an_interaction(vic, agent=bob)
    async with live.stream(as_bob, AGENTS) as bobs:
        async with live.stream(as_vic, VISITORS) as vics:
            await asyncio.gather(bobs.ready(), vics.ready())
            await bobs.with_text("Here now")

        gone = await bobs.with_text("Gone for", within=8)

    assert "presence--gone" in gone.data


async def test_it_is_said_for_oneself_only(live, app, as_vic, as_mallory, vic, mallory):
    async with live.stream(as_vic, VISITORS) as vics, live.stream(as_mallory, VISITORS) as others:
        await asyncio.gather(vics.ready(), others.ready())

        await looks(as_mallory, "hidden")

        presence = app.state.presence
        await eventually(lambda: presence.seen(Topic("visitor", mallory.id)).state == HIDDEN)
        assert presence.seen(Topic("visitor", vic.id)).state != HIDDEN


@pytest.mark.parametrize("state", ["", "gone", "HERE", "null", "x" * 9000])
async def test_another_word_is_refused(as_vic, vic, state):
    assert (await looks(as_vic, state)).status_code == 422


@pytest.mark.settings(limit_presence=3)
async def test_a_page_that_flickers_is_slowed_down(as_vic, vic):
    answers = [(await looks(as_vic, "hidden")).status_code for _ in range(5)]

    assert answers == [204, 204, 204, 429, 429]


async def test_nobody_says_it_without_a_token(as_nobody, shop):
    assert (await looks(as_nobody, "here")).status_code == 401
