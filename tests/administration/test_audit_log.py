"""The audit log: newest first, in pages, inert."""

import re

import pytest

from app.administration.audit import record
from app.administration.handlers import router
from app.administration.tables import AuditEntry
from app.agents.tables import AwayReason
from app.wrapup.tables import WrapUpCode
from tests.administration.conftest import SETTINGS, a_queue_form, a_widget_form, an_agent_form
from tests.administration.test_pictures import a_png, upload
from tests.builders import a_queue, a_response
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

LOG = f"{SETTINGS}/audit-log"


async def test_the_newest_change_is_first_and_older_ones_are_a_page_away(as_amy, amy):
    for number in range(60):
        thing = ("queue", 1, f"Queue {number:02}")
        await record(amy, "changed", thing, before={"Name": "a"}, after={"Name": "b"})

    first = await as_amy.get(LOG)
    older = first.text.split("?before=")[1].split('"')[0]
    second = await as_amy.get(f"{LOG}?before={older}")

    assert first.text.index("Queue 59") < first.text.index("Queue 58")
    assert "Queue 09" not in first.text
    assert "Queue 09" in second.text
    assert "Queue 10" not in second.text


async def test_what_was_entered_is_inert_in_the_log(as_amy):
    await as_amy.post(f"{SETTINGS}/away-reasons", data={"name": "<img src=x hx-get=/>"})

    page = await as_amy.get(LOG)

    assert "<img" not in page.text
    assert "&lt;img" in page.text


async def test_a_number_from_nowhere_is_the_first_page(as_amy):
    for before in ("-1", "0", "99999999999999"):
        assert (await as_amy.get(f"{LOG}?before={before}")).status_code == 200


async def test_a_form_without_a_change_records_nothing(as_amy, audit, bob):
    same = {"name": "Bob", "role": "agent", "capacity": "4"}
    queues = await as_amy.get(f"{SETTINGS}/agents/{bob.id}")
    assert queues.status_code == 200
    await as_amy.post(f"{SETTINGS}/agents/{bob.id}", data={**same, "name": "Bobby"})
    newest = await audit()

    await as_amy.post(f"{SETTINGS}/agents/{bob.id}", data={**same, "name": "Bobby"})

    assert await audit() == newest


# What changes nothing, and what is asked of in the tests of standard responses.
NO_CHANGE = {"widgets/preview"}
ELSEWHERE = {"standard-responses/1/files/1/removal"}


@pytest.fixture
async def every_change(bob, sales, shop):
    """Each form of the settings, once, in an order in which it changes something."""
    first = await a_response("Hello")
    queue, widget = f"queues/{sales.id}", f"widgets/{shop.id}"
    unused = f"queues/{(await a_queue('Old')).id}"
    agent, response = f"agents/{bob.id}", f"standard-responses/{first.id}"
    reason = f"away-reasons/{(await AwayReason.objects().get(AwayReason.name == 'Lunch')).id}"
    codes = [WrapUpCode(name=name, group="Returns", position=n) for n, name in enumerate("ab")]
    code = f"wrap-up-codes/{(await WrapUpCode.insert(*codes))[1]['id']}"
    return [
        ("agents", {"data": an_agent_form()}),
        (agent, {"data": an_agent_form(name="Robert", queue=str(sales.id))}),
        (f"{agent}/invitation", {}),
        (f"{agent}/picture", upload(a_png())),
        (f"{agent}/picture/removal", {}),
        (f"{agent}/disabling", {}),
        (f"{agent}/enabling", {}),
        ("away-reasons", {"data": {"name": "Coaching"}}),
        (reason, {"data": {"name": "Meal"}}),
        (f"{reason}/position", {"data": {"direction": "down"}}),
        (f"{reason}/archive", {}),
        (f"{reason}/restoring", {}),
        ("wrap-up-codes", {"data": {"name": "Refund", "group": "Returns"}}),
        (code, {"data": {"name": "Exchange", "group": "Returns"}}),
        (f"{code}/position", {"data": {"direction": "up"}}),
        (f"{code}/archive", {}),
        (f"{code}/restoring", {}),
        ("standard-responses", {"data": {"title": "Bye", "body": "Bye"}}),
        (response, {"data": {"title": "Good day", "body": "Hello"}}),
        (f"{response}/archive", {}),
        (f"{response}/restoring", {}),
        (
            "standard-responses/import",
            {"files": {"file": ("r.csv", b"title,body\nThanks,Thanks\n")}},
        ),
        ("widgets", {"data": a_widget_form(sales)}),
        (widget, {"data": a_widget_form(sales, name="Teapots")}),
        (f"{widget}/secret", {}),
        (f"{widget}/secret", {}),
        (f"{widget}/secret/ending", {}),
        (f"{widget}/archive", {}),
        (f"{widget}/restoring", {}),
        ("queues", {"data": a_queue_form()}),
        (queue, {"data": a_queue_form(name="Advice")}),
        (f"{unused}/archive", {}),
        (f"{unused}/restoring", {}),
    ]


async def test_every_form_of_the_settings_leaves_one_row(as_amy, amy, every_change):
    for path, form in every_change:
        before = await AuditEntry.count()

        answer = await as_amy.post(f"{SETTINGS}/{path}", **form)

        assert answer.status_code in {200, 303}, (path, answer.text)
        assert await AuditEntry.count() == before + 1, path
        newest = await AuditEntry.objects().order_by(AuditEntry.id, ascending=False).first()
        assert newest.agent == amy.id, path
        assert newest.changed_at, path
        assert newest.name, path
        assert newest.action != "changed" or newest.before + newest.after != "{}{}", path


async def test_no_form_of_the_settings_is_missing_there(every_change):
    asked = {re.sub(r"\d+", "1", path) for path, _form in every_change}
    there = {
        re.sub(r"\{\w+\}", "1", route.path_format).removeprefix(f"{SETTINGS}/").rstrip("/")
        for route in router.routes
        if "POST" in route.methods
    }

    assert there - NO_CHANGE - ELSEWHERE == asked
