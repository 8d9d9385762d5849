"""Parley writes to itself: it arrives, or it says that it does not, and nothing is left."""

import pytest

from app.accounts.tables import Session
from app.canary import canary as flights
from app.canary.canary import address_of
from app.canary.mark import MARK
from app.canary.stage import set_up
from app.contacts.tables import Contact, Visitor
from app.interactions.tables import Entry, Interaction
from app.metrics.numbers import CANARIES, CANARY
from app.routing.tables import Offer
from app.settings import Settings
from app.widget.tables import Widget
from tests.builders import a_session, an_agent
from tests.databases import ON_SQLITE
from tests.people import browser

ON = pytest.mark.settings(canary=True)
LISTS = ("agents", "queues", "widgets")


@pytest.fixture
def canary(app, live):
    """The canary of this process, whose public address is the real port."""
    made = app.state.canary
    made._url = live.url
    return made


async def left():
    return [await table.count() for table in (Interaction, Entry, Visitor, Session, Offer)]


@ON
async def test_a_message_arrives_is_told_everywhere_and_leaves_nothing(app, canary, as_nobody):
    before, arrived = CANARIES.count("delivered"), CANARY.count

    await canary.fly()
    await canary.fly()

    told = await as_nobody.get("/health/delivery")
    assert (told.status_code, told.text[:3]) == (200, "ok,"), told.text
    assert "\ndelivery: ok, " in (await as_nobody.get("/health/ready")).text
    assert (CANARIES.count("delivered"), CANARY.count) == (before + 2, arrived + 2)
    assert await left() == [0, 0, 0, 0, 0]
    assert await Contact.count() == await Widget.count() == 1


@ON
@ON_SQLITE
async def test_a_message_that_does_not_reach_the_stream_is_told(
    app, canary, as_nobody, monkeypatch, faults
):
    faults.expected = True
    monkeypatch.setattr(flights, "PATIENCE", 0.3)
    app.state.hub.renders("agent", "entry", lost)

    await canary.fly()

    told, ready = await as_nobody.get("/health/delivery"), await as_nobody.get("/health/ready")
    assert (told.status_code, ready.status_code) == (503, 200)  # a proxy must not act on it
    assert "a message did not arrive in time" in told.text
    assert "delivery: a message did not arrive in time" in ready.text
    assert await left() == [0, 0, 0, 0, 0]


@ON
@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "words"),
    [("http://127.0.0.1:1", "does not answer"), ("{live}/somewhere-else", "refuses the message")],
)
async def test_a_public_address_that_leads_elsewhere_is_told(canary, live, faults, path, words):
    faults.expected = True
    canary._url = path.format(live=live.url)

    await canary.fly()

    assert words in canary.words()
    assert not canary.well


@ON
@ON_SQLITE
async def test_while_it_flies_nobody_sees_it_and_nobody_else_may_be_it(app, sales):
    amy = await an_agent("Amy", role="admin", queues=[sales])
    as_amy = browser(app, session=await a_session(amy))

    async with set_up() as stage:
        pages = ["/workspace/floor", "/workspace/reports", "/workspace/webchat", "/metrics"]
        pages += [f"/workspace/settings/{noun}" for noun in LISTS]
        for page in pages:
            shown = await as_amy.get(page, headers={"Accept": "text/html"})
            assert MARK not in shown.text, page
        counted = (await as_amy.get("/workspace/floor")).text
        await as_amy.post("/sign-in", data={"email": stage.key, "password": ""})
        assert await Session.count() == 2  # Amy's, and the canary's own
        assert await Offer.count() == 0

    assert (await as_amy.get("/workspace/floor")).text.count("<li") == counted.count("<li")


@ON
@ON_SQLITE
async def test_what_a_killed_process_left_behind_is_removed_by_the_next_message(canary, clock):
    killed = set_up()
    await killed.__aenter__()
    clock.forward(61)

    await canary.fly()

    assert canary.well
    assert await left() == [0, 0, 0, 0, 0]


@ON_SQLITE
async def test_where_it_is_off_nothing_is_sent_and_that_is_said(app, as_nobody):
    answer = await as_nobody.get("/health/delivery")

    assert answer.status_code == 404
    assert "PARLEY_CANARY is off" in answer.text


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"base_url": "https://chat.example"}, "https://chat.example"),
        ({"host": "0.0.0.0", "port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "::", "port": 9000}, "http://[::1]:9000"),
    ],
)
def test_it_goes_through_the_public_address_where_there_is_one(settings, address):
    assert address_of(Settings(**settings)) == address


async def lost(_):
    return b""
