"""Forwarding: to an agent by name, to a queue, and back when nobody takes it."""

import asyncio

import pytest

from app.interactions import log, messages
from app.interactions.tables import ACTIVE, OFFERED, QUEUED, Entry, Interaction
from app.moments import now
from app.problems import Refused
from app.routing import forwarding, offers
from app.routing.service import end_due_offers
from app.routing.tables import Offer
from tests.builders import a_nonce, a_queue, an_agent, an_interaction


@pytest.fixture
async def cleo(sales):
    return await an_agent("Cleo", queues=[sales])


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob)


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)


async def notices(interaction):
    rows = (
        await Entry.select(Entry.notice)
        .where(Entry.interaction == interaction.id, Entry.kind == log.NOTICE)
        .order_by(Entry.seq)
    )
    return [row["notice"] for row in rows]


async def open_offer():
    return await Offer.objects().get(Offer.outcome == "")


async def test_forwarding_to_an_agent_offers_it_to_them_by_name(chat, bob, cleo, sales):
    await forwarding.to_agent(chat.id, by=bob, to=cleo, queue=sales, note="Refund approved")

    offer = await open_offer()
    assert (offer.agent, offer.from_agent, offer.note) == (cleo.id, bob.id, "Refund approved")
    assert (await fresh(chat)).state == OFFERED
    assert await notices(chat) == ["forwarded"]


async def test_whoever_it_is_forwarded_to_need_not_be_in_the_queue(chat, bob, eve, sales):
    await forwarding.to_agent(chat.id, by=bob, to=eve, queue=sales)

    taken = await offers.accept(await open_offer(), by=eve)

    assert taken.agent == eve.id


async def test_declined_it_is_with_its_sender_again(chat, bob, cleo, sales):
    await forwarding.to_agent(chat.id, by=bob, to=cleo, queue=sales)

    await offers.decline(await open_offer())

    back = await fresh(chat)
    assert (back.state, back.agent, back.forwarded_by) == (ACTIVE, bob.id, None)
    assert await notices(chat) == ["forwarded", "forward_declined"]


async def test_unanswered_it_is_with_its_sender_again(chat, bob, cleo, sales, clock):
    await forwarding.to_agent(chat.id, by=bob, to=cleo, queue=sales)
    await offers.shown(await open_offer())

    clock.forward(21)
    await end_due_offers()

    assert (await fresh(chat)).agent == bob.id
    assert await notices(chat) == ["forwarded", "forward_unanswered"]


async def test_nobody_who_is_away_or_full_gets_it(chat, bob, sales):
    away = await an_agent("Away", queues=[sales], status="Lunch")

    with pytest.raises(Refused):
        await forwarding.to_agent(chat.id, by=bob, to=away, queue=sales)

    assert (await fresh(chat)).agent == bob.id


async def test_it_is_not_forwarded_to_oneself(chat, bob, sales):
    with pytest.raises(Refused):
        await forwarding.to_agent(chat.id, by=bob, to=bob, queue=sales)


async def test_forwarding_to_a_queue_lets_it_wait_there(chat, bob, billing):
    await forwarding.to_queue(chat.id, by=bob, queue=billing, note="Paid twice")

    moved = await fresh(chat)
    assert (moved.state, moved.queue, moved.agent) == (QUEUED, billing.id, None)
    notes = await Entry.select(Entry.body).where(Entry.kind == log.NOTE)
    assert [row["body"] for row in notes] == ["Paid twice"]


async def outcome_of(work):
    try:
        await work
    except Refused:
        return "refused"
    return "done"


@pytest.mark.parametrize("forward_first", [True, False])
async def test_forward_against_reply_loses_no_reply_that_was_taken(
    chat, bob, cleo, sales, forward_first
):
    # R2
    work = [
        forwarding.to_agent(chat.id, by=bob, to=cleo, queue=sales),
        messages.post_from_agent(chat.id, by=bob, body="One moment", nonce=a_nonce()),
    ]

    told = await asyncio.gather(*map(outcome_of, work if forward_first else reversed(work)))

    reply = told[1 if forward_first else 0]
    stored = await Entry.select(Entry.seq).where(Entry.body == "One moment")
    assert (len(stored) == 1) == (reply == "done")
    after = await fresh(chat)
    assert (after.state, after.agent, after.forwarded_by) == (OFFERED, None, bob.id)
    seqs = await Entry.select(Entry.seq).where(Entry.interaction == chat.id).order_by(Entry.seq)
    assert [row["seq"] for row in seqs] == list(range(1, after.last_seq + 1))


async def test_an_interaction_of_another_agent_is_not_forwarded(chat, eve, billing):
    with pytest.raises(Refused):
        await forwarding.to_queue(chat.id, by=eve, queue=billing)


async def test_the_dialog_offers_who_can_take_it_first_and_says_why_not(as_bob, chat, ada, sales):
    await an_agent("Cleo", queues=[sales], status="Lunch")

    page = await as_bob.get(f"/workspace/interactions/{chat.id}/forwarding")

    assert page.status_code == 200
    assert page.text.index("Not now") < page.text.index("Cleo")
    assert "Away" in page.text


async def test_a_form_without_a_choice_comes_back_with_its_note(as_bob, chat):
    answer = await as_bob.post(
        f"/workspace/interactions/{chat.id}/forwarding", data={"note": "Paid twice"}
    )

    assert answer.status_code == 422
    assert "Choose an agent or a queue." in answer.text
    assert "Paid twice" in answer.text


@pytest.mark.parametrize("field", ["queue", "to"])
async def test_a_form_forwards_to_a_queue(as_bob, chat, billing, field):
    value = str(billing.id) if field == "queue" else f"queue-{billing.id}"

    answer = await as_bob.post(f"/workspace/interactions/{chat.id}/forwarding", data={field: value})

    assert answer.status_code == 303
    assert (await fresh(chat)).queue == billing.id


async def test_a_stranger_can_not_forward(as_eve, chat, billing):
    url = f"/workspace/interactions/{chat.id}/forwarding"

    assert (await as_eve.get(url)).status_code == 404
    assert (await as_eve.post(url, data={"queue": str(billing.id)})).status_code == 404


async def test_an_archived_queue_takes_nothing(as_bob, chat, db):
    closed = await a_queue("Closed")
    closed.archived_at = now()
    await closed.save()

    answer = await as_bob.post(
        f"/workspace/interactions/{chat.id}/forwarding", data={"queue": str(closed.id)}
    )

    assert answer.status_code == 422


async def test_the_visitor_reads_where_they_are_connected_but_no_note(as_vic, chat, bob, billing):
    await forwarding.to_queue(chat.id, by=bob, queue=billing, note="Difficult person")

    seen = (await as_vic.get("/widget/shop/entries?after=0")).text

    assert "You are being connected to Billing" in seen
    assert "Difficult" not in seen
