"""A clock that passes its target is an entry in the log, written once."""

import asyncio
from datetime import timedelta

import pytest

from app import database
from app.contacts.tables import Visitor
from app.interactions import breaches, clock_views, clocks, messages, service, timeline
from app.interactions.events import InteractionBreached
from app.interactions.queries import overview
from app.interactions.tables import Breach, Entry, Interaction
from app.interactions.timeline import Line
from app.moments import now
from app.routing import offers
from app.routing.hours import Hours
from app.routing.tables import Offer, Queue, QueueHoliday
from tests.builders import a_nonce, a_wrap_up_code, an_offer


async def vic_writes(vic, body="Hello"):
    return (await messages.post_from_visitor(vic, body=body, nonce=a_nonce())).interaction


async def bob_accepts(interaction, bob):
    await Interaction.update({Interaction.state: "offered"}).where(Interaction.id == interaction)
    made = await an_offer(await Interaction.objects().get(Interaction.id == interaction), to=bob)
    await offers.accept(await Offer.objects().get(Offer.id == made.id), by=bob)


async def bob_answers(interaction, bob, body="Hi"):
    await messages.post_from_agent(interaction, by=bob, body=body, nonce=a_nonce())


async def told(interaction):
    rows = (
        await Entry.select(Entry.body)
        .where(Entry.interaction == interaction, Entry.notice == "breached")
        .order_by(Entry.seq)
    )
    return [row["body"] for row in rows]


async def test_a_breach_is_written_once_in_words(clock, vic):
    interaction = await vic_writes(vic)
    await breaches.sweep()
    assert await told(interaction) == []

    clock.forward(61)
    await breaches.sweep()
    await breaches.sweep()

    assert await told(interaction) == ["Time to first response passed 1:00"]


async def test_each_clock_has_its_own_breach(clock, vic):
    interaction = await vic_writes(vic)

    clock.forward(1900)
    await breaches.sweep()

    assert await told(interaction) == [
        "Time to first response passed 1:00",
        "Time to reply passed 2:00",
        "Time to resolution passed 30:00",
    ]


async def test_a_breach_knows_when_the_target_was_passed(clock, vic):
    interaction = await vic_writes(vic)
    began = (await overview(interaction)).first_message_at

    clock.forward(75)
    await breaches.sweep()

    found = await Breach.objects().get(Breach.interaction == interaction)
    assert (found.clock, found.started_at) == ("first_response", began)
    assert found.breached_at == began + timedelta(seconds=60)


async def test_a_reply_clock_that_starts_anew_can_be_breached_anew(clock, vic, bob):
    interaction = await vic_writes(vic)
    await bob_accepts(interaction, bob)
    for _ in range(2):
        await bob_answers(interaction, bob)
        await vic_writes(vic, "And?")
        clock.forward(121)
        await breaches.sweep()

    assert await told(interaction) == ["Time to reply passed 2:00"] * 2


async def test_an_answer_that_was_late_is_a_breach_even_if_no_sweep_saw_it_run(clock, vic, bob):
    interaction = await vic_writes(vic)
    await bob_accepts(interaction, bob)

    clock.forward(61)
    await bob_answers(interaction, bob)
    await breaches.sweep()

    assert await told(interaction) == ["Time to first response passed 1:00"]


async def test_many_sweeps_at_once_write_one_breach(clock, vic):
    interaction = await vic_writes(vic)

    clock.forward(90)
    await asyncio.gather(*(breaches.sweep() for _ in range(8)))

    assert await told(interaction) == ["Time to first response passed 1:00"]
    assert (await overview(interaction)).last_seq == 2


@pytest.mark.parametrize("ended", ["archived", "missed"])
async def test_what_has_ended_is_left_alone(clock, vic, bob, ended):
    interaction = await vic_writes(vic)
    if ended == "archived":
        await bob_accepts(interaction, bob)
        await service.archive(interaction, by=bob, code=await a_wrap_up_code())
    else:
        await service.leave(vic)

    clock.forward(4000)
    await breaches.sweep()

    assert await told(interaction) == []
    assert await Breach.count() == 0


async def archives(interaction, bob):
    await bob_accepts(interaction, bob)
    await service.archive(interaction, by=bob, code=await a_wrap_up_code())


async def wraps_up_by_itself(interaction, bob):
    await bob_accepts(interaction, bob)
    values = {Queue.after_work_seconds: 1, Queue.after_work_code: (await a_wrap_up_code()).id}
    await Queue.update(values, force=True)
    await Interaction.update({Interaction.wrap_up_until: now()}, force=True)
    await service.archive_by_default()


async def is_given_up(interaction, _):
    await service.give_up(interaction)


async def is_left(interaction, _):
    await service.leave(await Visitor.objects().first())


@pytest.mark.parametrize("ends", [archives, wraps_up_by_itself, is_given_up, is_left])
async def test_what_passed_its_target_since_the_last_sweep_is_told_before_the_end(
    clock, vic, bob, ends
):
    interaction = await vic_writes(vic)
    await breaches.sweep()
    clock.forward(61)

    await ends(interaction, bob)
    await breaches.sweep()

    notices = await Entry.select(Entry.notice).where(Entry.kind == "notice").order_by(Entry.seq)
    assert await told(interaction) == ["Time to first response passed 1:00"]
    assert [row["notice"] for row in notices][-2] == "breached"
    assert (await overview(interaction)).state in {"archived", "missed"}


async def test_an_end_against_a_sweep_tells_each_breach_once(clock, vic, bob):
    interaction = await vic_writes(vic)
    await bob_accepts(interaction, bob)
    code = await a_wrap_up_code()
    clock.forward(1900)

    await asyncio.gather(
        *(breaches.sweep() for _ in range(4)),
        service.archive(interaction, by=bob, code=code),
        *(breaches.sweep() for _ in range(4)),
    )

    assert len(await told(interaction)) == len(set(await told(interaction))) == 3
    last = (
        await Entry.objects()
        .where(Entry.interaction == interaction)
        .order_by(Entry.seq, ascending=False)
        .first()
    )
    assert last.notice == "archived"


async def test_a_closed_queue_breaches_nothing(clock, sales, vic):
    today = now().date()
    days = [
        QueueHoliday(queue=sales.id, day=today + timedelta(days=one), name="Closed")
        for one in (-1, 0, 1)
    ]
    await QueueHoliday.insert(*days)
    interaction = await vic_writes(vic)

    clock.forward(600)
    await breaches.sweep()

    assert await told(interaction) == []


async def test_targets_are_those_of_the_queue(clock, sales, vic):
    await Queue.update({Queue.first_response_target: 5}).where(Queue.id == sales.id)
    interaction = await vic_writes(vic)

    clock.forward(6)
    await breaches.sweep()

    assert await told(interaction) == ["Time to first response passed 0:05"]


async def test_a_breach_is_told_after_it_is_stored(clock, vic):
    facts = []

    async def listener(fact):
        facts.append(fact)

    database.listen(InteractionBreached, listener)
    interaction = await vic_writes(vic)
    clock.forward(61)
    await breaches.sweep()

    assert facts == [InteractionBreached(interaction, "first_response")]


async def test_a_visitor_is_not_told_of_a_breach(clock, as_vic, vic):
    interaction = await vic_writes(vic)
    clock.forward(61)
    await breaches.sweep()
    assert await told(interaction)

    shown = await as_vic.get("/widget/shop/entries?after=0")

    assert shown.status_code == 200
    assert "passed" not in shown.text


async def test_the_projections_that_verbs_keep_give_the_clocks_of_the_log(clock, vic, bob):
    interaction = await vic_writes(vic)
    await bob_accepts(interaction, bob)
    steps = (
        lambda: bob_answers(interaction, bob),
        lambda: vic_writes(vic, "One"),
        lambda: vic_writes(vic, "Two"),
        lambda: bob_answers(interaction, bob),
        lambda: bob_answers(interaction, bob, "more"),
        lambda: vic_writes(vic, "Thanks"),
        archive(interaction, bob),
        lambda: service.reopen(interaction, by=bob),
        lambda: vic_writes(vic, "Again"),
        archived_and_undone(interaction, bob),
        lambda: vic_writes(vic, "And again"),
        lambda: bob_answers(interaction, bob),
        archive(interaction, bob),
    )
    for step in steps:
        clock.forward(100)
        await step()

        at = now()
        shown = clock_views.clocks_of(await overview(interaction), Hours(), at)
        whole = clocks.clocks(
            await events(interaction), hours=Hours(), targets=clocks.Targets(), now=at
        )
        assert [close(one) for one in shown.all] == [close(one) for one in whole.all]


def archive(interaction, bob):
    async def step():
        await service.archive(interaction, by=bob, code=await a_wrap_up_code(a_nonce()))

    return step


def archived_and_undone(interaction, bob):
    async def step():
        await archive(interaction, bob)()
        await service.reopen(interaction, by=bob)

    return step


def close(one):
    """A clock to ten seconds: an entry and its projection are written one after the other."""
    return one.name, one.state, one.running, round(one.seconds, -1)


async def events(interaction):
    rows = (
        await Entry.select(Entry.kind, Entry.author, Entry.notice, Entry.body, Entry.created_at)
        .where(Entry.interaction == interaction)
        .order_by(Entry.seq)
    )
    lines = [
        Line(row["kind"], row["author"], row["notice"], row["body"], "Bob", row["created_at"])
        for row in rows
    ]
    return timeline.from_log(lines, queue="Sales", queues=["Sales"])
