"""The floor: what it shows, to supervisors only, and that it is live."""

import asyncio
from datetime import timedelta

import pytest

from app.calls.tables import Call
from app.floor.queries import floor
from app.floor.today import Day
from app.interactions.tables import ACTIVE, ARCHIVED, QUEUED, Breach, Interaction
from app.moments import ago, now
from app.realtime.bus import Topic
from app.realtime.presence import Presence
from app.routing.tables import Queue
from tests.builders import a_queue, a_visitor, a_wrap_up_code, an_agent, an_interaction
from tests.databases import ON_SQLITE

ROUTES = [
    ("GET", "/workspace/floor"),
    ("GET", "/workspace/floor/agents/1"),
    ("GET", "/workspace/floor/queues/1"),
    ("PUT", "/workspace/agents/1/availability"),
    ("POST", "/workspace/interactions/1/takeover"),
    ("GET", "/workspace/interactions/1/routing"),
]
STREAM = "/workspace/stream"
HTMX = {"HX-Request": "true"}


def seeing(*agents):
    presence = Presence(30)
    for agent in agents:
        presence.arrive(Topic("agent", agent.id))
    return presence


async def late(interaction, seconds):
    """As if its first message had come so long ago."""
    at = ago(seconds)
    await Interaction.update(
        {
            Interaction.first_message_at: at,
            Interaction.awaiting_reply_since: at,
            Interaction.queued_at: at,
        }
    ).where(Interaction.id == interaction.id)


# Who may look.


async def test_a_supervisor_sees_the_floor(as_ada, bob, vic):
    await an_interaction(vic, agent=bob, words=["My lamp is broken"])

    page = await as_ada.get("/workspace/floor")

    assert page.status_code == 200
    assert '<div id="floor"' in page.text
    assert "Bob" in page.text


async def test_for_htmx_it_is_the_part_that_changes(as_ada, bob):
    part = await as_ada.get("/workspace/floor", headers=HTMX)

    assert part.text.startswith('<div id="floor"')
    assert "<html" not in part.text


@ON_SQLITE
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_an_agent_is_refused_in_words(as_bob, method, path):
    answer = await as_bob.request(method, path)

    assert answer.status_code == 403
    assert "Only a supervisor may do this." in answer.text


@ON_SQLITE
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_the_signed_out_are_asked_to_sign_in(as_nobody, method, path):
    answer = await as_nobody.request(method, path, headers={"Accept": "text/html"})

    assert answer.status_code == (303 if method == "GET" else 401)


@ON_SQLITE
@pytest.mark.parametrize("number", [0, 77, -1, 2**31, 2**63])
async def test_what_there_is_not_is_not_found(as_ada, number):
    for method, path in ROUTES[1:]:
        answer = await as_ada.request(method, path.replace("/1", f"/{number}"))

        assert answer.status_code == 404, path


# What it shows.


async def test_what_waits_and_what_goes_on_is_counted(shop, sales, bob, vic, mallory):
    await an_interaction(vic, agent=bob)
    waiting = await an_interaction(mallory, state=QUEUED, queued_at=ago(100))

    shown = await floor(seeing(bob))

    [row] = shown.queues
    assert (row.name, row.waiting, row.in_progress) == ("Sales", 1, 1)
    assert (row.available, row.members) == (1, 1)
    assert row.longest.since == (await fresh(waiting)).queued_at
    numbers = shown.numbers
    assert (numbers.waiting, numbers.in_progress, numbers.places) == (1, 1, 4)
    assert (numbers.available, numbers.agents) == (1, 1)


async def test_a_chat_of_who_takes_no_more_has_a_place_as_long_as_it_lasts(sales, bob, vic):
    away = await an_agent("Ann", queues=[sales], status="Break")
    await an_interaction(vic, agent=away)

    numbers = (await floor(seeing(bob, away))).numbers

    assert (numbers.in_progress, numbers.places) == (1, 5)  # 4 of Bob's, and this one


async def test_an_agent_has_status_load_and_the_longest_unanswered(sales, bob, vic, mallory):
    await late(await an_interaction(vic, agent=bob), 30)
    await late(await an_interaction(mallory, agent=bob), 50)
    away = await an_agent("Ann", queues=[sales], status="Break")

    shown = await floor(seeing(bob, away))

    first, second = shown.agents
    assert (first.person.name, first.status, first.load, first.capacity) == (
        "Bob",
        "Available",
        2,
        4,
    )
    assert (first.unanswered.kind, second.unanswered) == ("run", None)
    assert abs(first.unanswered.since - ago(50)) < timedelta(seconds=5)
    assert (second.person.name, second.status, second.here) == ("Ann", "Break", True)


async def test_who_wraps_up_is_seen_to_and_since_when(bob, vic):
    chat = await an_interaction(vic, agent=bob)
    await Interaction.update(
        {Interaction.left_at: ago(7), Interaction.wrap_up_until: ago(-20)}
    ).where(Interaction.id == chat.id)

    [shown] = (await floor(seeing(bob))).agents

    assert (shown.status, shown.kind, shown.load) == ("Wrapping up", "available", 1)
    assert shown.since == (await fresh(chat)).left_at


@ON_SQLITE
async def test_who_is_in_a_call_is_seen_to_be(as_ada, bob, vic):
    chat = await an_interaction(vic, agent=bob)
    between = {"interaction": chat.id, "visitor": vic.id, "agent": bob.id, "began_by": "agent"}
    call = Call(**between, rang_at=now(), agent_seen_at=now())
    await call.save()

    assert "In a call" in (await as_ada.get("/workspace/floor")).text
    await Call.update({Call.ended_at: now()}).where(Call.id == call.id)
    assert "In a call" not in (await as_ada.get("/workspace/floor")).text


async def test_who_is_available_without_a_workspace_counts_as_nobody(bob):
    shown = await floor(seeing())

    assert shown.numbers.available == shown.queues[0].available == 0
    assert not shown.agents[0].here


async def test_who_is_in_no_queue_takes_no_chats_and_is_not_counted(sales, bob):
    ada = await an_agent("Ada", role="supervisor")

    shown = await floor(seeing(bob, ada))

    assert (shown.numbers.available, shown.numbers.agents) == (1, 1)
    assert len(shown.agents) == 2


async def test_the_latest_needs_attention_first(shop, bob, vic, mallory):
    soon = await an_interaction(vic, agent=bob)
    overdue = await an_interaction(mallory, state=QUEUED)
    fine = await an_interaction(await a_visitor(shop, token="token-3"), agent=bob)
    await late(soon, 50)
    await late(overdue, 200)
    await late(fine, 5)

    shown = await floor(seeing(bob))

    assert [line.id for line in shown.attention] == [overdue.id, soon.id]
    assert [line.count.kind for line in shown.attention] == ["bad", "warn"]
    assert [line.waiting for line in shown.attention] == [True, False]
    assert "Waiting for an agent, Sales" in shown.attention[0].where
    assert (shown.numbers.overdue, shown.numbers.due_soon) == (1, 1)


async def test_the_day_counts_breaches_and_answers_in_time(shop, bob, vic, mallory):
    await a_wrap_up_code()
    good = await an_interaction(vic, agent=bob, state=ARCHIVED)
    bad = await an_interaction(mallory, agent=bob, state=ARCHIVED)
    for one in (good, bad):
        values = {Interaction.first_message_at: now(), Interaction.first_response_at: now()}
        await Interaction.update(values).where(Interaction.id == one.id)
    await Breach.insert(
        Breach(interaction=bad.id, clock="first_response", started_at=now(), breached_at=now())
    )

    shown = await floor(seeing(bob))

    assert (shown.queues[0].breaches, shown.queues[0].on_time) == (1, 50)
    assert (shown.numbers.breaches, shown.numbers.answered) == (1, 2)


def test_one_late_answer_is_never_rounded_away():
    assert Day(breaches=1, asked=1000, late=1).on_time == 99
    assert Day().on_time is None


async def test_a_closed_queue_says_when_it_opens(bob, sales):
    await Queue.update({Queue.archived_at: now()}).where(Queue.id == sales.id)
    await a_queue("Returns")

    shown = await floor(seeing(bob))

    assert [row.name for row in shown.queues] == ["Returns"]


async def test_words_of_visitors_are_text_on_the_floor(as_ada, bob, shop):
    mean = await a_visitor(shop, token="token-mean", name="<img src=x hx-get=/>")
    await late(await an_interaction(mean, agent=bob, words=["<script>alert(1)</script>"]), 500)

    page = await as_ada.get("/workspace/floor")

    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    assert "&lt;img src=x hx-get=/&gt;" in page.text


async def test_a_row_opens_what_an_agent_has_and_what_waits(as_ada, sales, bob, vic, mallory):
    mine = await an_interaction(vic, agent=bob)
    waiting = await an_interaction(mallory, state=QUEUED)

    of_bob = await as_ada.get(f"/workspace/floor/agents/{bob.id}")
    of_sales = await as_ada.get(f"/workspace/floor/queues/{sales.id}")

    assert f"/workspace/webchat/{mine.id}" in of_bob.text
    assert "Set status" in of_bob.text
    assert f"/workspace/interactions/{waiting.id}/routing" in of_sales.text
    assert f"/workspace/webchat/{mine.id}" not in of_sales.text


# Live.


async def test_what_happens_reaches_supervisors_and_not_agents(
    live, app, as_ada, as_bob, as_eve, bob, vic
):
    interaction = await an_interaction(vic, agent=bob)
    async with live.stream(as_ada, STREAM) as adas, live.stream(as_eve, STREAM) as eves:
        await asyncio.gather(adas.ready(), eves.ready())

        await as_bob.put("/workspace/availability", data={"status": "Break"})

        pushed = await adas.until(
            lambda event: '<div id="floor"' in event.data and "Break" in event.data
        )
        await adas.named("floor")
        assert 'hx-target="#floor"' in pushed.data
        assert not [one for one in eves.arrived() if "floor" in one.data or one.name == "floor"]
    assert interaction.state == ACTIVE


@ON_SQLITE
async def test_nothing_is_rendered_while_no_supervisor_looks(live, app, as_bob, monkeypatch, bob):
    async def rendered(_):
        raise AssertionError("The floor was rendered for nobody.")

    monkeypatch.setattr("app.floor.broadcasts.shown_floor", rendered)
    async with live.stream(as_bob, STREAM) as bobs:
        await bobs.ready()
        await as_bob.put("/workspace/availability", data={"status": "Break"})
        await bobs.with_text("Break")
        await asyncio.sleep(2.2)  # two rounds of the job


async def test_who_looks_on_sees_every_word_and_writes_notes_only(as_ada, bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=["Hello Bob"])

    page = await as_ada.get(f"/workspace/webchat/{interaction.id}")

    assert "Hello Bob" in page.text
    assert "data-watched" in page.text
    assert "Take over" in page.text
    assert "data-note-url" in page.text
    assert f'data-url="/workspace/interactions/{interaction.id}/messages"' not in page.text


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)
