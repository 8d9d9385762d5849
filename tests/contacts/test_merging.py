"""Two contacts are one person: a supervisor says so, and everything follows."""

import asyncio

import pytest

from app.contacts import editing
from app.contacts.names import contact_number
from app.contacts.tables import Contact, ContactMerge, Visitor
from app.interactions.tables import Entry, Interaction
from app.problems import Refused
from tests.builders import a_nonce, a_visitor, an_interaction


@pytest.fixture
async def chats(vic, mallory, bob, eve):
    """Vic's chat with Bob, and another browser's with Eve."""
    return await an_interaction(vic, agent=bob), await an_interaction(mallory, agent=eve)


def url(contact_id):
    return f"/workspace/contacts/{contact_id}/merging"


async def contact(contact_id):
    return await Contact.objects().get(Contact.id == contact_id)


async def test_interactions_and_visitors_follow(as_ada, ada, chats, vic, mallory):
    kept, merged = vic.contact, mallory.contact

    answer = await as_ada.post(url(kept), data={"number": contact_number(merged)})

    assert answer.status_code == 303
    assert {row["contact"] for row in await Interaction.select(Interaction.contact)} == {kept}
    assert {row["contact"] for row in await Visitor.select(Visitor.contact)} == {kept}
    [record] = await ContactMerge.objects()
    assert (record.kept, record.merged, record.agent) == (kept, merged, ada.id)
    assert record.merged_at is not None


async def test_what_the_kept_one_lacks_is_taken_over_and_nothing_else(as_ada, chats, vic, mallory):
    await Contact.update({Contact.name: "Maria", Contact.email: ""}).where(
        Contact.id == vic.contact
    )
    await Contact.update({Contact.name: "M.", Contact.email: "m@mail.example"}).where(
        Contact.id == mallory.contact
    )

    await as_ada.post(url(vic.contact), data={"number": contact_number(mallory.contact)})

    kept = await contact(vic.contact)
    assert (kept.name, kept.email) == ("Maria", "m@mail.example")


async def test_open_interactions_say_it_to_agents_only(as_ada, as_bob, as_vic, chats, vic, mallory):
    await as_ada.post(url(vic.contact), data={"number": contact_number(mallory.contact)})

    bodies = {
        row["interaction"]: row["body"]
        for row in await Entry.select(Entry.interaction, Entry.body).where(Entry.notice == "merged")
    }
    assert bodies == {
        chats[0].id: contact_number(mallory.contact),
        chats[1].id: contact_number(vic.contact),
    }
    page = (await as_bob.get(f"/workspace/webchat/{chats[0].id}")).text
    assert f"Ada merged this contact with {contact_number(mallory.contact)}" in page
    assert "merged" not in (await as_vic.get("/widget/shop/entries?after=0")).text


async def test_the_number_of_the_merged_one_still_finds_the_person(as_ada, shop, vic, mallory):
    third = await a_visitor(shop, token="token-of-third")
    await as_ada.post(url(vic.contact), data={"number": contact_number(mallory.contact)})

    await as_ada.post(url(third.contact), data={"number": contact_number(mallory.contact)})

    assert (await contact(vic.contact)).merged_into == third.contact
    assert (await contact(mallory.contact)).merged_into == third.contact
    page = await as_ada.get(f"/workspace/contacts/{mallory.contact}")
    assert contact_number(third.contact) in page.text


async def test_an_unknown_number_is_said_beside_the_field(as_ada, vic):
    for number in ("", "C-", "C-9999", "1", "<b>", "C-99999999999", "C-1000"):
        answer = await as_ada.post(url(vic.contact), data={"number": number})

        assert answer.status_code == 422, number
        assert 'id="merge_number_error"' in answer.text
    assert await ContactMerge.count() == 0


async def test_a_contact_is_not_merged_with_itself(as_ada, vic):
    answer = await as_ada.post(url(vic.contact), data={"number": contact_number(vic.contact)})

    assert answer.status_code == 422
    assert "the same contact" in answer.text


async def test_a_look_before_it_is_done_changes_nothing(as_ada, vic, mallory):
    await Contact.update({Contact.name: "Oliver T."}).where(Contact.id == mallory.contact)

    page = await as_ada.get(url(vic.contact), params={"number": contact_number(mallory.contact)})

    assert page.status_code == 200
    assert "Oliver T." in page.text
    assert "cannot be undone" in page.text
    assert await ContactMerge.count() == 0


async def test_an_agent_may_not_merge(as_bob, as_eve, as_nobody, chats, vic, mallory):
    form = {"number": contact_number(mallory.contact)}

    assert (await as_bob.post(url(vic.contact), data=form)).status_code == 403
    assert (await as_bob.get(url(vic.contact))).status_code == 403
    assert (await as_nobody.post(url(vic.contact), data=form)).status_code == 401
    assert "Merge contacts" not in (await as_bob.get(f"/workspace/webchat/{chats[0].id}")).text


async def test_both_agents_see_the_person_they_talk_with(live, as_ada, chats, vic, mallory, as_eve):
    await Contact.update({Contact.name: "Maria K."}).where(Contact.id == vic.contact)
    async with live.stream(as_eve, "/workspace/stream") as stream:
        await stream.ready()
        await as_ada.post(url(vic.contact), data={"number": contact_number(mallory.contact)})
        event = await stream.until(
            lambda one: "Maria K." in one.data and "contact__name" in one.data
        )

    assert f"interaction_{chats[1].id}" in event.data
    others = event.data[event.data.index('id="contact_others"') :]
    assert "Open now" in others
    assert "With Bob" in others


async def test_merging_both_ways_at_once_merges_once(ada, vic, mallory):
    one, other = await contact(vic.contact), await contact(mallory.contact)

    outcomes = await asyncio.gather(
        editing.merge(other, into=one, by=ada),
        editing.merge(one, into=other, by=ada),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes if outcome] == [Refused]
    assert await ContactMerge.count() == 1
    merged = await Contact.objects().where(Contact.merged_into != 0)
    assert len(merged) == 1


async def test_merging_again_is_refused(ada, vic, mallory):
    one, other = await contact(vic.contact), await contact(mallory.contact)
    await editing.merge(other, into=one, by=ada)

    with pytest.raises(Refused, match="Look again"):
        await editing.merge(other, into=one, by=ada)


async def test_a_visitor_goes_on_as_the_kept_contact(as_ada, as_mallory, vic, mallory):
    await as_ada.post(url(vic.contact), data={"number": contact_number(mallory.contact)})

    await as_mallory.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})

    [row] = await Interaction.objects()
    assert row.contact == vic.contact


async def test_merging_from_a_chat_shows_that_chat_again(as_ada, chats, vic, mallory):
    answer = await as_ada.post(
        url(vic.contact),
        data={"number": contact_number(mallory.contact), "chat": chats[0].id},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert f'data-interaction="{chats[0].id}"' in answer.text
