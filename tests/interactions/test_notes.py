"""Internal notes: agents see them, and nothing of them ever reaches a visitor."""

import re

import pytest

from app.interactions import messages
from app.interactions.marks import read_by_visitor
from app.interactions.tables import Entry, Interaction
from tests.builders import a_nonce, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

SECRET = "Nobody outside may read this"


def notes(interaction):
    return f"/workspace/interactions/{interaction.id}/notes"


def note(body=SECRET, **more):
    return {"body": body, "nonce": a_nonce(), **more}


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob, words=["Hello"])


async def test_a_note_stands_in_the_log_for_agents(as_bob, chat):
    answer = await as_bob.post(notes(chat), data=note("It is **in** stock"))

    assert answer.status_code == 200
    assert "entry--note" in answer.text
    assert "Internal note, only agents see it" in answer.text
    assert "<strong>in</strong>" in answer.text
    row = await Entry.objects().get(Entry.seq == 2)
    assert (row.kind, row.author) == ("note", "agent")


async def test_a_note_never_reaches_a_visitor(live, chat, as_bob, as_vic, vic):
    # A4: in no page, answer, push, count or preview; the note itself is in the agent's page
    async with live.stream(as_vic, "/widget/shop/stream?after=0") as stream:
        await stream.ready()
        await as_bob.post(notes(chat), data=note())
        answer = await as_vic.post("/widget/shop/messages", data=note("And?"))
        await as_bob.post(
            f"/workspace/interactions/{chat.id}/messages", data=note("The end of the test")
        )
        await stream.with_text("The end of the test")
    pushed = "".join(event.data for event in [*stream.seen, *stream.arrived()])
    async with live.stream(as_vic, "/widget/shop/stream?after=1") as again:
        await again.ready()
    pages = [
        await as_vic.get("/widget/shop"),
        await as_vic.get("/widget/shop", headers={"HX-Request": "true"}),
        await as_vic.get("/widget/shop/entries?after=0"),
        await as_vic.get("/widget/shop/entries?after=1"),
        answer,
        await as_vic.post("/widget/shop/ending"),
    ]
    said = pushed + "".join(e.data for e in again.seen) + "".join(page.text for page in pages)

    assert SECRET not in said
    assert "Internal note" not in said
    assert f"entry_{chat.id}_2" not in said
    assert 'data-unread="1"' in pages[0].text
    row = await Interaction.objects().get(Interaction.id == chat.id)
    assert SECRET not in row.last_preview
    assert SECRET in (await as_bob.get(f"/workspace/webchat/{chat.id}")).text


async def test_a_note_between_two_messages_does_not_show_in_their_grouping(
    as_bob, as_vic, bob, chat
):
    # A4: to the visitor the second message follows the first, in the page and when it is pushed
    await messages.post_from_agent(chat.id, by=bob, body="One", nonce=a_nonce())
    await messages.add_note(chat.id, by=bob, body=SECRET, nonce=a_nonce())
    await messages.post_from_agent(chat.id, by=bob, body="Two", nonce=a_nonce())

    for path in ("", "/entries?after=0", "/entries?after=2", "/entries?after=3"):
        page = (await as_vic.get(f"/widget/shop{path}")).text
        assert "entry--first" not in entry(page, f"entry_{chat.id}_4"), path
    agents = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    assert "entry--first" in entry(agents, f"entry_{chat.id}_4")


async def test_a_pushed_message_after_a_note_is_grouped_as_the_page_groups_it(
    live, as_bob, bob, chat, as_vic
):
    await messages.post_from_agent(chat.id, by=bob, body="One", nonce=a_nonce())
    async with live.stream(as_vic, "/widget/shop/stream") as stream:
        await stream.ready()
        await as_bob.post(notes(chat), data=note())
        await as_bob.post(f"/workspace/interactions/{chat.id}/messages", data=note("Two"))
        event = await stream.with_text("Two")

    assert "entry--first" not in entry(event.data, f"entry_{chat.id}_4")


async def test_a_note_is_no_answer_and_counts_as_nothing(as_bob, bob, chat):
    before = await Interaction.objects().get(Interaction.id == chat.id)

    await messages.add_note(chat.id, by=bob, body=SECRET, nonce=a_nonce())

    after = await Interaction.objects().get(Interaction.id == chat.id)
    for column in (
        "awaiting_reply_since",
        "unread",
        "last_preview",
        "last_at",
        "first_response_at",
    ):
        assert getattr(after, column) == getattr(before, column), column


async def test_what_a_visitor_has_read_says_nothing_about_notes(as_bob, bob, chat, vic):
    await messages.add_note(chat.id, by=bob, body=SECRET, nonce=a_nonce())

    await read_by_visitor(vic, chat.id, seq=2)

    row = await Interaction.objects().get(Interaction.id == chat.id)
    assert row.contact_read_at is None


async def test_the_same_note_sent_twice_is_stored_once(as_bob, chat):
    # R3
    sent = note()
    for _ in range(2):
        assert (await as_bob.post(notes(chat), data=sent)).status_code == 200

    refused = await as_bob.post(notes(chat), data={**sent, "body": "Something else"})

    assert refused.status_code == 409
    assert await Entry.count().where(Entry.kind == "note") == 1


async def test_eve_cannot_write_a_note(as_eve, chat):
    foreign = await as_eve.post(notes(chat), data=note())
    unknown = await as_eve.post("/workspace/interactions/999999/notes", data=note())

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text == unknown.text


async def test_who_is_not_signed_in_cannot_write_a_note(as_nobody, as_vic, chat):
    assert (await as_nobody.post(notes(chat), data=note())).status_code == 401
    assert (await as_vic.post(notes(chat), data=note())).status_code == 401


@pytest.mark.parametrize("state", ["queued", "offered", "active"])
async def test_a_supervisor_who_looks_on_has_a_field_for_notes_alone(as_ada, bob, mallory, state):
    chat = await an_interaction(mallory, agent=bob, state=state)

    page = (await as_ada.get(f"/workspace/webchat/{chat.id}")).text

    assert f'action="{notes(chat)}"' in page
    assert 'aria-label="Internal note"' in page
    assert 'aria-label="Message"' not in page


async def test_there_is_no_field_for_notes_in_a_chat_that_ended(as_ada, bob, mallory):
    chat = await an_interaction(mallory, agent=bob, state="archived")

    page = (await as_ada.get(f"/workspace/webchat/{chat.id}")).text

    assert f'action="{notes(chat)}"' not in page


async def test_a_supervisor_writes_a_note_into_somebody_elses_chat(as_ada, chat):
    assert (await as_ada.post(notes(chat), data=note("Well done"))).status_code == 200


async def test_the_agent_who_had_it_before_writes_no_note(as_bob, bob, ada, vic):
    chat = await an_interaction(vic, agent=ada)

    assert (await as_bob.post(notes(chat), data=note())).status_code == 404


@pytest.mark.parametrize("body", ["", "   ", "\u200b", "x" * 2001])
async def test_a_note_without_words_or_too_long_is_refused(as_bob, chat, body):
    answer = await as_bob.post(notes(chat), data=note(body))

    assert answer.status_code == 422
    assert await Entry.count().where(Entry.kind == "note") == 0


async def test_a_note_into_an_archived_interaction_is_refused_and_says_why(as_bob, bob, vic):
    code = await a_wrap_up_code()
    chat = await an_interaction(vic, state="archived", agent=bob, wrap_up_code=code)

    answer = await as_bob.post(notes(chat), data=note())

    assert answer.status_code == 409
    assert "Your text is kept" in answer.text


async def test_hostile_words_in_a_note_are_text(as_bob, chat):
    # T2
    answer = await as_bob.post(
        notes(chat), data=note('<img src=x onerror=alert(1)> <hx-partial hx-target="body">')
    )

    assert "<img" not in answer.text
    assert "<hx-partial" not in answer.text


async def test_a_note_is_pushed_to_the_agents_other_tab(live, as_bob, chat):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_bob.post(notes(chat), data=note())
        event = await stream.with_text(SECRET)

    assert "entry--note" in event.data


def entry(page, entry_id):
    """The opening tag of an entry."""
    return re.search(rf'<div id="{entry_id}"[^>]*>', page)[0]
