"""Each message once: nonces, lost answers, parallel first messages."""

import asyncio

import pytest

from app.contacts import service as contacts
from app.contacts.service import Browser, Details
from app.contacts.tables import Contact, Visitor
from app.interactions import messages, service
from app.interactions.tables import Entry, Interaction
from app.problems import Refused
from app.tokens import token_hash
from app.widget.access import widget_and_visitor
from tests.builders import a_nonce, a_wrap_up_code, an_interaction

FIREFOX = Browser(address="192.0.2.1", user_agent="Firefox/137.0", language="sv")


async def mint(widget, nonce):
    return await contacts.mint(widget, details=Details(name="Vic"), browser=FIREFOX, nonce=nonce)


async def test_50_parallel_first_messages_of_one_visitor_make_one_interaction(vic):
    # R1
    await asyncio.gather(
        *(messages.post_from_visitor(vic, body=f"{n}", nonce=a_nonce()) for n in range(50))
    )

    [interaction] = await Interaction.objects()
    rows = await Entry.select(Entry.seq).order_by(Entry.seq)
    assert [row["seq"] for row in rows] == list(range(1, 51))
    assert interaction.last_seq == 50


async def test_the_same_message_sent_20_times_at_once_is_stored_once(vic):
    # R3
    posted = await asyncio.gather(
        *(messages.post_from_visitor(vic, body="Hello", nonce="nonce-of-vic") for _ in range(20))
    )

    assert len(set(posted)) == 1
    assert await Entry.count() == 1
    assert await Interaction.count() == 1


async def test_an_agents_message_sent_20_times_at_once_is_stored_once(bob, vic):
    # R3
    interaction = await an_interaction(vic, agent=bob)

    posted = await asyncio.gather(
        *(
            messages.post_from_agent(interaction.id, by=bob, body="Hello", nonce="nonce-of-bob")
            for _ in range(20)
        )
    )

    assert len(set(posted)) == 1
    assert await Entry.count().where(Entry.author == "agent") == 1


async def test_a_used_nonce_with_other_words_is_refused(bob, vic):
    # R3
    interaction = await an_interaction(vic, agent=bob)
    await messages.post_from_visitor(vic, body="Yes", nonce="nonce-of-vic")
    await messages.post_from_agent(interaction.id, by=bob, body="Yes", nonce="nonce-of-bob")

    with pytest.raises(Refused, match="other words"):
        await messages.post_from_visitor(vic, body="No", nonce="nonce-of-vic")
    with pytest.raises(Refused, match="other words"):
        await messages.post_from_agent(interaction.id, by=bob, body="No", nonce="nonce-of-bob")

    assert await Entry.count().where(Entry.body == "No") == 0


async def test_a_retry_after_the_archive_finds_what_was_stored_before(bob, vic):
    # R3: the answer was lost, then the agent archived, then the browser tries again
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code()
    from_vic = await messages.post_from_visitor(vic, body="Thanks", nonce="nonce-of-vic")
    from_bob = await messages.post_from_agent(
        interaction.id, by=bob, body="Bye", nonce="nonce-of-bob"
    )
    await service.archive(interaction.id, by=bob, code=code)

    assert await messages.post_from_visitor(vic, body="Thanks", nonce="nonce-of-vic") == from_vic
    again = await messages.post_from_agent(interaction.id, by=bob, body="Bye", nonce="nonce-of-bob")

    assert again == from_bob
    assert await Interaction.count() == 1


async def test_the_same_nonce_of_two_visitors_is_two_messages(vic, mallory):
    for visitor in (vic, mallory):
        await messages.post_from_visitor(visitor, body="Hello", nonce="nonce-of-both")

    assert await Entry.count() == await Interaction.count() == 2


async def known(widget, token):
    """Whose token it is, as a request asks."""
    return (await widget_and_visitor(widget.key, token))[1]


async def test_a_visitor_who_retries_their_very_first_message_is_the_same_visitor(shop):
    # R3, R4: the answer with the token never arrived
    first, lost_token = await mint(shop, "nonce-of-vic")
    again, token = await mint(shop, "nonce-of-vic")

    assert first.id == again.id
    assert await Visitor.count() == await Contact.count() == 1
    assert (await known(shop, token)).id == first.id
    assert await known(shop, lost_token) is None


async def test_20_parallel_tries_of_a_first_message_make_one_visitor(shop):
    # R1, R3
    minted = await asyncio.gather(*(mint(shop, "nonce-of-vic") for _ in range(20)))

    assert len({visitor.id for visitor, _ in minted}) == 1
    assert await Visitor.count() == await Contact.count() == 1


async def test_an_old_nonce_opens_no_door_to_its_visitor(shop, clock):
    # V1: who learns a nonce later must not become the visitor
    _, token = await mint(shop, "nonce-of-vic")
    clock.forward(contacts.RETRY_SECONDS + 1)

    with pytest.raises(Refused, match="has arrived"):
        await mint(shop, "nonce-of-vic")

    assert await known(shop, token)


async def test_a_token_is_stored_only_as_its_hash(shop):
    # V4
    _, token = await mint(shop, "nonce-of-vic")

    [row] = await Visitor.select()
    assert row["token_hash"] == token_hash(token)
    assert token not in str(row)
