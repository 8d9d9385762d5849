"""A message left while nobody is there: asked for an address, kept, and answered first come."""

import pytest

from app.contacts.tables import Contact
from app.interactions import service as interactions
from app.interactions.tables import OFFERED, QUEUED, Entry, Interaction
from app.problems import Refused
from app.routing.service import Rules, end_long_waits, offer_waiting
from app.routing.tables import Queue, QueuePeriod
from tests.builders import a_nonce, an_interaction
from tests.databases import ON_SQLITE
from tests.routing.test_waiting_rules import closed_now

pytestmark = ON_SQLITE

MESSAGES = "/widget/shop/messages"
HTMX = {"HX-Request": "true"}


def left(**more):
    return {
        "body": "Do you ship to Norway?",
        "nonce": a_nonce(),
        "email": "vic@mail.example",
        "offline": "true",
        **more,
    }


async def test_outside_the_hours_the_widget_asks_for_a_message(as_nobody, shop, sales):
    await closed_now(sales)
    page = (await as_nobody.get("/widget/shop")).text

    answer = await as_nobody.post(MESSAGES, data=left(), headers=HTMX)

    assert "Closed now" in page
    assert "Leave message" in page
    assert 'mode="opening"' in page
    assert "Your message is with us" in answer.text
    assert "End chat" not in answer.text
    row = await Interaction.objects().first()
    notice = await Entry.select(Entry.seq, Entry.body).where(Entry.notice == "offline").first()
    assert (row.state, row.offline, row.last_seq) == (QUEUED, True, 2)
    assert notice == {"seq": 2, "body": "vic@mail.example"}
    assert (await Contact.objects().first()).email == "vic@mail.example"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"email": ""}, "Enter your e-mail address."),
        ({"email": "nowhere"}, "Enter a full address"),
        ({"body": ""}, "Write a message first."),
    ],
)
async def test_what_is_missing_is_told_and_the_rest_is_kept(as_nobody, shop, sales, data, sentence):
    await closed_now(sales)

    answer = await as_nobody.post(MESSAGES, data=left(name="Vic", **data), headers=HTMX)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Vic"' in answer.text
    assert 'name="offline" value="true"' in answer.text
    assert await Interaction.count() == 0


async def test_with_nobody_signed_in_one_may_write_or_leave_a_message(as_nobody, shop):
    page = (await as_nobody.get("/widget/shop")).text
    form = (await as_nobody.get("/widget/shop/new?message=true")).text

    assert "Nobody of the team is here right now." in page
    assert 'aria-label="Message"' in page
    assert "Leave message" in form
    assert "Write in the chat instead" in form


@pytest.mark.parametrize(
    ("closed", "shown", "form"),
    [
        (True, "chat", "Leave message"),
        (False, "closed", 'aria-label="Message"'),
        (True, "closed", None),
        (False, "message", None),
        (False, "chat", None),
    ],
)
async def test_who_asks_again_hears_the_hours_and_another_form_only_where_they_call_for_it(
    as_nobody, shop, sales, closed, shown, form
):
    if closed:
        await closed_now(sales)

    answer = await as_nobody.get("/widget/shop/hours", params={"shown": shown}, headers=HTMX)

    note = "We are closed now." if closed else "Nobody of the team is here right now."
    assert note in answer.text
    assert ("Closed now" in answer.text) is closed
    assert ('<hx-partial hx-target="#widget_body"' in answer.text) is bool(form)
    assert (form or "widget_hours") in answer.text


async def test_who_waits_hears_their_own_line_and_nobody_anothers(as_vic, as_nobody, vic, shop):
    await an_interaction(vic, state=QUEUED)

    theirs = await as_vic.get("/widget/shop/hours?shown=line", headers=HTMX)
    nobodys = await as_nobody.get("/widget/shop/hours?shown=line", headers=HTMX)

    assert "You are in line" in theirs.text
    assert (nobodys.status_code, nobodys.text) == (200, "")


async def test_a_lost_answer_and_a_retry_are_one_message(as_vic, shop):
    data = left()

    first = await as_vic.post(MESSAGES, data=data)
    again = await as_vic.post(MESSAGES, data=data)

    assert first.text == again.text
    assert "Do you ship to Norway?" in again.text
    assert await Entry.count() == 2


async def test_it_never_is_missed_by_waiting_and_is_offered_when_the_queue_opens(
    as_vic, vic, shop, sales, bob, clock
):
    await closed_now(sales)
    await Queue.update({Queue.longest_wait: 60}).where(Queue.id == sales.id)
    await as_vic.post(MESSAGES, data=left())
    chat = await Interaction.objects().first()

    await offer_waiting(present={bob.id}, rules=Rules())
    await QueuePeriod.delete(force=True)
    clock.forward(3600)
    await end_long_waits()
    with pytest.raises(Refused):
        await interactions.give_up(chat.id)
    await offer_waiting(present={bob.id}, rules=Rules())

    row = await Interaction.objects().first()
    told = await Entry.select(Entry.notice).where(Entry.kind == "notice")
    assert row.state == OFFERED
    assert [one["notice"] for one in told] == ["offline"]


async def test_agents_see_that_it_was_left_and_the_address(as_bob, as_vic, bob, vic, sales):
    await as_vic.post(MESSAGES, data=left())
    chat = await Interaction.objects().first()
    await offer_waiting(present={bob.id}, rules=Rules())

    page = (await as_bob.get("/workspace/webchat")).text
    offer = (await as_bob.get("/workspace/webchat")).text
    await as_bob.post("/workspace/offers/1/acceptance")
    opened = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text

    assert "Message left, Sales" in page
    assert "vic@mail.example" in offer
    assert "Left a message while nobody was there. E-mail: vic@mail.example" in opened
    assert "vic@mail.example" not in (await as_vic.get("/widget/shop/entries")).text


async def test_in_a_chat_that_is_open_it_is_a_message_like_any_other(as_vic, vic, bob):
    chat = await an_interaction(vic, agent=bob)

    await as_vic.post(MESSAGES, data=left())

    row = await Interaction.objects().get(Interaction.id == chat.id)
    assert (row.offline, row.last_seq) == (False, 2)
