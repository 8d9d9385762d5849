"""Clocks above the transcript and in the list: on the page, and pushed with every change."""

import re
from datetime import date, timedelta

from app.interactions import breaches, messages
from app.interactions.clock_views import clocks_of, row_clock
from app.interactions.queries import overview
from app.interactions.tables import Interaction
from app.moments import now
from app.routing.hours import Hours
from app.routing.tables import QueueHoliday
from app.workspace import queries as workspace
from tests.builders import a_nonce, a_visitor, an_interaction

STREAM = "/workspace/stream"


def state_of(html, name):
    return re.search(rf'id="clock_{name}"[^>]*data-state="(\w+)"', html).group(1)


async def marked(interaction, **seconds_ago):
    """Set projections to so many seconds ago."""
    values = {name: now() - timedelta(seconds=ago) for name, ago in seconds_ago.items()}
    await Interaction.update(values).where(Interaction.id == interaction.id)


async def test_the_page_shows_the_three_clocks(as_bob, vic, bob):
    interaction = await an_interaction(vic, agent=bob)
    await marked(interaction, first_message_at=95, awaiting_reply_since=95)

    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text

    assert [state_of(page, name) for name in ("first_response", "reply", "resolution")] == [
        "overdue",
        "due_soon",
        "on_time",
    ]
    for words in ("Time to first response", "Time to reply", "Time to resolution", "of 2:00"):
        assert words in page


async def test_a_closed_queue_pauses_the_clock_on_the_page(as_bob, sales, vic, bob):
    today = now().date()
    for one in (-1, 0, 1):
        day = QueueHoliday(queue=sales.id, day=today + timedelta(days=one), name="Closed")
        await day.save()
    interaction = await an_interaction(vic, agent=bob)
    await marked(interaction, first_message_at=95, awaiting_reply_since=95)

    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text

    assert state_of(page, "reply") == "on_time"
    assert "Paused" in page
    assert "Closed, not counted" in page


async def test_the_page_counts_on_from_the_moment_it_is_told_not_from_the_next_second(vic, bob):
    interaction = await an_interaction(vic, agent=bob)
    at = now().replace(microsecond=900_000)
    hours = Hours(holidays=frozenset({date(2030, 12, 24)}))

    clock = row_clock(clocks_of(await overview(interaction.id), hours, at), hours, at)

    assert int(clock.open.split("-")[0]) <= at.timestamp()


async def test_eve_gets_no_clocks_of_bobs_interaction(as_eve, vic, bob):
    interaction = await an_interaction(vic, agent=bob)

    assert (await as_eve.get(f"/workspace/webchat/{interaction.id}")).status_code == 404


async def test_an_entry_pushes_the_clocks(live, as_bob, vic, bob):
    interaction = await an_interaction(vic, agent=bob)

    async with live.stream(as_bob, STREAM) as stream:
        await stream.ready()
        await messages.post_from_agent(interaction.id, by=bob, body="Hi", nonce=a_nonce())
        pushed = await stream.with_text('id="clock_reply"')

    assert state_of(pushed.data, "reply") == "answered"
    assert state_of(pushed.data, "first_response") == "met"


async def test_words_after_the_first_answer_push_the_clock_of_the_reply_alone(
    live, as_bob, vic, bob
):
    interaction = await an_interaction(vic, agent=bob)
    await messages.post_from_agent(interaction.id, by=bob, body="Hi", nonce=a_nonce())

    async with live.stream(as_bob, STREAM) as stream:
        await stream.ready()
        await messages.post_from_visitor(vic, body="My lamp flickers", nonce=a_nonce())
        pushed = await stream.with_text('id="clock_reply"')

    assert state_of(pushed.data, "reply") == "on_time"
    assert f"[data-interaction='{interaction.id}'] #clock_reply" in pushed.data
    assert 'id="clock_first_response"' not in pushed.data
    assert "My lamp flickers" in pushed.data


async def test_more_words_of_the_same_side_push_the_row_alone(live, as_bob, vic, bob):
    interaction = await an_interaction(vic, agent=bob)

    async with live.stream(as_bob, STREAM) as stream:
        await stream.ready()
        await messages.post_from_visitor(vic, body="Are you there?", nonce=a_nonce())
        pushed = await stream.with_text(f'id="interaction_{interaction.id}"')

    assert "Are you there?" in pushed.data
    assert 'id="clock_reply"' not in pushed.data


async def test_a_breach_is_pushed_to_its_agent_and_to_nobody_else(live, as_bob, as_eve, vic, bob):
    interaction = await an_interaction(vic, agent=bob)
    await marked(interaction, first_message_at=50, awaiting_reply_since=50)

    async with live.stream(as_bob, STREAM) as to_bob, live.stream(as_eve, STREAM) as to_eve:
        await to_bob.ready()
        await to_eve.ready()
        await marked(interaction, first_message_at=61, awaiting_reply_since=61)
        await breaches.sweep()
        await to_bob.with_text("Time to first response passed 1:00")
        pushed = await to_bob.with_text('id="clock_first_response"')
        seen_by_eve = to_eve.arrived()

    assert state_of(pushed.data, "first_response") == "overdue"
    assert all("passed" not in event.data for event in seen_by_eve)


async def test_the_list_begins_with_what_is_due_first_and_ends_with_what_is_done(app, shop, bob):
    ages = {"answered": 900, "late": 130, "new": 10}
    found = {}
    for name, age in ages.items():
        visitor = await a_visitor(shop, token=f"token-of-{name}")
        found[name] = await an_interaction(visitor, agent=bob)
        await marked(found[name], first_message_at=age, awaiting_reply_since=age)
    await Interaction.update(
        {Interaction.awaiting_reply_since: None, Interaction.first_response_at: now()}
    ).where(Interaction.id == found["answered"].id)
    done = await an_interaction(
        await a_visitor(shop, token="token-of-done"), agent=bob, state="archived"
    )

    rows = await workspace.rows(bob.id, app.state.presence)

    assert [row.id for row in rows] == [
        *(found[name].id for name in ("late", "new", "answered")),
        done.id,
    ]
    assert [row.clock.name if row.clock else "" for row in rows] == [
        "first_response",
        "first_response",
        "resolution",
        "",
    ]


async def test_a_row_shows_the_words_that_are_due_next(as_bob, vic, bob):
    interaction = await an_interaction(vic, agent=bob)
    await marked(interaction, first_message_at=600, first_response_at=590, awaiting_reply_since=125)

    page = (await as_bob.get("/workspace/webchat")).text

    assert re.search(r"Overdue</span> <span data-value>2:0\d<", page)
    assert (await overview(interaction.id)).reply_target == 120
