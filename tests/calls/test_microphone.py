"""Which pages may ask for the microphone: none without calls, with them exactly two kinds."""

import pytest

from app.widget.tables import Widget
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE
WITH_CALLS = pytest.mark.settings(calls=True)
NOBODY, ITSELF = "microphone=()", "microphone=(self)"


async def policies(*asked):
    """What each page may use, in order."""
    answers = [await somebody.get(path) for somebody, path in asked]
    return [answer.headers["permissions-policy"].split(", ")[1] for answer in answers]


@pytest.fixture
async def with_calls(shop):
    """The widget allows calls."""
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)


@WITH_CALLS
async def test_with_calls_the_workspace_and_a_widget_that_has_them_may_listen(
    as_bob, as_nobody, with_calls
):
    asked = (as_bob, "/workspace/webchat"), (as_nobody, "/widget/shop")
    elsewhere = (as_nobody, "/sign-in"), (as_nobody, "/nowhere"), (as_nobody, "/workspaces")

    assert await policies(*asked) == [ITSELF] * 2
    assert await policies(*elsewhere) == [NOBODY] * 3


@WITH_CALLS
async def test_a_widget_without_calls_may_not_listen(as_nobody, shop):
    refused = (as_nobody, "/widget/shop?site=https://mallory.example")

    assert await policies((as_nobody, "/widget/shop"), refused) == [NOBODY] * 2


async def test_without_calls_nothing_may_listen(as_bob, as_nobody, with_calls):
    pages = (as_bob, "/workspace/webchat"), (as_nobody, "/widget/shop")

    assert await policies(*pages) == [NOBODY] * 2
    assert 'allow: "fullscreen",' in (await as_nobody.get("/widget.js")).text


@WITH_CALLS
async def test_with_calls_the_frame_is_lent_the_microphone(as_nobody):
    assert 'allow: "fullscreen; microphone"' in (await as_nobody.get("/widget.js")).text
