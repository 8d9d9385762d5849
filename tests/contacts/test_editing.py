"""Contacts in agents' hands: their details, seen in every tab, changed by whom they talk with."""

import re

import pytest

from app.contacts.tables import Contact, Visitor
from app.widget.tables import Widget
from tests.builders import a_visitor, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob, words=["Hello"])


def url(contact_id):
    return f"/workspace/contacts/{contact_id}"


def details(**more):
    return {"name": "Maria K.", "email": "maria@mail.example", "phone": "+46 40 123", **more}


async def test_bob_changes_the_details(as_bob, chat):
    answer = await as_bob.put(url(chat.contact), data=details())

    assert answer.status_code == 200
    assert "maria@mail.example" in answer.text
    contact = await Contact.objects().get(Contact.id == chat.contact)
    assert (contact.name, contact.email, contact.phone) == (
        "Maria K.",
        "maria@mail.example",
        "+46 40 123",
    )


async def test_row_header_and_panel_follow_in_every_tab(live, as_bob, chat):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_bob.put(url(chat.contact), data=details())
        event = await stream.with_text("Maria K.")

    for part in ("row__name", "header__name", "contact__name", "contact_facts"):
        assert part in event.data, part


async def test_an_open_transcript_hears_that_whom_it_names_is_called_otherwise(
    live, as_bob, as_vic, chat
):
    page = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    before = mark_in(page, chat)
    theirs = mark_in((await as_vic.get("/widget/shop")).text, chat)

    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_bob.put(url(chat.contact), data=details())
        event = await stream.with_text("Maria K.")

    told = mark_in(event.data, chat)
    assert len(told) == len(before)
    assert set(before) - set(told), "the mark of the contact is another one"
    assert 'archive-sentence">Maria K.' in event.data
    again = (await as_bob.get(f"/workspace/interactions/{chat.id}/entries?after=0")).text
    assert mark_in(again, chat) == told
    # what agents call a visitor is no business of theirs
    assert mark_in((await as_vic.get("/widget/shop")).text, chat) == theirs


async def test_the_title_of_the_page_and_an_open_offer_follow(live, as_bob, as_eve, chat, eve, vic):
    # another chat of the contact is offered to Eve while Bob talks with them
    await another_offered(vic, eve)
    async with (
        live.stream(as_bob, "/workspace/stream") as of_bob,
        live.stream(as_eve, "/workspace/stream") as of_eve,
    ):
        await of_bob.ready()
        await of_eve.ready()
        await as_bob.put(url(chat.contact), data=details())
        title = await of_bob.with_text("page-title")
        offer = await of_eve.with_text("Maria K.")

    assert 'words="Maria K. · Webchat · Parley"' in title.data
    assert "offer__name" in offer.data


async def another_offered(vic, agent):
    """A chat that the same contact has begun in another browser, offered to the agent."""
    other = await a_visitor(await Widget.objects().get(Widget.id == vic.widget), token="elsewhere")
    await Visitor.update({Visitor.contact: vic.contact}).where(Visitor.id == other.id)
    other.contact = vic.contact
    await an_interaction(other, state="offered", agent=agent)


def mark_in(text, chat):
    return re.search(rf'id="named_{chat.id}" data-named="([^"]*)"', text)[1].split()


async def test_eve_is_told_nothing(live, as_bob, chat, as_eve):
    async with (
        live.stream(as_eve, "/workspace/stream") as of_eve,
        live.stream(as_bob, "/workspace/stream") as of_bob,
    ):
        await of_eve.ready()
        await of_bob.ready()
        await as_bob.put(url(chat.contact), data=details())
        await of_bob.with_text("Maria K.")
        told = of_eve.arrived()

    assert not any("Maria" in event.data for event in told)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "maria", "Enter a full address"),
        ("email", "a@b.example\r\nBcc: x@y.example", "Enter a full address"),
        ("phone", "call me", "Enter a number"),
        ("phone", "1" * 41, "Enter a number"),
        ("name", "x" * 81, "Use at most 80 characters"),
        ("name", "Bob", "Somebody of the team has this name"),
        ("name", "Sys\u200btem", "Somebody of the team has this name"),
    ],
)
async def test_a_wrong_detail_is_said_beside_its_field_and_all_is_kept(
    as_bob, chat, field, value, words
):
    answer = await as_bob.put(url(chat.contact), data=details(**{field: value}))

    assert answer.status_code == 422
    assert f'aria-describedby="contact_{field}_error"' in answer.text
    assert words in answer.text
    assert "maria@mail.example" in answer.text or "Maria K." in answer.text
    assert (await Contact.objects().get(Contact.id == chat.contact)).email == ""


async def test_a_name_that_was_there_before_stays_possible(as_bob, chat):
    # the agent Bob came after the contact of the same name
    await Contact.update({Contact.name: "Bob"}).where(Contact.id == chat.contact)

    answer = await as_bob.put(url(chat.contact), data=details(name="Bob"))

    assert answer.status_code == 200


async def test_what_a_form_does_not_name_is_not_changed(as_bob, chat):
    # A7
    await as_bob.put(url(chat.contact), data=details(merged_into="1", id="7"))

    contact = await Contact.objects().get(Contact.id == chat.contact)
    assert contact.merged_into == 0


async def test_eve_sees_and_changes_nothing_of_bobs_contact(as_eve, chat):
    # A2
    for method, path in (("GET", ""), ("GET", "/editing"), ("PUT", "")):
        foreign = await as_eve.request(method, url(chat.contact) + path, data=details())
        unknown = await as_eve.request(method, url(999_999) + path, data=details())
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text == unknown.text


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**40])
async def test_an_odd_number_is_nobody(as_ada, number):
    assert (await as_ada.get(url(number))).status_code == 404


async def test_an_offer_does_not_open_the_contact(as_bob, bob, vic):
    offered = await an_interaction(vic, state="offered", agent=bob)

    assert (await as_bob.get(url(offered.contact))).status_code == 404


async def test_who_is_not_signed_in_sees_no_contact(as_nobody, as_vic, chat):
    assert (await as_nobody.put(url(chat.contact), data=details())).status_code == 401
    assert (await as_vic.get(url(chat.contact))).status_code == 401


async def test_a_hostile_name_is_text(as_bob, chat):
    # T3
    await as_bob.put(url(chat.contact), data=details(name='<img src=x> "onload=1'))

    page = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


# Other interactions of the contact.


async def test_an_earlier_interaction_is_read_by_whoever_talks_with_the_contact(
    as_bob, eve, bob, vic
):
    code = await a_wrap_up_code("Refund")
    earlier = await an_interaction(
        vic, state="archived", agent=eve, words=["Long ago"], wrap_up_code=code
    )
    before = await as_bob.get(f"/workspace/webchat/{earlier.id}")
    now = await an_interaction(vic, agent=bob, words=["Hello again"])

    page = (await as_bob.get(f"/workspace/webchat/{now.id}")).text
    opened = await as_bob.get(f"/workspace/webchat/{earlier.id}")

    assert before.status_code == 404
    assert f'href="/workspace/webchat/{earlier.id}"' in page
    assert "Refund" in page
    assert "Archived by Eve" in page
    assert "Long ago" in opened.text
    assert "message-composer" not in opened.text
    assert "data-read-url" not in opened.text
    entries = await as_bob.get(f"/workspace/interactions/{earlier.id}/entries?after=0")
    assert "Long ago" in entries.text


async def test_an_earlier_interaction_is_only_read(as_bob, eve, bob, vic):
    code = await a_wrap_up_code()
    earlier = await an_interaction(vic, state="archived", agent=eve, wrap_up_code=code)
    await an_interaction(vic, agent=bob)
    base = f"/workspace/interactions/{earlier.id}"
    form = {"body": "Hello", "nonce": "nonce-of-bob", "wrap_up_code": code.id, "seq": 1}

    for method, path in (
        ("POST", "/messages"),
        ("POST", "/notes"),
        ("POST", "/archive"),
        ("PUT", "/read"),
        ("PUT", "/typing"),
    ):
        answer = await as_bob.request(method, base + path, data=form)
        assert answer.status_code == 404, path


async def test_the_door_closes_with_the_chat(as_bob, eve, bob, vic):
    # F5, A5: access is asked of each request
    code = await a_wrap_up_code()
    earlier = await an_interaction(vic, state="archived", agent=eve, wrap_up_code=code)
    now = await an_interaction(vic, agent=bob)
    path = f"/workspace/interactions/{earlier.id}/transcript"
    assert (await as_bob.get(path)).status_code == 200

    await as_bob.post(f"/workspace/interactions/{now.id}/archive", data={"wrap_up_code": code.id})

    assert (await as_bob.get(path)).status_code == 404


async def test_another_open_interaction_is_named_but_not_opened(as_bob, eve, bob, vic, mallory):
    await Contact.update({Contact.name: "Vic"}).where(Contact.id == vic.contact)
    mallory.contact = vic.contact
    await mallory.save()
    theirs = await an_interaction(mallory, agent=eve)
    mine = await an_interaction(vic, agent=bob)

    page = (await as_bob.get(f"/workspace/webchat/{mine.id}")).text

    assert "Open now" in page
    assert "With Eve" in page
    assert f'href="/workspace/webchat/{theirs.id}"' not in page
    assert (await as_bob.get(f"/workspace/webchat/{theirs.id}")).status_code == 404
