"""Headers on every answer, and what they allow."""

import asyncpg
import pytest

from tests.builders import an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser

pytestmark = ON_SQLITE
LARGE = {"body": "x" * 300_000, "nonce": "nonce-of-vic"}
# Something of every kind of answer: pages, partials, files, and each kind of refusal.
ASKED = [
    ("GET", "/sign-in", {}, 200),
    ("GET", "/", {}, 303),
    ("GET", "/workspace/webchat", {}, 401),
    ("GET", "/workspace/webchat", {"Accept": "text/html"}, 303),
    ("GET", "/workspace/stream", {"Accept": "text/event-stream"}, 401),
    ("GET", "/widget/shop", {}, 200),
    ("GET", "/widget/none", {}, 404),
    ("GET", "/widget/shop/brand.css", {}, 200),
    ("GET", "/widget/shop/entries", {}, 401),
    ("GET", "/widget.js", {}, 200),
    ("GET", "/health/live", {}, 200),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/nowhere", {"Accept": "text/html"}, 404),
    ("GET", "/static/nothing-123.css", {}, 404),
    ("DELETE", "/sign-in", {}, 405),
    ("POST", "/sign-in", {}, 422),
    ("POST", "/sign-in", {"Origin": "https://mallory.example"}, 403),
    ("POST", "/widget/shop/messages", {}, 422),
    ("GET", "/widget/shop/entries?after=x", {"Cookie": "__Host-parley-shop=token-of-vic"}, 400),
]


def policy(answer):
    """The content security policy as a dictionary."""
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize(("method", "path", "headers", "status"), ASKED)
async def test_every_answer_has_the_headers_that_protect(
    as_nobody, shop, vic, method, path, headers, status
):
    # S6 and the rest of the headers, on refusals too
    answer = await as_nobody.request(method, path, headers=headers)

    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["permissions-policy"].startswith("camera=()")
    assert policy(answer)["frame-ancestors"] != []
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/sign-in", "/nowhere", "/", "/health/live", "/workspace/webchat"]
)
async def test_what_is_ours_is_never_framed(as_nobody, path):
    # V6
    assert policy(await as_nobody.get(path))["frame-ancestors"] == ["'none'"]


async def test_the_workspace_is_never_framed(as_bob):
    # V6
    answer = await as_bob.get("/workspace/webchat")

    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/sign-in", "/widget/shop", "/workspace/webchat"])
async def test_only_scripts_and_styles_of_ours_run(as_bob, shop, path):
    # T1: the second lock, should markup ever come through
    allowed = policy(await as_bob.get(path))

    assert allowed["default-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["style-src"] == ["'self'"]
    assert allowed["base-uri"] == ["'none'"]
    assert allowed["form-action"] == ["'self'"]


@pytest.mark.parametrize(
    ("path", "sources"),
    [
        ("/widget/shop", ["'self'", "blob:"]),
        ("/widget/none", ["'self'"]),
        ("/workspace/webchat", ["'self'"]),
        ("/sign-in", ["'self'"]),
    ],
)
async def test_only_the_chats_frame_plays_what_it_has_fetched_itself(as_bob, shop, path, sources):
    # Where cookies do not come back in it, a player of the browser's own is nobody.
    assert policy(await as_bob.get(path))["media-src"] == sources


@pytest.mark.parametrize("path", ["/sign-in", "/widget/shop", "/workspace/webchat"])
async def test_no_page_needs_inline_scripts_or_styles(as_bob, shop, path):
    page = (await as_bob.get(path)).text

    assert "<style" not in page
    assert " style=" not in page
    assert "hx-on" not in page
    assert " onclick" not in page
    assert page.count("<script") == page.count("<script defer src=")


async def test_a_body_that_is_too_large_is_refused_with_the_headers(as_vic):
    answer = await as_vic.post("/widget/shop/messages", data=LARGE)

    assert answer.status_code == 413
    assert "too large" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_error_of_ours_has_the_headers_and_says_nothing_of_its_cause(
    app, as_bob, bob, vic, faults
):
    interaction = await an_interaction(vic, agent=bob)

    async def break_down(*_):
        raise ZeroDivisionError("a secret of ours")

    app.state["agent_broadcasts"].head = break_down

    answer = await as_bob.get(f"/workspace/interactions/{interaction.id}/entries")

    assert answer.status_code == 500
    assert "Something broke" not in answer.text
    assert "It is our fault" in answer.text
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]
    assert [one["event"] for one in faults.noted] == ["request failed"]
    faults.expected = True


async def test_a_database_without_room_is_no_error_of_ours_and_pages_may_try_again(
    app, as_bob, bob, vic, faults
):
    interaction = await an_interaction(vic, agent=bob)

    async def full(*_):
        raise asyncpg.DiskFullError("a path of ours")

    app.state["agent_broadcasts"].head = full

    answer = await as_bob.get(f"/workspace/interactions/{interaction.id}/entries")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "What you wrote is kept; try again" in answer.text
    assert "of ours" not in answer.text
    [noted] = faults.noted
    assert (noted["event"], noted["fault"]) == ("database cannot be used", "DiskFullError")
    faults.expected = True


async def test_nothing_of_a_person_is_cached(app, as_bob, as_vic, bob, vic):
    # S6
    interaction = await an_interaction(vic, agent=bob)
    answers = [
        await as_bob.get("/workspace/webchat"),
        await as_bob.get(f"/workspace/webchat/{interaction.id}"),
        await as_bob.get(f"/workspace/interactions/{interaction.id}/entries"),
        await as_bob.get("/workspace/everything"),
        await as_vic.get("/widget/shop"),
        await as_vic.get("/widget/shop/entries"),
        await as_vic.get("/widget/shop/new"),
        await as_vic.post("/widget/shop/messages", data={"body": "Hello", "nonce": "nonce-of-vic"}),
        await browser(app).get("/sign-in"),
        await browser(app).get("/workspace/webchat", headers={"Accept": "text/html"}),
    ]

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
    for answer in answers[:-1]:
        assert "HX-Request" in answer.headers["vary"], answer.url


async def test_a_file_with_its_hash_is_kept_for_ever_and_another_hash_is_not(as_nobody):
    page = (await as_nobody.get("/sign-in")).text
    path = page[page.index("/static/") :].split('"')[0]
    stale = path.rpartition("-")[0] + "-000000000000." + path.rpartition(".")[2]

    fresh, old = await as_nobody.get(path), await as_nobody.get(stale)

    assert "immutable" in fresh.headers["cache-control"]
    assert old.headers["cache-control"] == "no-cache"
    assert old.content == fresh.content


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/js/../../piccolo_conf-123.py",
        "/static/workspace%00-1.css",
        "/static/.js",
        "/static/",
        "/static/images/lamps/alder-1.svg/../../../../pyproject-1.toml",
    ],
)
async def test_no_file_besides_the_static_ones_is_served(as_nobody, path):
    answer = await as_nobody.get(path)

    assert answer.status_code == 404
    assert "[project]" not in answer.text
