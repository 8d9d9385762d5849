"""How a chat was: rated by its visitor once it has ended, read by agents, never by visitors."""

import asyncio

import pytest

from app.interactions import service
from app.interactions.tables import Entry, Interaction
from app.widget.tables import Widget
from tests.builders import a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

RATING = "/widget/shop/rating"
GOOD = {"score": "4", "comment": "Quick,\nand kind"}


@pytest.fixture
async def ended(vic, bob):
    return await an_interaction(vic, state="archived", agent=bob)


async def notices():
    rows = await Entry.select(Entry.body).where(Entry.notice == "rated").order_by(Entry.seq)
    return [row["body"] for row in rows]


async def test_a_rating_is_stored_and_read_by_agents_alone(as_vic, as_bob, ended):
    page = (await as_vic.get("/widget/shop")).text
    answer = await as_vic.post(RATING, data=GOOD)

    row = await Interaction.objects().first()
    assert "How was this chat?" in page
    assert (answer.status_code, row.rating, row.rating_comment) == (200, 4, "Quick,\nand kind")
    assert "You rated this chat 4 of 5, good." in answer.text
    assert (
        "Rated 4 of 5: Quick, and kind" in (await as_bob.get(f"/workspace/webchat/{ended.id}")).text
    )
    assert "Rated 4 of 5" not in (await as_vic.get("/widget/shop/entries")).text


async def test_it_can_be_changed_for_an_hour_and_the_same_again_is_one(as_vic, ended, clock):
    await as_vic.post(RATING, data=GOOD)
    await as_vic.post(RATING, data=GOOD)
    changed = await as_vic.post(RATING, data={"score": "5"})
    clock.forward(3601)
    late = await as_vic.post(RATING, data={"score": "1"})

    assert (changed.status_code, late.status_code) == (200, 409)
    assert await notices() == ["4 of 5: Quick, and kind", "5 of 5, very good"]
    assert "Change the rating" not in (await as_vic.get("/widget/shop")).text


async def test_a_change_does_not_renew_the_hour(as_vic, ended, clock):
    await as_vic.post(RATING, data=GOOD)
    clock.forward(3000)
    changed = await as_vic.post(RATING, data={"score": "5"})
    clock.forward(601)
    late = await as_vic.post(RATING, data={"score": "1"})

    assert (changed.status_code, late.status_code) == (200, 409)


@pytest.mark.settings(limit_ratings=2)
async def test_the_log_does_not_fill_with_changes(as_vic, ended):
    scores = [await as_vic.post(RATING, data={"score": one}) for one in "123"]

    assert [answer.status_code for answer in scores] == [200, 200, 429]
    assert len(await notices()) == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose a number from 1 to 5."),
        ({"score": "6"}, "Choose a number from 1 to 5."),
        ({"score": "4", "comment": "x" * 1001}, "Use at most 1,000 characters."),
    ],
)
async def test_a_wrong_form_keeps_its_words(as_vic, ended, data, sentence):
    answer = await as_vic.post(RATING, data={"comment": "Kept", **data})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert data.get("comment", "Kept") in answer.text
    assert await notices() == []


@pytest.mark.parametrize("state", ["queued", "active", "missed"])
async def test_only_what_ended_with_an_agent_is_rated(as_vic, vic, bob, state):
    await an_interaction(vic, state=state, agent=bob)

    assert (await as_vic.post(RATING, data=GOOD)).status_code == 409
    assert "How was this chat?" not in (await as_vic.get("/widget/shop")).text


async def test_a_widget_may_not_ask(as_vic, ended):
    await Widget.update({Widget.ask_rating: False}, force=True)

    assert "How was this chat?" not in (await as_vic.get("/widget/shop")).text
    assert (await as_vic.post(RATING, data=GOOD)).status_code == 409


async def test_nobody_rates_the_chat_of_another(as_mallory, as_nobody, ended):
    assert (await as_mallory.post(RATING, data=GOOD)).status_code == 409
    assert (await as_nobody.post(RATING, data=GOOD)).status_code == 401
    assert await notices() == []


async def test_rating_while_the_agent_archives_keeps_both(as_vic, vic, bob):
    chat = await an_interaction(vic, state="active", agent=bob)
    code = await a_wrap_up_code()
    await service.leave(vic)

    rated, _ = await asyncio.gather(
        as_vic.post(RATING, data=GOOD), service.archive(chat.id, by=bob, code=code)
    )

    row = await Interaction.objects().first()
    numbers = [one["seq"] for one in await Entry.select(Entry.seq).order_by(Entry.seq)]
    assert (rated.status_code, row.state, row.rating) == (200, "archived", 4)
    assert numbers == list(range(1, row.last_seq + 1))
