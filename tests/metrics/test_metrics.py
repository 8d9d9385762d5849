"""What Prometheus reads, and who else may not."""

import pytest

from app.metrics import handlers
from app.metrics.numbers import DELIVERY, MESSAGES, OFFERS, UPLOADS, Histogram, line
from app.routing.tables import Offer, Queue
from tests.attachments.sending import uploaded
from tests.builders import a_nonce, a_visitor, an_interaction
from tests.databases import ON_SQLITE
from tests.people import HOME, browser
from tests.waiting import eventually

NEAR = "127.0.0.1"


async def read(app, *, address=NEAR, **headers):
    return await browser(app, address=address, headers=headers).get("/metrics")


async def test_queues_streams_and_the_start_are_told(live, app, as_vic, vic, shop, sales, clock):
    await an_interaction(vic, state="queued", queue=sales)
    clock.forward(90)
    await an_interaction(await a_visitor(shop, token="another"), state="queued", queue=sales)

    async with live.stream(as_vic, "/widget/shop/stream") as stream:
        await stream.ready()
        text = (await read(app)).text

    labels = f'queue="{sales.id}",name="Sales"'
    assert f'parley_queue_waiting{{{labels},kind="chat"}} 2' in text
    assert f'parley_queue_longest_wait_seconds{{{labels},kind="chat"}} 9' in text
    assert f'parley_queue_waiting{{{labels},kind="message"}} 0' in text
    assert 'parley_open_streams{kind="visitor"} 1' in text
    assert "\nprocess_start_time_seconds 1" in text


@ON_SQLITE
async def test_a_message_and_its_delivery_are_counted_once(live, as_vic, as_bob, vic, bob):
    await an_interaction(vic, agent=bob)
    stored, delivered = MESSAGES.count("contact"), DELIVERY.count

    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        nonce = a_nonce()
        for _ in range(2):
            sent = {"body": "My lamp", "nonce": nonce}
            await as_vic.post("/widget/shop/messages", data=sent)
        await stream.with_text("My lamp")
        await eventually(lambda: DELIVERY.count == delivered + 1)

    assert MESSAGES.count("contact") == stored + 1


@ON_SQLITE
async def test_offers_are_counted_by_outcome_and_files_by_sender(as_bob, as_vic, vic, bob):
    offered = await an_interaction(vic, state="offered", agent=bob)
    declined, files = OFFERS.count("declined"), UPLOADS.count("visitor")
    await uploaded(as_vic, "/widget/shop")
    made = await Offer.objects().get(Offer.interaction == offered.id)
    await as_bob.post(f"/workspace/offers/{made.id}/refusal")

    assert OFFERS.count("declined") == declined + 1
    assert UPLOADS.count("visitor") == files + 1


@ON_SQLITE
async def test_without_a_token_only_this_machine_reads_and_not_through_a_proxy(app):
    assert (await read(app)).status_code == 200
    for refused in (
        await read(app, address=HOME),
        await read(app, **{"X-Forwarded-For": NEAR}),
        await read(app, Forwarded="for=127.0.0.1"),
        await read(app, address=HOME, Authorization="Bearer "),
    ):
        assert refused.status_code == 403
        assert "parley_" not in refused.text


@ON_SQLITE
@pytest.mark.settings(metrics_token="a-long-token")
async def test_with_a_token_only_who_has_it_reads_from_anywhere(app):
    assert (await read(app, address=HOME, Authorization="Bearer a-long-token")).status_code == 200
    for given in ("", "Bearer", "Bearer a-long-toke", "Basic a-long-token", "Bearer \xff"):
        refused = await read(app, Authorization=given.encode("latin-1"))
        assert refused.status_code == 401


@ON_SQLITE
async def test_a_queue_with_a_hostile_name_stays_inside_its_label(app, db):
    await Queue(name='Sales"} 1\nparley_lies 7\\').save()

    text = (await read(app)).text

    assert 'name="Sales\\"} 1\\nparley_lies 7\\\\"' in text
    assert not any(row.startswith("parley_lies") for row in text.splitlines())


@ON_SQLITE
async def test_the_database_is_asked_no_more_than_every_five_seconds(app, sales, monkeypatch):
    asked = []

    async def ask():
        asked.append(1)
        return []

    monkeypatch.setattr(handlers, "lines_of_queues", ask)
    for _ in range(3):
        await read(app)

    assert len(asked) == 1


def test_each_bucket_of_a_histogram_holds_those_before_it():
    took = Histogram("took", "How long.")

    for seconds in (0.001, 0.004, 60):
        took.observe(seconds)

    said = list(took.lines())
    assert 'took_bucket{le="0.001"} 1' in said
    assert 'took_bucket{le="0.005"} 2' in said
    assert 'took_bucket{le="10.0"} 2' in said
    assert 'took_bucket{le="+Inf"} 3' in said
    assert "took_count 3" in said
    assert line("plain", {}, 1) == "plain 1"
