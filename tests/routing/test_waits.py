"""What a queue says to somebody who comes now: honest, and read seldom."""

from datetime import timedelta

import pytest

from app.interactions.tables import Interaction
from app.moments import now
from app.realtime.bus import Topic
from app.realtime.presence import Presence
from app.routing.promises import Promises
from app.routing.waits import expected_minutes
from tests.builders import a_visitor, an_agent, an_interaction
from tests.databases import ON_SQLITE
from tests.routing.test_waiting_rules import closed_now


@pytest.mark.parametrize(
    ("answered", "waiting", "minutes"),
    [
        ([], [], None),
        ([10, 20], [], None),
        ([10, 20, 30], [], 1),
        ([10, 20, 30, 40, 9000], [], 1),
        ([61, 61, 61], [], 2),
        ([10, 20, 30], [400, 700], 10),
        ([10, 20, 30], [5, 5, 5], 1),
        ([3500, 3500, 3500], [], 60),
        ([99_999] * 5, [], None),
    ],
)
def test_most_are_answered_within_what_is_said(answered, waiting, minutes):
    assert expected_minutes(answered, waiting) == minutes


async def answered(widget, queue, agent, *seconds):
    for number, after in enumerate(seconds):
        vic = await a_visitor(widget, token=f"token-{queue.id}-{number}")
        chat = await an_interaction(vic, state="archived", agent=agent, queue=queue)
        at = now() - timedelta(hours=1)
        await Interaction.update(
            {
                Interaction.first_message_at: at,
                Interaction.first_response_at: at + timedelta(seconds=after),
            }
        ).where(Interaction.id == chat.id)


async def test_the_last_answers_of_the_queue_are_counted(shop, sales, billing, bob):
    await answered(shop, sales, bob, 20, 90, 100)
    await answered(shop, billing, bob, 3000, 3000, 3000)

    promise = await Promises(Presence(30)).of(sales.id)

    assert promise.minutes == 2


@ON_SQLITE
async def test_it_is_read_once_in_five_seconds_or_when_somebody_comes(shop, sales, bob):
    at = [0.0]
    promises = Promises(Presence(30), clock=lambda: at[0])
    assert (await promises.of(sales.id)).minutes is None
    await answered(shop, sales, bob, 20, 30, 40)

    still = await promises.of(sales.id)
    at[0] = 5.1
    later = await promises.of(sales.id)

    assert (still.minutes, later.minutes) == (None, 1)


@ON_SQLITE
async def test_a_queue_is_staffed_by_members_who_are_there(sales, billing, bob):
    presence = Presence(30)
    promises = Promises(presence)
    assert not (await promises.of(sales.id)).is_staffed

    presence.arrive(Topic("agent", bob.id))
    away = await an_agent("Lu", queues=[billing], status="Lunch")
    gone = await an_agent("Oz", queues=[billing], status="Offline")
    presence.arrive(Topic("agent", gone.id))

    assert (await promises.of(sales.id)).is_staffed
    assert not (await promises.of(billing.id)).is_staffed
    presence.arrive(Topic("agent", away.id))
    assert (await promises.of(billing.id)).is_staffed


@ON_SQLITE
async def test_closed_hours_say_when_they_end(sales):
    await closed_now(sales)

    promise = await Promises(Presence(30)).of(sales.id)

    assert not promise.is_open
    assert timedelta(days=1) < promise.opens_at - now() < timedelta(days=4)
