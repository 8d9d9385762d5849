"""What happens to those who wait: hours, overflow, the longest wait, broadcast, misses, absence."""

from datetime import timedelta

import pytest

from app.agents.service import NOT_RESPONDING, not_responding
from app.agents.tables import Agent, StatusChange
from app.interactions.service import leave
from app.interactions.tables import MISSED, OFFERED, QUEUED, Entry, Interaction
from app.moments import now
from app.routing import offers
from app.routing.absence import give_back_of_vanished
from app.routing.hours import FARTHEST
from app.routing.service import Rules, end_due_offers, end_long_waits, offer_waiting
from app.routing.tables import Offer, Queue, QueueHoliday, QueuePeriod
from tests.builders import a_visitor, an_agent, an_interaction, an_offer
from tests.databases import ON_SQLITE

RULES = Rules(again_after=20, unseen_after=3)


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)


async def agent_now(agent):
    return await Agent.objects().get(Agent.id == agent.id)


async def asked():
    rows = await Offer.select(Offer.agent).where(Offer.outcome == "").order_by(Offer.agent)
    return [row["agent"] for row in rows]


async def route(*present):
    await offer_waiting(present={agent.id for agent in present}, rules=RULES)


async def set_queue(queue, **values):
    await Queue.update(values).where(Queue.id == queue.id)


# Hours.


async def closed_now(queue):
    """Open for one minute, on another day of the week."""
    weekday = (now().weekday() + 3) % 7
    await QueuePeriod(queue=queue.id, weekday=weekday, opens=0, closes=1).save()


async def test_a_closed_queue_offers_nothing_and_says_when_it_opens(bob, vic, sales):
    await closed_now(sales)
    chat = await an_interaction(vic, state=QUEUED)
    await Interaction.update({Interaction.told_to_wait: False}).where(Interaction.id == chat.id)

    await route(bob)
    await route(bob)

    assert await asked() == []
    told = await Entry.select(Entry.notice).where(Entry.notice == "closed")
    assert len(told) == 1


async def test_a_queue_that_does_not_open_again_names_no_time(bob, vic, sales):
    await closed_now(sales)
    off = [now().date() + timedelta(days=day) for day in range(-1, FARTHEST.days + 2)]
    await QueueHoliday.insert(*[QueueHoliday(queue=sales.id, day=day, name="Off") for day in off])
    chat = await an_interaction(vic, state=QUEUED)
    await Interaction.update({Interaction.told_to_wait: False}).where(Interaction.id == chat.id)

    await route(bob)

    assert await Entry.select(Entry.notice, Entry.body).where(Entry.kind == "notice") == [
        {"notice": "shut", "body": ""}
    ]


# Overflow and the longest wait.


async def test_who_waits_too_long_goes_to_the_overflow_queue(vic, sales, billing, clock):
    await set_queue(sales, overflow_queue=billing.id, overflow_after=60)
    chat = await an_interaction(vic, state=QUEUED)

    clock.forward(59)
    await end_long_waits()
    assert (await fresh(chat)).queue == sales.id

    clock.forward(2)
    await end_long_waits()
    assert (await fresh(chat)).queue == billing.id


async def test_who_waits_longer_than_may_be_is_missed_and_told(as_vic, vic, sales, clock):
    await set_queue(sales, longest_wait=300)
    chat = await an_interaction(vic, state=QUEUED)

    clock.forward(301)
    await end_long_waits()

    assert (await fresh(chat)).state == MISSED
    assert "Nobody could answer in time" in (await as_vic.get("/widget/shop/entries")).text


# Order.


async def test_a_queue_with_higher_priority_goes_first(sales, billing, shop, vic):
    both = await an_agent("Both", queues=[sales, billing], capacity=1)
    await set_queue(billing, priority=5)
    late = await a_visitor(shop, token="late")
    await an_interaction(vic, state=QUEUED, queued_at=now() - timedelta(seconds=60))
    urgent = await an_interaction(late, state=QUEUED, queue=billing)

    await route(both)

    open_ = await Offer.objects().get(Offer.outcome == "")
    assert open_.interaction == urgent.id


# Capacity.


async def test_an_agent_without_a_number_has_the_capacity_of_the_queue(sales, shop):
    agent = await an_agent("Bob", queues=[sales], capacity=0)
    await set_queue(sales, capacity=2)
    for n in range(4):
        await an_interaction(await a_visitor(shop, token=f"v{n}"), state=QUEUED)

    await route(agent)

    assert await asked() == [agent.id, agent.id]


# Broadcast.


async def test_in_broadcast_everybody_who_can_sees_it_and_the_first_wins(bob, vic, sales):
    cleo = await an_agent("Cleo", queues=[sales])
    await set_queue(sales, mode="broadcast")
    chat = await an_interaction(vic, state=QUEUED)

    await route(bob, cleo)
    assert await asked() == sorted([bob.id, cleo.id])

    await offers.accept(await Offer.objects().get(Offer.agent == cleo.id), by=cleo)

    assert (await fresh(chat)).agent == cleo.id
    other = await Offer.objects().get(Offer.agent == bob.id)
    assert other.outcome == offers.WITHDRAWN


@ON_SQLITE
async def test_in_broadcast_the_others_are_told_who_took_it(live, as_bob, bob, vic, sales):
    other = await an_agent("Otto", queues=[sales])
    await set_queue(sales, mode="broadcast")
    interaction = await an_interaction(vic, state="offered", agent=bob)
    await an_offer(interaction, to=other)

    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await offers.accept(await Offer.objects().get(Offer.agent == other.id), by=other)
        told = await stream.with_text("told_")

    assert f"Otto took the chat with Contact C-{1000 + vic.contact}." in told.data
    assert "beforeend" in told.data, "what can be undone stays on the screen"
    assert not any("offer__name" in event.data for event in stream.seen[-2:])


@ON_SQLITE
async def test_who_is_shown_a_chat_that_ends_is_told_so(live, as_bob, bob, vic):
    await an_interaction(vic, state="offered", agent=bob)

    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await leave(vic)
        await stream.with_text("has ended.")


async def test_in_broadcast_it_stays_offered_until_the_last_one_declines(bob, vic, sales):
    cleo = await an_agent("Cleo", queues=[sales])
    await set_queue(sales, mode="broadcast")
    chat = await an_interaction(vic, state=QUEUED)
    await route(bob, cleo)

    await offers.decline(await Offer.objects().get(Offer.agent == bob.id))
    assert (await fresh(chat)).state == OFFERED

    await offers.decline(await Offer.objects().get(Offer.agent == cleo.id))
    assert (await fresh(chat)).state == QUEUED


async def test_in_broadcast_who_comes_later_sees_it_too(bob, vic, sales):
    cleo = await an_agent("Cleo", queues=[sales])
    await set_queue(sales, mode="broadcast")
    await an_interaction(vic, state=QUEUED)
    await route(bob)

    await route(bob, cleo)

    assert await asked() == sorted([bob.id, cleo.id])


# Not shown, not answered.


async def test_an_offer_that_no_browser_drew_moves_on_after_three_seconds(bob, vic, sales, clock):
    await an_interaction(vic, state=QUEUED)
    await route(bob)

    clock.forward(4)
    missed = await end_due_offers(RULES)

    assert missed == [bob.id]
    assert (await Offer.objects().first()).outcome == offers.UNSEEN


async def test_an_offer_that_was_drawn_stands_until_its_time_runs_out(bob, vic, sales, clock):
    await an_interaction(vic, state=QUEUED)
    await route(bob)
    await offers.shown(await Offer.objects().first())

    clock.forward(19)
    assert await end_due_offers(RULES) == []

    clock.forward(2)
    assert await end_due_offers(RULES) == [bob.id]


async def test_two_misses_in_a_row_make_an_agent_away_and_say_why(as_bob, bob, vic, clock):
    for _ in range(2):
        chat = await an_interaction(vic, state=QUEUED)
        await route(bob)
        clock.forward(25)
        for agent in await end_due_offers(RULES):
            await not_responding(agent, after=2)
        await Interaction.update({Interaction.state: MISSED}).where(Interaction.id == chat.id)

    assert (await agent_now(bob)).status == NOT_RESPONDING
    change = await StatusChange.objects().get(StatusChange.agent == bob.id)
    assert change.reason == "not responding"
    page = await as_bob.get("/workspace/webchat")
    assert "Offers were not answered" in page.text


async def test_an_answer_between_forgets_the_misses(bob, vic, clock):
    await Agent.update({Agent.misses: 1}).where(Agent.id == bob.id)
    await an_interaction(vic, state=QUEUED)
    await route(bob)

    await offers.decline(await Offer.objects().first())

    assert (await agent_now(bob)).misses == 0


# Absence.


async def test_a_vanished_agent_gives_back_whom_they_keep_waiting(bob, vic, sales):
    chat = await an_interaction(vic, agent=bob)

    await give_back_of_vanished(lambda agent: agent == bob.id)

    back = await fresh(chat)
    assert (back.state, back.agent) == (QUEUED, None)
    assert back.priority > 0
    assert (await agent_now(bob)).status == "Offline"


async def test_who_waits_for_nothing_stays_with_a_vanished_agent(bob, vic):
    chat = await an_interaction(vic, agent=bob)
    await Interaction.update({Interaction.awaiting_reply_since: None}).where(
        Interaction.id == chat.id
    )

    await give_back_of_vanished(lambda agent: True)

    assert (await fresh(chat)).agent == bob.id


async def test_an_agent_who_is_there_keeps_everything(bob, vic):
    chat = await an_interaction(vic, agent=bob)

    await give_back_of_vanished(lambda agent: False)

    assert (await fresh(chat)).agent == bob.id


async def test_the_browser_acknowledges_an_offer(as_bob, as_eve, bob, vic):
    await an_interaction(vic, state=QUEUED)
    await route(bob)
    offer = await Offer.objects().first()

    assert (await as_eve.put(f"/workspace/offers/{offer.id}/sight")).status_code == 404
    assert (await as_bob.put(f"/workspace/offers/{offer.id}/sight")).status_code == 204

    assert (await Offer.objects().first()).shown_at is not None


@pytest.mark.parametrize("field", ["misses", "capacity"])
async def test_nobody_sets_their_own_numbers_by_a_form(as_bob, bob, field):
    await as_bob.put("/workspace/availability", data={"status": "Offline", field: "99"})

    assert getattr(await agent_now(bob), field) != 99
