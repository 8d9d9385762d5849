"""Offers: who is shown what, and every race about them."""

import asyncio
from datetime import timedelta

import pytest

from app.interactions import messages
from app.interactions import service as interactions
from app.interactions.tables import ACTIVE, ARCHIVED, MISSED, OFFERED, QUEUED, Entry, Interaction
from app.moments import now
from app.problems import Refused
from app.routing import offers
from app.routing.queries import loads
from app.routing.service import Rules, end_due_offers, offer_waiting
from app.routing.tables import Offer
from tests.builders import (
    a_nonce,
    a_visitor,
    a_wrap_up_code,
    an_agent,
    an_interaction,
    an_offer,
)


async def route(*present, again_after=20):
    await offer_waiting(
        present={agent.id for agent in present}, rules=Rules(again_after=again_after)
    )


async def holders():
    """Which agent has an open offer of which interaction."""
    rows = await Offer.select(Offer.interaction, Offer.agent).where(Offer.outcome == "")
    return {row["interaction"]: row["agent"] for row in rows}


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)


async def many_visitors(shop, count):
    return [await a_visitor(shop, token=f"token-{n}") for n in range(count)]


async def outcome_of(work):
    try:
        await work
    except Refused:
        return "refused"
    return "done"


# Who is asked.


async def test_what_waits_is_offered_to_a_member_who_is_there(bob, eve, vic):
    interaction = await an_interaction(vic, state=QUEUED)

    await route(bob, eve)

    assert await holders() == {interaction.id: bob.id}
    assert (await fresh(interaction)).state == OFFERED


@pytest.mark.parametrize("status", ["Break", "Offline"])
async def test_who_is_not_available_is_not_asked(sales, vic, status):
    away = await an_agent("Bob", queues=[sales], status=status)
    await an_interaction(vic, state=QUEUED)

    await route(away)

    assert await holders() == {}


async def test_who_is_not_there_is_not_asked(bob, vic):
    await an_interaction(vic, state=QUEUED)

    await route()

    assert await holders() == {}


async def test_a_disabled_account_is_not_asked(sales, vic):
    disabled = await an_agent("Bob", queues=[sales], disabled_at=now())
    await an_interaction(vic, state=QUEUED)

    await route(disabled)

    assert await holders() == {}


async def test_an_offer_stands_as_long_as_the_queue_says(sales, bob, vic):
    await an_interaction(vic, state=QUEUED)

    await route(bob)

    [made] = await Offer.objects()
    assert made.expires_at - made.offered_at == timedelta(seconds=sales.offer_seconds)


async def test_first_in_is_first_out_within_a_priority(shop, sales):
    bob = await an_agent("Bob", queues=[sales], capacity=1)
    late, early, urgent = await many_visitors(shop, 3)
    await an_interaction(late, state=QUEUED, queued_at=now())
    await an_interaction(early, state=QUEUED, queued_at=now() - timedelta(minutes=5))
    first = await an_interaction(urgent, state=QUEUED, queued_at=now(), priority=1)

    await route(bob)

    assert await holders() == {first.id: bob.id}


async def test_nobody_free_is_told_to_the_visitor_once(bob, vic):
    interaction = await an_interaction(vic, state=QUEUED)
    await Interaction.update({Interaction.told_to_wait: False}, force=True)

    await route()
    await route()

    assert await Entry.count().where(Entry.notice == "waiting") == 1
    assert (await fresh(interaction)).state == QUEUED


async def test_many_waiting_in_a_queue_of_nobody_keep_no_other_queue_waiting(shop, billing, bob):
    # Nobody eligible is idle while something they could take waits.
    visitors = await many_visitors(shop, 121)
    for visitor in visitors[:120]:
        await an_interaction(visitor, state=QUEUED, queue=billing)
    for_bob = await an_interaction(visitors[120], state=QUEUED)

    await route(bob)

    assert await holders() == {for_bob.id: bob.id}


# What becomes of an offer.


async def test_a_declined_offer_moves_on_to_the_next(sales, bob, vic):
    other = await an_agent("Cleo", queues=[sales])
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()

    await offers.decline(made)
    await route(bob, other)

    assert await holders() == {interaction.id: other.id}


async def test_an_offer_whose_time_is_up_moves_on_to_the_next(sales, bob, vic, clock):
    other = await an_agent("Cleo", queues=[sales])
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)

    await end_due_offers()
    assert await holders() == {interaction.id: bob.id}
    clock.forward(21)
    await end_due_offers()
    await route(bob, other)

    assert await holders() == {interaction.id: other.id}
    outcomes = await Offer.select(Offer.agent, Offer.outcome).order_by(Offer.id)
    assert [(row["agent"], row["outcome"]) for row in outcomes] == [
        (bob.id, "expired"),
        (other.id, ""),
    ]


async def test_who_let_it_pass_is_asked_again_after_a_pause_when_there_is_nobody_else(
    bob, vic, clock
):
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()
    await offers.decline(made)

    await route(bob)
    assert await holders() == {}
    clock.forward(21)
    await route(bob)

    assert await holders() == {interaction.id: bob.id}


async def test_a_declined_interaction_keeps_its_place(shop, sales, vic):
    bob = await an_agent("Bob", queues=[sales], capacity=1)
    early = await an_interaction(
        vic, state=OFFERED, agent=bob, queued_at=now() - timedelta(minutes=5)
    )
    [made] = await Offer.objects()
    [visitor] = await many_visitors(shop, 1)
    await an_interaction(visitor, state=QUEUED)

    await offers.decline(made)
    await route(bob, again_after=0)

    assert await holders() == {early.id: bob.id}


async def test_accepting_gives_the_interaction_to_the_agent_and_says_so_in_the_log(bob, vic):
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()

    await offers.accept(made, by=bob)

    after = await fresh(interaction)
    assert (after.state, after.agent) == (ACTIVE, bob.id)
    entry = await Entry.objects().get(Entry.notice == "joined")
    assert (entry.seq, entry.agent) == (2, bob.id)


async def test_an_open_offer_of_a_chat_that_ended_takes_no_room_for_ever(bob, vic, clock):
    # R4: killed after the visitor left and before the offer was withdrawn
    interaction = await an_interaction(vic, state=MISSED)
    await an_offer(interaction, to=bob)
    clock.forward(21)

    await end_due_offers()

    assert await holders() == {}
    assert await loads([bob.id]) == {bob.id: 0}
    assert (await fresh(interaction)).state == MISSED


# Capacity.


async def test_nobody_gets_more_than_their_capacity(shop, sales):
    bob = await an_agent("Bob", queues=[sales], capacity=3)
    other = await an_agent("Cleo", queues=[sales], capacity=2)
    for visitor in await many_visitors(shop, 9):
        await an_interaction(visitor, state=QUEUED)

    await route(bob, other)

    assert await loads([bob.id, other.id]) == {bob.id: 3, other.id: 2}


async def test_any_number_of_processes_route_at_once_without_overfilling(shop, sales):
    bob = await an_agent("Bob", queues=[sales], capacity=3)
    other = await an_agent("Cleo", queues=[sales], capacity=2)
    for visitor in await many_visitors(shop, 9):
        await an_interaction(visitor, state=QUEUED)

    await asyncio.gather(*(route(bob, other) for _ in range(8)))

    assert await loads([bob.id, other.id]) == {bob.id: 3, other.id: 2}
    assert len(await holders()) == 5


async def test_accepting_while_others_route_never_overfills(shop, sales):
    # Between counting active interactions and counting open offers one may become the other.
    bob = await an_agent("Bob", queues=[sales], capacity=2)
    visitors = await many_visitors(shop, 12)
    for visitor in visitors:
        await an_interaction(visitor, state=QUEUED)

    for _ in range(3):
        await route(bob)
        opened = await Offer.objects().where(Offer.outcome == "")
        await asyncio.gather(
            *(route(bob) for _ in range(6)), *(offers.accept(one, by=bob) for one in opened)
        )
        assert (await loads([bob.id]))[bob.id] <= 2
        code = await a_wrap_up_code()
        for one in await Interaction.objects().where(Interaction.state == ACTIVE):
            await interactions.archive(one.id, by=bob, code=code)


async def test_an_offer_to_who_is_full_meanwhile_is_refused(sales, shop, vic):
    bob = await an_agent("Bob", queues=[sales], capacity=1)
    [visitor] = await many_visitors(shop, 1)
    await an_interaction(visitor, state=ACTIVE, agent=bob)
    interaction = await an_interaction(vic, state=QUEUED)

    with pytest.raises(Refused, match="no room"):
        await offers.offer(interaction, to=bob.id, queue=sales)

    assert (await fresh(interaction)).state == QUEUED


# Races (R2): every interleaving ends in an allowed state.


async def test_20_parallel_accepts_have_one_winner(bob, vic):
    # R2
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()

    outcomes = await asyncio.gather(*(outcome_of(offers.accept(made, by=bob)) for _ in range(20)))

    assert sorted(outcomes) == ["done"] + ["refused"] * 19
    assert await Entry.count().where(Entry.notice == "joined") == 1
    assert (await fresh(interaction)).last_seq == 2


async def test_of_20_agents_with_an_offer_of_the_same_chat_one_gets_it(sales, vic):
    # R2: as when a queue shows its offers to everybody
    agents = [await an_agent(f"Agent {n}", queues=[sales]) for n in range(20)]
    interaction = await an_interaction(vic, state=OFFERED, agent=agents[0])
    for agent in agents[1:]:
        await an_offer(interaction, to=agent)
    made = {one.agent: one for one in await Offer.objects()}

    outcomes = await asyncio.gather(
        *(outcome_of(offers.accept(made[agent.id], by=agent)) for agent in agents)
    )

    winner = agents[outcomes.index("done")]
    assert sorted(outcomes) == ["done"] + ["refused"] * 19
    assert (await fresh(interaction)).agent == winner.id


@pytest.mark.parametrize("round_", range(4))
async def test_accept_against_expire_ends_as_one_of_them(bob, vic, round_):
    # R2
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()
    work = [offers.accept(made, by=bob), offers.expire(made), offers.decline(made)]

    outcomes = await asyncio.gather(*map(outcome_of, work[round_ % 3 :] + work[: round_ % 3]))

    assert outcomes.count("done") == 1
    after = await fresh(interaction)
    [ended] = await Offer.objects()
    assert (after.state, after.agent, ended.outcome) in {
        (ACTIVE, bob.id, "accepted"),
        (QUEUED, None, "expired"),
        (QUEUED, None, "declined"),
    }


@pytest.mark.parametrize("accept_first", [True, False])
async def test_accept_against_leave_ends_as_one_of_them(bob, vic, accept_first):
    # R2
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [made] = await Offer.objects()
    work = [offers.accept(made, by=bob), interactions.leave(vic)]

    await asyncio.gather(*map(outcome_of, work if accept_first else reversed(work)))

    after = await fresh(interaction)
    assert (after.state, after.agent) in {(ACTIVE, bob.id), (MISSED, None)}
    assert after.left_at is not None or after.state == ACTIVE


@pytest.mark.parametrize("archive_first", [True, False])
async def test_archive_against_message_loses_no_message(bob, vic, archive_first):
    # R2: the message is in the old chat before the archive, or begins another one
    interaction = await an_interaction(vic, state=ACTIVE, agent=bob)
    code = await a_wrap_up_code()
    work = [
        interactions.archive(interaction.id, by=bob, code=code),
        messages.post_from_visitor(vic, body="One more", nonce=a_nonce()),
    ]

    await asyncio.gather(*(work if archive_first else reversed(work)))

    [entry] = await Entry.objects().where(Entry.body == "One more")
    archived = await Entry.objects().get(Entry.notice == "archived")
    if entry.interaction == interaction.id:
        assert entry.seq < archived.seq
    else:
        begun = await Interaction.objects().get(Interaction.id == entry.interaction)
        assert (begun.state, entry.seq) == (QUEUED, 1)
    assert (await fresh(interaction)).state == ARCHIVED


async def test_a_stale_offer_does_not_accept_what_is_offered_to_another_now(sales, bob, vic):
    other = await an_agent("Cleo", queues=[sales])
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    [stale] = await Offer.objects()
    await offers.expire(stale)
    await route(other)

    with pytest.raises(Refused, match="This offer has ended"):
        await offers.accept(stale, by=bob)

    assert await holders() == {interaction.id: other.id}


async def test_the_offers_of_a_chat_that_ended_are_withdrawn(bob, vic):
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    await interactions.leave(vic)

    await offers.withdraw_all(interaction.id)

    assert await holders() == {}
