"""How many are before a visitor: in the order of routing, and told only to whom it changed for."""

import asyncio
from datetime import timedelta

import pytest

from app.interactions.tables import QUEUED, Interaction
from app.moments import now
from app.routing.line import line as line_of_routing
from app.routing.line import places
from app.routing.tables import Queue
from tests.builders import a_nonce, a_visitor, a_widget, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser


@pytest.fixture
async def line(shop, billing):
    """Three in Sales and one in Billing, each a minute after the other."""
    bills = await a_widget(billing, key="bills", name="Bills")
    made = []
    for number, widget in enumerate((shop, shop, bills, shop)):
        visitor = await a_visitor(widget, token=f"token-{number}")
        at = now() - timedelta(minutes=9 - number)
        made.append(await an_interaction(visitor, state=QUEUED, queued_at=at))
    return made


async def test_the_places_follow_the_order_of_routing(line):
    await Interaction.update({Interaction.priority: 5}).where(Interaction.id == line[3].id)

    before = {one.interaction: one.before for one in await places()}
    routed = [one.interaction.id for one in await line_of_routing()]

    assert [before[one.id] for one in line] == [1, 2, 0, 0]
    assert routed == [line[3].id, line[0].id, line[1].id, line[2].id]


@ON_SQLITE
async def test_a_queue_of_higher_priority_does_not_lengthen_the_line_of_another(line, billing):
    await Queue.update({Queue.priority: 9}).where(Queue.id == billing.id)

    before = {one.interaction: one.before for one in await places()}

    assert [before[one.id] for one in line] == [0, 1, 0, 2]


@ON_SQLITE
async def test_only_those_are_told_for_whom_it_changed(live, app, as_vic, line, vic):
    await an_interaction(vic, state=QUEUED)
    first, second = (browser(app, visitor=f"token-{number}") for number in range(2))
    assert "3 people are before you" in (await as_vic.get("/widget/shop")).text
    assert "You are next" in (await first.get("/widget/shop")).text
    stream = "/widget/shop/stream"
    async with live.stream(as_vic, stream) as vics, live.stream(first, stream) as firsts:
        await asyncio.gather(vics.ready(), firsts.ready())
        await app.state.line.tell_changes()
        await says(first, "Before")
        await firsts.with_text("Before")

        assert (await second.post("/widget/shop/ending")).status_code == 200

        told = await vics.with_text("2 people are before you")
        assert 'hx-target="#line_' in told.data
        count = len(firsts.seen)
        await says(first, "After")
        await firsts.with_text("After")
        assert not [event for event in firsts.seen[count:] if "line_" in event.data]


async def says(visitor, words):
    """A message, which comes after all that was pushed before it."""
    await visitor.post("/widget/shop/messages", data={"body": words, "nonce": a_nonce()})
