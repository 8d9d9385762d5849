"""Earlier chats and transcripts: a visitor reads their own, and never a note."""

import pytest

from app.interactions import messages
from app.interactions.tables import Interaction
from tests.builders import a_nonce, a_visitor, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

HISTORY, TRANSCRIPT = "/widget/shop/history", "/widget/shop/transcript"


@pytest.fixture
async def chats(vic, bob):
    """One that has ended, with a note in it, and one that is open."""
    code = await a_wrap_up_code("Refund")
    old = await an_interaction(
        vic, state="active", agent=bob, words=["The **old** one"], wrap_up_code=code
    )
    await messages.add_note(old.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    await messages.post_from_agent(old.id, by=bob, body="An answer", nonce=a_nonce())
    await Interaction.update({Interaction.state: "archived"}).where(Interaction.id == old.id)
    return old, await an_interaction(vic, agent=bob, words=["The new one"])


async def test_earlier_chats_are_listed_and_read_when_asked(as_vic, chats):
    page = (await as_vic.get("/widget/shop")).text

    earlier = (await as_vic.get(f"{HISTORY}/1")).text

    assert f'hx-get="{HISTORY}/1"' in page
    assert f"{HISTORY}/2" not in page
    assert "<strong>old</strong>" not in page
    assert "The <strong>old</strong> one" in earlier
    assert "An answer" in earlier
    assert "Not for the visitor" not in earlier


async def test_only_ones_own_that_have_ended_can_be_read(
    as_vic, as_mallory, as_nobody, chats, shop
):
    answers = [
        (await somebody.get(f"{HISTORY}/{number}")).status_code
        for somebody, number in [
            (as_vic, 2),
            (as_vic, 3),
            (as_vic, 0),
            (as_vic, 10**12),
            (as_mallory, 1),
            (as_nobody, 1),
        ]
    ]

    assert answers == [404, 404, 404, 404, 404, 401]


async def test_the_form_of_a_new_chat_shows_them_too(as_vic, bob, vic):
    await an_interaction(vic, state="archived", agent=bob)

    assert f"{HISTORY}/1" in (await as_vic.get("/widget/shop/new")).text


@pytest.mark.parametrize("kind", ["html", "text"])
async def test_the_transcript_is_the_visitors_own_without_what_is_internal(as_vic, chats, kind):
    answer = await as_vic.get(f"{TRANSCRIPT}?format={kind}")

    disposition = answer.headers["content-disposition"]
    ending = {"html": "html", "text": "txt"}[kind]
    assert disposition == f'attachment; filename="chat-{chats[1].id}.{ending}"'
    assert answer.headers["cache-control"] == "no-store"
    assert "The new one" in answer.text
    assert "Lumen" in answer.text
    for internal in ("Not for the visitor", "C-10", "Sales", "Refund", "Queue"):
        assert internal not in answer.text


async def test_a_transcript_has_neither_notes_nor_internal_notices(as_vic, vic, bob):
    chat = await an_interaction(vic, agent=bob, words=["Hello"])
    await messages.add_note(chat.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    await messages.post_from_agent(chat.id, by=bob, body="An answer", nonce=a_nonce())

    text = (await as_vic.get(f"{TRANSCRIPT}?format=text")).text

    assert "You: Hello" in text
    assert "Bob: An answer" in text
    assert "Not for the visitor" not in text


async def test_who_has_no_chat_has_no_transcript(as_vic, as_nobody, shop):
    await a_visitor(shop, token="token-of-somebody")

    assert (await as_vic.get(TRANSCRIPT)).status_code == 404
    assert (await as_nobody.get(TRANSCRIPT)).status_code == 401
