"""Forwarding an interaction in a call asks first, as it ends the call."""

import pytest

from app.calls.tables import Call
from app.interactions.tables import Interaction
from tests.builders import a_queue, an_interaction
from tests.databases import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.settings(calls=True)]


@pytest.fixture
async def chat(vic, bob):
    """Vic's chat with Bob."""
    return await an_interaction(vic, agent=bob)


@pytest.fixture
async def billing():
    """Another queue."""
    return await a_queue("Billing")


@pytest.fixture
async def call(as_vic, as_bob, chat, shop):
    """They talk."""
    shop.calls = True
    await shop.save()
    call = (await as_vic.post("/widget/shop/calls", data={"page": "page-of-vic"})).json()["call"]
    await as_bob.post(f"/workspace/calls/{call}/answer", data={"page": "page-of-bob"})
    return call


async def forward(as_bob, chat, **fields):
    return await as_bob.post(f"/workspace/interactions/{chat.id}/forwarding", data=fields)


async def test_without_a_word_about_the_call_nothing_is_forwarded(as_bob, chat, billing, call):
    form = (await as_bob.get(f"/workspace/interactions/{chat.id}/forwarding")).text
    answer = await forward(as_bob, chat, to=f"queue-{billing.id}", note="As agreed")

    assert "End the call that goes on" in form
    assert answer.status_code == 422
    assert "Forwarding ends the call" in answer.text
    assert "As agreed" in answer.text
    assert await Call.exists().where(Call.id == call, Call.ended_at.is_null())
    assert await Interaction.exists().where(
        Interaction.id == chat.id, Interaction.state == "active"
    )


async def test_said_so_it_is_forwarded_and_the_call_ends(as_bob, chat, billing, call):
    answer = await forward(as_bob, chat, to=f"queue-{billing.id}", ends_call="true")

    assert answer.status_code == 303
    ended = await Call.objects().get(Call.id == call)
    assert ended.how == "chat_ended"


async def test_without_a_call_nothing_is_asked(as_bob, chat, billing):
    form = (await as_bob.get(f"/workspace/interactions/{chat.id}/forwarding")).text
    answer = await forward(as_bob, chat, to=f"queue-{billing.id}")

    assert "End the call" not in form
    assert answer.status_code == 303
