"""The line: the highest priority first, then the earliest due, then the longest waiting."""

from datetime import timedelta

import pytest

from app.interactions.tables import OFFERED, QUEUED, Interaction
from app.moments import now
from app.routing.explanation import explanation
from app.routing.line import line
from app.routing.service import Rules, offer_waiting
from app.routing.tables import Offer, Queue
from tests.builders import a_visitor, an_agent, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
async def waits(shop):
    """Somebody who has waited for so many seconds, in this queue."""
    made = []

    async def waits(seconds, queue, **values):
        visitor = await a_visitor(shop, token=f"token-{len(made)}")
        made.append(
            await an_interaction(
                visitor,
                state=QUEUED,
                queue=queue,
                queued_at=now() - timedelta(seconds=seconds),
                **values,
            )
        )
        return made[-1].id

    return waits


async def in_line():
    return [one.interaction.id for one in await line()]


async def targets(queue, **seconds):
    await Queue.update({f"{name}_target": value for name, value in seconds.items()}).where(
        Queue.id == queue.id
    )


async def test_who_is_due_earlier_goes_before_who_waits_longer(waits, sales, billing):
    await targets(billing, first_response=20)
    patient = await waits(30, sales)
    hasty = await waits(5, billing)
    urgent = await waits(0, sales, priority=1)

    assert await in_line() == [urgent, hasty, patient]


async def test_the_earliest_due_is_offered_first(waits, sales, billing):
    both = await an_agent("Both", queues=[sales, billing], capacity=1)
    await targets(billing, first_response=20)
    await waits(30, sales)
    hasty = await waits(5, billing)

    await offer_waiting(present={both.id}, rules=Rules())

    [made] = await Offer.objects()
    assert made.interaction == hasty


async def test_who_has_their_answer_is_due_later_than_who_waits_for_one(waits, sales):
    answered, waiting = await waits(60, sales), await waits(5, sales)
    at = now() - timedelta(seconds=50)
    await Interaction.update(
        {
            Interaction.first_message_at: at,
            Interaction.first_response_at: at,
            Interaction.awaiting_reply_since: None,
        }
    ).where(Interaction.id == answered)

    assert await in_line() == [waiting, answered]


async def test_who_is_due_together_goes_by_how_long_they_wait(waits, sales):
    second, first = await waits(10, sales), await waits(20, sales)
    at = now()
    await Interaction.update({Interaction.awaiting_reply_since: at}, force=True)

    assert await in_line() == [first, second]


async def test_in_broadcast_what_is_offered_still_stands_in_line(waits, sales, bob):
    offered = await waits(10, sales)
    await Interaction.update({Interaction.state: OFFERED}).where(Interaction.id == offered)
    assert await in_line() == []

    await Queue.update({Queue.mode: "broadcast"}).where(Queue.id == sales.id)

    assert await in_line() == [offered]


async def test_a_supervisor_is_told_the_place_in_line_and_what_decides_it(
    waits, sales, billing, bob
):
    await waits(3, sales, priority=100)
    second = await waits(30, sales)
    await waits(50, billing)

    found = await explanation(second, present={bob.id}, rules=Rules())

    place = found.place
    assert found.headline == "Bob is asked when its turn comes: it is number 2 in line."
    assert (place.number, place.of, place.priority) == (2, 2, 0)
    assert round((place.due_at - now()).total_seconds()) == 30


async def test_the_place_in_line_is_on_the_page(as_ada, waits, sales):
    chat = await waits(30, sales)

    shown = await as_ada.get(f"/workspace/interactions/{chat}/routing")

    assert "Number 1 of 1 in line · Priority 0" in shown.text
