"""What an agent's pages show, and that a page opened afresh shows what the live one shows."""

from datetime import timedelta

from app.interactions.tables import Interaction
from app.moments import now
from tests.builders import (
    a_nonce,
    a_visitor,
    a_wrap_up_code,
    an_agent,
    an_entry,
    an_interaction,
)
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

HTMX = {"HX-Request": "true"}


async def test_the_words_that_others_rely_on_are_there(as_bob, bob, vic):
    # Accessible names are fixed (DESIGN.md, 9).
    interaction = await an_interaction(vic, agent=bob)

    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text

    for name in ("Active interactions", "Transcript", "Message", "Status", "Initiated"):
        assert f'"{name}"' in page or f">{name}<" in page, name
    for button in ("Send", "Bold", "Italic", "Archive"):
        assert f'"{button}"' in page or f">{button}<" in page or f"{button}</" in page, button
    assert "Select a wrap-up code" in page
    assert "Not supported for webchat" in page


async def test_the_title_follows_the_chat_that_is_opened_without_a_reload(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    name = f"Contact C-{1000 + interaction.contact}"

    whole = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text
    opened = (await as_bob.get(f"/workspace/webchat/{interaction.id}", headers=HTMX)).text
    left = (await as_bob.get("/workspace/webchat", headers=HTMX)).text

    assert f"<title>{name} · Webchat · Parley</title>" in whole
    assert f"<title>{name} · Webchat · Parley</title>" in opened
    assert "<title>Webchat · Parley</title>" in left


async def test_the_transcript_is_in_order_with_both_sides(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=["My lamp flickers"])
    await as_bob.post(
        f"/workspace/interactions/{interaction.id}/messages",
        data={"body": "**Which** one?", "nonce": a_nonce()},
    )

    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text

    assert page.index(f"entry_{interaction.id}_1") < page.index(f"entry_{interaction.id}_2")
    own = page[page.index(f'id="entry_{interaction.id}_2"') :]
    assert "entry--own" in own[:200]
    assert "<strong>Which</strong> one?" in own


async def test_the_list_has_the_agents_own_chats_and_no_other(as_bob, bob, eve, vic, mallory):
    mine = await an_interaction(vic, agent=bob, words=["For Bob"])
    others = await an_interaction(mallory, agent=eve, words=["For Eve"])

    page = (await as_bob.get("/workspace/webchat")).text

    assert f'id="interaction_{mine.id}"' in page
    assert "For Bob" in page
    assert f'id="interaction_{others.id}"' not in page
    assert "For Eve" not in page


async def test_completed_chats_stay_in_the_list_for_a_day(as_bob, bob, shop, vic):
    code = await a_wrap_up_code("Refund")
    recent = await an_interaction(vic, state="archived", agent=bob, wrap_up_code=code)
    old = await an_interaction(vic, state="archived", agent=bob)
    await Interaction.update({Interaction.archived_at: now() - timedelta(hours=25)}).where(
        Interaction.id == old.id
    )

    page = (await as_bob.get("/workspace/webchat")).text

    assert f'id="interaction_{recent.id}"' in page
    assert "Refund" in page
    assert f'id="interaction_{old.id}"' not in page


async def test_who_waits_longest_for_an_answer_comes_first(as_bob, bob, shop):
    ids = []
    for minutes in (1, 9, 5):
        visitor = await a_visitor(shop, token=f"token-{minutes}")
        at = now() - timedelta(minutes=minutes)
        ids.append((minutes, (await an_interaction(visitor, agent=bob, queued_at=at)).id))

    page = (await as_bob.get("/workspace/webchat")).text

    places = [page.index(f'id="interaction_{id_}"') for _, id_ in sorted(ids, reverse=True)]
    assert places == sorted(places)


async def test_htmx_gets_the_conversation_and_a_browser_the_page(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    path = f"/workspace/webchat/{interaction.id}"

    partial, page = await as_bob.get(path, headers=HTMX), await as_bob.get(path)

    assert partial.text.lstrip().startswith("<")
    assert 'id="conversation"' in partial.text
    assert "<html" not in partial.text
    assert "<!doctype html>" in page.text
    assert "HX-Request" in partial.headers["vary"]


async def test_a_long_transcript_comes_page_by_page(as_bob, bob, vic):
    words = [f"Message {number}" for number in range(1, 121)]
    interaction = await an_interaction(vic, agent=bob, words=words)
    entries = f"/workspace/interactions/{interaction.id}/entries"

    page = await as_bob.get(f"/workspace/webchat/{interaction.id}")
    before = await as_bob.get(f"{entries}?before=71")
    first = await as_bob.get(f"{entries}?before=21")

    assert page.text.count(' data-seq="') == 50
    assert before.text.count(' data-seq="') == 50
    assert f'id="entry_{interaction.id}_21"' in before.text
    assert "parley-first" not in before.headers
    assert first.text.count(' data-seq="') == 20
    assert first.headers["parley-first"] == "true"


async def test_after_a_cut_a_page_asks_for_what_it_has_not(as_bob, bob, vic):
    # R4: the same partial as page and push
    interaction = await an_interaction(vic, agent=bob, words=["One", "Two", "Three"])

    answer = await as_bob.get(f"/workspace/interactions/{interaction.id}/entries?after=1")

    assert answer.headers["parley-log"] == f"log_{interaction.id}"
    assert f'id="entry_{interaction.id}_1"' not in answer.text
    assert answer.text.index("Two") < answer.text.index("Three")
    assert f"[data-interaction='{interaction.id}'] .header" in answer.text


async def test_archiving_shows_the_end_and_takes_the_composer_away(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code("Refund")

    answer = await as_bob.post(
        f"/workspace/interactions/{interaction.id}/archive",
        data={"wrap_up_code": str(code.id), "note": "Sent a new one"},
        headers=HTMX,
    )

    assert answer.status_code == 200
    assert "Bob archived the chat, Refund" in answer.text
    assert 'aria-label="Message"' not in answer.text
    after = await Interaction.objects().get(Interaction.id == interaction.id)
    assert (after.wrap_up_code, after.wrap_up_note) == (code.id, "Sent a new one")


async def test_the_codes_used_last_are_on_top(as_bob, bob, vic, mallory):
    await a_wrap_up_code("Address changed", group="Order")
    refund = await a_wrap_up_code("Refund", group="Returns")
    await a_wrap_up_code("Old", archived_at=now())
    await an_interaction(mallory, state="archived", agent=bob, wrap_up_code=refund)
    interaction = await an_interaction(vic, agent=bob)

    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text

    dialog = page[page.index('id="archive_form"') :]
    assert dialog.index("Recently used") < dialog.index("Refund") < dialog.index("Address changed")
    assert dialog.count('type="radio"') == 2
    assert "Old" not in dialog


async def test_reading_takes_the_unread_mark_away_for_the_agent_who_has_it_only(
    as_ada, as_bob, bob, vic
):
    interaction = await an_interaction(vic, agent=bob, words=["One", "Two"])
    read = f"/workspace/interactions/{interaction.id}/read"

    await as_ada.put(read, data={"seq": "2"})
    assert 'data-unread="2"' in (await as_bob.get("/workspace/webchat")).text
    await as_bob.put(read, data={"seq": "2"})

    assert 'data-unread="0"' in (await as_bob.get("/workspace/webchat")).text


async def test_who_is_in_no_queue_is_told_why_nothing_comes(app, as_ada):
    page = (await as_ada.get("/workspace/webchat")).text

    assert "You are not a member of a queue yet" in page


async def test_a_message_as_long_as_the_setting_allows_is_shown_whole(as_bob, as_vic, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    form = {"body": "x" * 7992 + " the end", "nonce": a_nonce()}

    answer = await as_vic.post("/widget/shop/messages", data=form)
    page = await as_bob.get(f"/workspace/webchat/{interaction.id}")

    assert answer.status_code == 200
    assert "the end" in answer.text
    assert "the end" in page.text


async def test_messages_of_one_writer_stand_together_for_three_minutes(as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=["One", "Two"])
    late = await an_entry(interaction, 3, body="Three")
    late.created_at = now() + timedelta(minutes=4)
    await late.save()

    entries = (await as_bob.get(f"/workspace/interactions/{interaction.id}/entries")).text

    classes = [
        part.split('" data-seq="')[0] for part in entries.split(f'id="entry_{interaction.id}_')
    ]
    assert ["entry--first" in one for one in classes[1:]] == [True, False, True]


async def test_an_agent_who_was_renamed_is_shown_by_the_new_name(app, as_vic, bob, vic):
    cleo = await an_agent("Cleo")
    interaction = await an_interaction(vic, agent=cleo, words=[])
    await an_entry(interaction, 1, body="Hello", author="agent", agent=cleo)
    cleo.name = "Cleopatra"
    await cleo.save()

    assert "Cleopatra" in (await as_vic.get("/widget/shop")).text
