"""Only admins see the settings: asked of every route there is."""

import re

import pytest

from app.administration.handlers import router
from tests.administration.conftest import SETTINGS
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


def address(path):
    return re.sub(r"\{\w+\}", "1", path).rstrip("/")


ALL = sorted(
    (method, address(route.path_format))
    for route in router.routes
    for method in route.methods
    if method in {"GET", "POST"}
)


# A list that came out empty would ask nobody.
assert len(ALL) > 40


async def answers(somebody):
    """What each route says to them."""
    return {
        (method, path): await somebody.request(method, path, headers={"Accept": "text/html"})
        for method, path in ALL
    }


async def test_agents_and_supervisors_are_refused_in_words(as_bob, as_ada):
    for somebody in (as_bob, as_ada):
        for asked, answer in (await answers(somebody)).items():
            assert answer.status_code == 403, asked
            assert "Only an admin may do this." in answer.text, asked


async def test_the_signed_out_are_asked_to_sign_in(as_nobody):
    for (method, path), answer in (await answers(as_nobody)).items():
        assert answer.status_code == (303 if method == "GET" else 401), path
        if method == "GET":
            assert answer.headers["location"].startswith("/sign-in?next="), path


async def test_every_page_that_the_settings_link_to_opens(as_amy, shop, bob):
    await as_amy.post(f"{SETTINGS}/wrap-up-codes", data={"name": "Refund", "group": "Returns"})
    await as_amy.post(f"{SETTINGS}/standard-responses", data={"title": "Hello", "body": "Hello"})
    opened, waiting = {}, {SETTINGS}

    while waiting:
        path = waiting.pop()
        answer = await as_amy.get(path)
        opened[path] = answer.status_code
        waiting |= (
            set(re.findall(rf'<a[^>]* href="({SETTINGS}/[^"?#]*)', answer.text)) - opened.keys()
        )

    assert {path for path, code in opened.items() if code != 200} == set()
    kinds = {re.sub(r"\d+", "1", path) for path in opened}
    assert {f"{SETTINGS}/{one}/1" for one in EACH} <= kinds


EACH = ("agents", "away-reasons", "queues", "standard-responses", "widgets", "wrap-up-codes")
UNKNOWN = (
    "agents/999",
    "queues/999",
    "away-reasons/999",
    "wrap-up-codes/999",
    "standard-responses/999",
    "widgets/999",
)


@pytest.mark.parametrize("path", [*UNKNOWN, "queues/0", "agents/99999999999", "widgets/2147483648"])
async def test_an_unknown_id_is_not_found(path, as_amy):
    answer = await as_amy.get(f"/workspace/settings/{path}")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_id_cannot_be_changed(path, as_amy):
    answer = await as_amy.post(f"/workspace/settings/{path}", data={"name": "Mine"})

    assert answer.status_code == 404


async def test_the_rail_shows_the_settings_to_admins_only(as_amy, as_bob):
    for one, count in ((as_amy, 1), (as_bob, 0)):
        page = await one.get("/workspace/webchat")

        assert page.text.count('href="/workspace/settings"') == count


PAGES = ("", "/agents/new", "/queues/new", "/standard-responses/new", "/widgets/new", "/audit-log")


@pytest.mark.parametrize("path", PAGES)
async def test_an_empty_production_has_every_page(path, as_amy):
    answer = await as_amy.get(f"/workspace/settings{path}")

    assert answer.status_code == 200
