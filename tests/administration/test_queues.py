"""Queues: everything an admin sets, hours by rows, and archiving what is in use."""

import json
import re

import pytest

from app.administration.tables import AuditEntry
from app.interactions.tables import Interaction
from app.routing.tables import Queue, QueueHoliday, QueueMember, QueuePeriod
from app.widget.tables import Widget
from tests.administration.conftest import SETTINGS, a_queue_form
from tests.builders import a_queue, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

QUEUES = f"{SETTINGS}/queues"


async def test_a_queue_is_created_whole(as_amy, bob, sales, audit):
    code = await a_wrap_up_code()
    form = a_queue_form(
        mode="broadcast",
        member=str(bob.id),
        overflow_queue=str(sales.id),
        overflow_after="5 min",
        longest_wait="10:00",
        after_work_seconds="30 s",
        after_work_code=str(code.id),
        weekday=["0-4", "5"],
        opens=["09:00", "10:00"],
        closes=["17:30", "00:00"],
        holiday="2026-12-25",
        holiday_name="Christmas",
    )

    answer = await as_amy.post(QUEUES, data=form)

    queue = await Queue.objects().get(Queue.name == "Orders")
    assert answer.headers["location"] == f"{QUEUES}/{queue.id}?done=created"
    assert (queue.mode, queue.priority, queue.offer_seconds, queue.capacity) == (
        "broadcast",
        5,
        30,
        3,
    )
    assert (queue.first_response_target, queue.reply_target, queue.resolution_target) == (
        60,
        120,
        3600,
    )
    assert (queue.overflow_queue, queue.overflow_after, queue.longest_wait) == (sales.id, 300, 600)
    assert (queue.after_work_seconds, queue.after_work_code) == (30, code.id)
    periods = await QueuePeriod.objects().where(QueuePeriod.queue == queue.id)
    assert [(one.weekday, one.opens, one.closes) for one in periods] == [
        *((day, 540, 1050) for day in range(5)),
        (5, 600, 1440),
    ]
    assert await QueueHoliday.count().where(QueueHoliday.queue == queue.id) == 1
    assert await QueueMember.count().where(QueueMember.queue == queue.id) == 1
    action, kind, name, _, after = await audit()
    assert (action, kind, name) == ("created", "queue", "Orders")
    assert after["Offer time"] == "30 s"


async def test_a_change_is_recorded_with_only_what_differs(as_amy, audit):
    await as_amy.post(QUEUES, data=a_queue_form())
    queue = await Queue.objects().get(Queue.name == "Orders")

    await as_amy.post(f"{QUEUES}/{queue.id}", data=a_queue_form(reply_target="3:00"))

    assert await audit() == ("changed", "queue", "Orders", {"Reply": "2:00"}, {"Reply": "3:00"})


@pytest.mark.settings(calls=True)
async def test_offers_during_calls_are_for_who_wants_them(as_amy, sales, audit):
    page = (await as_amy.get(f"{QUEUES}/{sales.id}")).text
    form = a_queue_form(name="Sales", offers_in_calls="no")
    await as_amy.post(f"{QUEUES}/{sales.id}", data=form)

    await as_amy.post(f"{QUEUES}/{sales.id}", data={**form, "offers_in_calls": "yes"})

    asked = page.split('name="offers_in_calls"')[1]
    assert '<option value="no" selected>' in asked.split("</select>")[0]
    assert (await Queue.objects().get(Queue.id == sales.id)).offers_in_calls
    word = "Offer chats during calls"
    assert await audit() == ("changed", "queue", "Sales", {word: "No"}, {word: "Yes"})
    refused = await as_amy.post(f"{QUEUES}/{sales.id}", data={**form, "offers_in_calls": ""})
    assert refused.status_code == 422


async def test_without_calls_a_queue_is_not_asked_about_them(as_amy, sales):
    assert "offers_in_calls" not in (await as_amy.get(f"{QUEUES}/{sales.id}")).text


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "SALES"}, "There is a queue of this name already"),
        ({"offer_seconds": "4"}, "from 5 to 120"),
        ({"offer_seconds": "121"}, "from 5 to 120"),
        ({"capacity": "0"}, "from 1 to 50"),
        ({"mode": "random"}, "Choose whom to offer to."),
        ({"reply_target": "soon"}, "Write minutes and seconds"),
        ({"reply_target": ""}, "Enter a time"),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone of the list"),
        ({"time_zone": "../../etc/passwd"}, "Choose a time zone of the list"),
        ({"overflow_after": "5:00"}, "Choose the queue that takes over."),
        ({"member": "999"}, "does not exist any more"),
        ({"after_work_seconds": "30 s"}, "Choose the code for chats whose time runs out."),
        ({"weekday": "0", "opens": "17:00", "closes": "09:00"}, "It closes before it opens."),
        ({"weekday": "0", "opens": "17:00", "closes": ""}, "Enter both times"),
        ({"weekday": "9", "opens": "09:00", "closes": "17:00"}, "Choose a day."),
        ({"holiday": "2026-02-30", "holiday_name": "Never"}, "Choose a day."),
    ],
)
async def test_a_wrong_form_is_kept_with_a_sentence(as_amy, sales, others, sentence):
    answer = await as_amy.post(QUEUES, data=a_queue_form(**others))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Europe/Berlin" in answer.text
    assert await Queue.count() == 1


async def test_overlapping_hours_are_refused_beside_their_row_and_nothing_is_lost(as_amy):
    form = a_queue_form(weekday=["0-4", "2"], opens=["09:00", "12:00"], closes=["17:00", "19:30"])

    answer = await as_amy.post(QUEUES, data=form)

    first, second = answer.text.split('name="opens"')[1:3]
    assert answer.status_code == 422
    assert "aria-invalid" not in first.split('name="closes"')[0]
    assert "This overlaps Wednesday, 09:00 to 17:00." in second
    for kept in ('value="12:00"', 'value="19:30"', 'value="17:00"'):
        assert kept in answer.text


async def test_a_queue_in_use_is_not_archived_and_says_why(as_amy, sales, shop, vic, bob):
    await an_interaction(vic, agent=bob)

    answer = await as_amy.post(f"{QUEUES}/{sales.id}/archive")

    assert answer.status_code == 409
    assert "Still in use: the widget Lumen &amp; Oak and 1 open chat." in answer.text
    assert (await Queue.objects().get(Queue.id == sales.id)).archived_at is None


async def test_what_uses_a_queue_can_move_with_its_archiving(as_amy, sales, billing, shop, vic):
    chat = await an_interaction(vic, state="queued")

    answer = await as_amy.post(f"{QUEUES}/{sales.id}/archive", data={"move_to": str(billing.id)})

    assert answer.status_code == 303
    assert (await Queue.objects().get(Queue.id == sales.id)).archived_at is not None
    assert (await Widget.objects().get(Widget.id == shop.id)).queue == billing.id
    assert (await Interaction.objects().get(Interaction.id == chat.id)).queue == billing.id


async def test_each_thing_that_moves_with_an_archived_queue_has_its_row(
    as_amy, sales, billing, shop, vic
):
    advice = await a_queue("Advice")
    for one in (advice, billing):
        await Queue.update({Queue.overflow_queue: sales.id, Queue.overflow_after: 60}).where(
            Queue.id == one.id
        )
    await an_interaction(vic, state="queued")

    await as_amy.post(f"{QUEUES}/{sales.id}/archive", data={"move_to": str(billing.id)})

    rows = await AuditEntry.select().order_by(AuditEntry.id)
    told = [
        (one["kind"], one["name"], json.loads(one["before"]), json.loads(one["after"]))
        for one in rows
    ]
    assert sorted(told, key=str) == sorted([
        ("widget", shop.name, {"Queue": "Sales"}, {"Queue": "Billing"}),
        ("queue", "Advice", {"Overflow queue": "Sales"}, {"Overflow queue": "Billing"}),
        ("queue", "Billing", {"Overflow queue": "Sales", "Overflow after": "1:00"}, {}),
        ("queue", "Sales", {"Open chats": "1, Sales"}, {"Open chats": "1, Billing"}),
        ("queue", "Sales", {}, {}),
    ], key=str)  # fmt: skip


async def test_days_with_the_same_hours_share_a_row_when_the_page_is_opened_again(as_amy):
    form = a_queue_form(
        weekday=["0-6", "0-4", "5"],
        opens=["08:00", "13:00", "14:00"],
        closes=["12:00", "17:00", "16:00"],
    )
    made = await as_amy.post(QUEUES, data=form)

    page = (await as_amy.get(made.headers["location"])).text

    chosen = re.findall(r'<option value="([0-6-]+)" selected>', page.split('name="weekday"', 1)[1])
    opens = re.findall(r'name="opens"[^>]* value="([^"]*)"', page)
    assert list(zip(chosen, opens, strict=False))[:3] == [
        ("0-6", "08:00"),
        ("0-4", "13:00"),
        ("5", "14:00"),
    ]
    assert await QueuePeriod.count() == 7 + 5 + 1


async def test_an_archived_queue_keeps_its_name_and_comes_back(as_amy, audit):
    queue = await a_queue("Old")
    await as_amy.post(f"{QUEUES}/{queue.id}/archive")

    taken = await as_amy.post(QUEUES, data=a_queue_form(name="old"))
    back = await as_amy.post(f"{QUEUES}/{queue.id}/restoring")

    assert taken.status_code == 422
    assert back.status_code == 303
    assert (await audit())[:3] == ("restored", "queue", "Old")
    assert (await Queue.objects().get(Queue.id == queue.id)).archived_at is None
