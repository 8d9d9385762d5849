"""One line for each request, with nothing in it that somebody wrote."""

import io
import json

import pytest
import structlog

from app.logs import set_up_logs
from app.metrics.numbers import ERRORS
from tests.builders import PASSWORD, a_nonce, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser

SECRETS = ("Maria-K", "maria.k@mail", "lamp-of-hers", "token-of-", "session-", "s3cret", PASSWORD)


@pytest.fixture
def logged():
    """Standard error, as a file or a pipe has it."""
    yield io.StringIO()
    structlog.reset_defaults()


@pytest.fixture
def lines(app, logged):
    """The lines that were logged so far."""
    set_up_logs("info", logged)
    return lambda: [json.loads(line) for line in logged.getvalue().splitlines()]


@ON_SQLITE
async def test_a_line_names_route_status_and_interaction_and_the_answer_its_id(
    lines, as_vic, vic, bob
):
    chat = await an_interaction(vic, agent=bob)
    sent = {"body": "Hello", "nonce": a_nonce()}
    headers = {"X-Request-ID": "chosen-by-a-client"}

    answer = await as_vic.post("/widget/shop/messages", data=sent, headers=headers)

    [line] = [one for one in lines() if one["event"] == "request"]
    assert line["method"] == "POST"
    assert line["route"] == "/widget/{key}/messages"
    assert line["status"] == 200
    assert line["interaction"] == chat.id
    assert line["ms"] > 0
    assert line["level"] == "info"
    assert line["request"] == answer.headers["X-Request-ID"] != "chosen-by-a-client"
    assert answer.headers.get_list("X-Request-ID") == [line["request"]]


@ON_SQLITE
async def test_nothing_that_anybody_wrote_is_logged(lines, app, as_vic, as_bob, vic, bob, shop):
    # V4
    chat = await an_interaction(vic, agent=bob)
    words = "lamp-of-hers\n\x1b[31m"
    nobody = browser(app, headers={"User-Agent": "Maria-K", "Referer": "https://x/?s3cret"})
    sent = {"body": words, "nonce": a_nonce(), "name": "Maria-K", "email": "maria.k@mail.example"}

    await as_vic.post("/widget/shop/messages", data=sent)
    await nobody.post("/widget/shop/messages", data={**sent, "nonce": a_nonce()})
    await nobody.post("/sign-in", data={"email": "maria.k@mail.example", "password": PASSWORD})
    await nobody.get("/invitation/s3cret-invitation")
    await nobody.get("/nowhere/s3cret?token=s3cret")
    await nobody.request("S3CRET", "/nowhere")
    await as_bob.post(
        f"/workspace/interactions/{chat.id}/messages", data={"body": words, "nonce": a_nonce()}
    )
    await as_bob.get(f"/workspace/webchat/{chat.id}?q=s3cret")
    await as_vic.put("/widget/shop/uploads/s3cret-upload-id-0?name=Maria-K.txt", content=b"s3cret")

    found = lines()
    assert len([one for one in found if one["event"] == "request"]) == 9
    assert {one["route"] for one in found} >= {"/invitation/{token}", "unknown"}
    for secret in SECRETS:
        assert secret.lower() not in json.dumps(found).lower()


@ON_SQLITE
async def test_a_fault_is_counted_by_route_and_told_without_its_words(
    lines, as_vic, vic, monkeypatch
):
    def fail(*_):
        raise ValueError("said by Maria-K")

    monkeypatch.setattr("app.widget.access.widget_and_visitor", fail)
    before = ERRORS.count("/widget/{key}/entries")

    answer = await as_vic.get("/widget/shop/entries")

    assert answer.status_code == 500
    assert ERRORS.count("/widget/{key}/entries") == before + 1
    [fault] = [one for one in lines() if one["event"] == "request failed"]
    assert fault["request"] == answer.headers["X-Request-ID"]
    assert fault["exception"].splitlines()[-1] == "ValueError"
    assert "test_requests.py" in fault["exception"]
    assert "Maria-K" not in json.dumps(fault)


def test_an_error_says_its_words_when_debugging(logged):
    set_up_logs("debug", logged)
    try:
        int("said by Maria-K")
    except ValueError:
        structlog.get_logger().exception("it failed")

    assert "said by Maria-K" in json.loads(logged.getvalue())["exception"]


def test_at_a_terminal_a_person_reads_words(logged, monkeypatch):
    monkeypatch.setattr(logged, "isatty", lambda: True)
    set_up_logs("info", logged)

    structlog.get_logger().info("it works", interaction=7)

    assert "it works" in logged.getvalue()
    assert "{" not in logged.getvalue()


@ON_SQLITE
async def test_who_leaves_while_sending_is_no_fault_of_ours(lines, app, vic):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/widget/shop/messages",
        "raw_path": b"/widget/shop/messages",
        "root_path": "",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "https",
        "server": ("parley.test", 443),
        "client": ("192.0.2.1", 50000),
        "headers": [
            (b"host", b"parley.test"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", b"100"),
            (b"cookie", b"__Host-parley-shop=token-of-vic"),
        ],
    }
    events = iter(
        [
            {"type": "http.request", "body": b"body=Hel", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answers = []

    async def receive():
        return next(events)

    async def send(event):
        answers.append(event)

    await app(scope, receive, send)

    assert answers[0]["status"] == 400
    assert not [one for one in lines() if one["level"] == "error"]
