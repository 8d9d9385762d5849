"""Files travel with a message, once, in both directions."""

import hashlib
import re

import pytest

from app.agents.tables import Agent
from app.attachments.tables import Attachment
from app.interactions.tables import Entry, Interaction
from tests.attachments.samples import SAMPLES, TYPES
from tests.attachments.sending import an_upload_id, send, stored_files, upload, uploaded
from tests.builders import a_nonce, an_interaction, an_offer
from tests.databases import ON_SQLITE
from tests.people import browser

pytestmark = ON_SQLITE

WIDGET = "/widget/shop"
WRITE = f"{WIDGET}/messages"


async def test_a_visitors_file_reaches_the_agent_as_it_was(as_vic, as_bob, chat):
    # F2
    one = await uploaded(as_vic, WIDGET, name="Lamp.PNG")

    answer = await send(as_vic, WRITE, one, body="Look")

    assert answer.status_code == 200
    shown = await as_bob.get(f"/workspace/interactions/{chat.id}/entries?after=1")
    url = re.search(r'href="(/workspace/attachments/\d+)" download', shown.text)[1]
    assert 'aria-label="Download Lamp.PNG"' in shown.text
    assert (await as_bob.get(url)).content == SAMPLES["png"]


async def test_an_agents_file_reaches_the_visitor_as_it_was(as_vic, as_bob, at_work, messages):
    # F2
    one = await uploaded(as_bob, at_work, name="guide.pdf")

    answer = await send(as_bob, messages, one)

    assert answer.status_code == 200
    shown = await as_vic.get(f"{WIDGET}/entries?after=1")
    url = re.search(r'href="(/widget/shop/attachments/\d+)" download', shown.text)[1]
    assert (await as_vic.get(url)).content == SAMPLES["pdf"]
    assert "entry__bubble" not in shown.text  # no words, no bubble


@pytest.mark.parametrize("ending", SAMPLES)
async def test_every_listed_type_is_taken_and_served_with_our_type(as_vic, chat, ending):
    # F1
    one = await uploaded(as_vic, WIDGET, name=f"file.{ending}")
    await send(as_vic, WRITE, one)

    [stored] = await Attachment.objects()
    answer = await as_vic.get(f"{WIDGET}/attachments/{stored.id}")

    assert answer.headers["content-type"] == TYPES[ending]
    assert answer.content == SAMPLES[ending]
    assert stored.sha256 == hashlib.sha256(SAMPLES[ending]).hexdigest()
    assert stored.size == len(SAMPLES[ending])


async def test_a_message_has_words_or_files_or_both_and_at_most_ten(as_vic, chat):
    ids = [await uploaded(as_vic, WIDGET, name=f"{n}.txt") for n in range(11)]

    assert (await send(as_vic, WRITE)).status_code == 422
    assert (await send(as_vic, WRITE, *ids)).status_code == 422
    assert (await send(as_vic, WRITE, *ids[:10])).status_code == 200
    entry = await Entry.objects().get(Entry.seq == 2)
    assert entry.body == ""
    rows = await Attachment.objects().where(Attachment.seq == 2).order_by(Attachment.position)
    assert [row.name for row in rows] == [f"{n}.txt" for n in range(10)]


async def test_the_list_shows_the_files_where_there_are_no_words(as_bob, at_work, messages, chat):
    two = [await uploaded(as_bob, at_work, name=name) for name in ("Photo.png", "Plan.pdf")]

    await send(as_bob, messages, *two)

    assert (await Interaction.objects().first()).last_preview == "Photo.png, Plan.pdf"


@pytest.mark.parametrize(
    ("names", "shown"), [(["Photo.png"], "Photo.png"), (["Photo.png", "Plan.pdf"], "2 files")]
)
async def test_an_offer_names_the_files_where_there_are_no_words(
    as_vic, as_bob, vic, bob, names, shown
):
    # His first message has files alone; what he says after it does not stand for them.
    theirs = await an_interaction(vic, state="queued", words=())
    files = [await uploaded(as_vic, WIDGET, name=name) for name in names]
    await send(as_vic, WRITE, *files)
    await send(as_vic, WRITE, body="Look")
    await Interaction.update({Interaction.state: "offered"}).where(Interaction.id == theirs.id)
    await an_offer(theirs, to=bob)

    page = (await as_bob.get("/workspace/webchat")).text

    assert f'<p class="offer__words" title="{shown}">' in page


@pytest.mark.parametrize("side", ["visitor", "agent"])
async def test_a_message_that_is_sent_again_is_stored_once_with_its_files(
    as_vic, as_bob, at_work, messages, chat, side
):
    somebody, base, url = (
        (as_vic, WIDGET, WRITE) if side == "visitor" else (as_bob, at_work, messages)
    )
    one, other = [await uploaded(somebody, base) for _ in range(2)]
    nonce = a_nonce()

    first = await send(somebody, url, one, body="Look", nonce=nonce)
    again = await send(somebody, url, one, body="Look", nonce=nonce)
    changed = await send(somebody, url, other, body="Look", nonce=nonce)

    assert first.text == again.text
    assert (first.status_code, again.status_code, changed.status_code) == (200, 200, 409)
    assert await Entry.count() == 2
    assert await Attachment.count().where(Attachment.seq.is_not_null()) == 1


@pytest.mark.parametrize("side", ["visitor", "agent"])
async def test_a_foreign_a_used_and_an_unknown_upload_are_all_unknown(
    as_vic, as_mallory, as_bob, at_work, messages, mallory, side
):
    # F4
    bob, chat = await Agent.objects().first(), await Interaction.objects().first()
    theirs = await an_interaction(mallory, agent=bob)
    elsewhere = f"/workspace?interaction={theirs.id}"
    somebody, base, url = (
        (as_vic, WIDGET, WRITE) if side == "visitor" else (as_bob, at_work, messages)
    )
    used = await uploaded(somebody, base)
    await send(somebody, url, used)
    foreign = [
        used,
        await uploaded(as_mallory, WIDGET),
        await uploaded(as_bob, elsewhere),
        await (uploaded(as_bob, at_work) if side == "visitor" else uploaded(as_vic, WIDGET)),
        an_upload_id(),
    ]

    answers = [await send(somebody, url, one, body="Look") for one in foreign]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert await Entry.count().where(Entry.interaction == chat.id) == 2


async def test_of_a_message_with_one_wrong_file_nothing_is_stored(as_vic, chat):
    good = await uploaded(as_vic, WIDGET)

    answer = await send(as_vic, WRITE, good, an_upload_id(), body="Look")

    assert answer.status_code == 404
    assert await Entry.count() == 1
    assert (await send(as_vic, WRITE, good)).status_code == 200


async def test_who_has_no_token_uploads_and_sends_nothing(app, shop, vic, chat, settings):
    # F4: nothing on disk, nothing in the database
    nobody = browser(app)

    refused = await upload(nobody, WIDGET)
    sent = await send(nobody, WRITE, an_upload_id(), body="Look")

    assert (refused.status_code, sent.status_code) == (401, 404)
    assert await Attachment.count() == 0
    assert await Interaction.count() == 1
    assert stored_files(settings) == []


async def test_agents_upload_only_where_they_write(as_eve, as_ada, as_nobody, at_work, settings):
    # F4
    for somebody, status in ((as_eve, 404), (as_ada, 409), (as_nobody, 401)):
        assert (await upload(somebody, at_work)).status_code == status
    unknown = "/workspace?interaction=999999"
    assert (await upload(as_ada, unknown)).status_code == 404
    assert (await upload(as_ada, "/workspace?interaction=x")).status_code == 404
    assert await Attachment.count() == 0
    assert stored_files(settings) == []


async def test_an_upload_that_is_tried_again_is_one_upload(as_vic, as_mallory, chat, settings):
    # F4: the first answer was lost
    one = an_upload_id()

    first = await upload(as_vic, WIDGET, upload_id=one)
    again = await upload(as_vic, WIDGET, upload_id=one)
    other = await upload(as_vic, WIDGET, upload_id=one, name="a.txt")
    foreign = await upload(as_mallory, WIDGET, upload_id=one)

    assert first.text == again.text
    assert [answer.status_code for answer in (first, again, other, foreign)] == [200, 200, 409, 404]
    assert len(stored_files(settings)) == 1


@pytest.mark.parametrize("upload_id", ["short", "x" * 21, "x" * 65, "a.b/../" + "c" * 20, "é" * 22])
async def test_an_upload_needs_an_id_that_nobody_guesses(as_vic, chat, upload_id):
    assert (await upload(as_vic, WIDGET, upload_id=upload_id)).status_code == 404


async def test_files_stand_in_the_copies_of_a_transcript(as_vic, as_bob, chat):
    one = await uploaded(as_vic, WIDGET, name="<b>.png")
    await send(as_vic, WRITE, one)
    copy = f"/workspace/interactions/{chat.id}/transcript?format="

    assert "[File: <b>.png, PNG, " in (await as_bob.get(f"{copy}text")).text
    assert "&lt;b&gt;.png" in (await as_bob.get(f"{copy}html")).text
