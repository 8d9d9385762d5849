"""What a visitor sees of calls: a button where they can call, who calls them, and how a call is."""

import pytest

from app.calls import service as calls
from app.calls.tables import Call
from app.interactions.log import AGENT, CONTACT
from app.widget.tables import Widget
from tests.builders import an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE
WITH_CALLS = pytest.mark.settings(calls=True)
BUTTON = 'data-call-act="begin"'


@pytest.fixture
async def with_calls(shop):
    """The widget allows calls."""
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob)


async def page(visitor):
    return (await visitor.get("/widget/shop")).text


@WITH_CALLS
async def test_in_a_chat_with_an_agent_there_is_a_button_to_call(as_vic, with_calls, chat):
    shown = await page(as_vic)

    assert BUTTON in shown
    assert shown.index(BUTTON) < shown.index('data-opens="end_dialog"')
    # Its code is fetched when a call begins, and not before.
    assert "/static/widget-call-" in shown
    assert '<script defer src="/static/widget-call-' not in shown


@WITH_CALLS
async def test_who_waits_for_an_agent_cannot_call_yet(as_vic, with_calls, vic):
    await an_interaction(vic, state="queued")

    assert BUTTON not in await page(as_vic)


@WITH_CALLS
async def test_a_widget_without_calls_has_no_button(as_vic, chat):
    assert BUTTON not in await page(as_vic)


async def test_without_calls_in_the_installation_there_is_no_trace_of_them(
    as_vic, with_calls, chat
):
    shown = await page(as_vic)

    assert BUTTON not in shown
    assert "widget-call-" not in shown
    assert 'id="call_notice"' not in shown


@WITH_CALLS
async def test_an_invitation_says_who_and_what_comes_next_and_then_it_is_a_call(
    as_vic, with_calls, chat
):
    call = await calls.ring(chat.id, by=AGENT, page="page-of-bob")
    rings = await page(as_vic)
    await calls.answer(call, by=CONTACT, page="page-of-vic")
    talks = (await as_vic.get("/widget/shop/entries", params={"after": 0})).text

    assert "Bob would like to talk to you" in rings
    assert "your browser asks for the microphone" in rings
    assert "Answer" in rings
    assert 'aria-label="Hang up"' in talks
    assert "would like to talk" not in talks


@WITH_CALLS
async def test_a_name_in_an_invitation_is_only_a_name(as_vic, with_calls, chat, bob):
    bob.name = "<b>Bob</b>"
    await bob.save()
    await calls.ring(chat.id, by=AGENT, page="page-of-bob")

    shown = await page(as_vic)

    assert "<b>Bob</b>" not in shown
    assert await Call.count() == 1
