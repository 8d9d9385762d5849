"""The audit log: newest first, in pages, inert."""

from app.administration.audit import record
from tests.administration.conftest import SETTINGS
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
