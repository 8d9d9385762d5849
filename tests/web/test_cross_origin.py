"""Writes that a page of another site makes a browser send are refused (S4)."""

import itertools

import pytest

from app.accounts.tables import Session
from app.database import all_tables
from app.interactions.tables import Entry
from tests.builders import PASSWORD, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser
from tests.web.test_routes import filled, table

pytestmark = ON_SQLITE  # what is asked here, no SQL decides

SAFE = {"GET", "HEAD"}
# There is no file, standard response or earlier chat here, so these find none.
FINDS_NONE = (
    "/attachments/{attachment_id:int}",
    "/pictures/{digest:str}",
    "/history/{number:int}",
    "/response-files/{file_id:int}",
    "/responses/{response_id:int}",
    "/calls/{call_id:int}/signals",
    "/health/delivery",  # nobody is asked to write to themselves here
)
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://parley.test"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "Same-Origin "},
    {"Origin": "https://mallory.example"},
    {"Origin": "https://parley.test.mallory.example"},
    {"Origin": "https://parley.test:8443"},
    {"Origin": "null"},
    {"Origin": ""},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://parley.test"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://parley.test"},
]


async def test_every_write_from_another_site_is_refused(app, as_bob, as_vic, bob, vic):
    # S4: sign-in and sign-out too; each write asked with some of these headers
    headers = itertools.cycle(FOREIGN)
    interaction = await an_interaction(vic, agent=bob)
    form = {"body": "Hello", "nonce": "nonce-of-mallory", "seq": "1", "status": "Lunch"}
    form |= {"email": "bob@parley.test", "password": PASSWORD, "wrap_up_code": "1"}
    writes = [(method, path) for method, path, _ in table(app) if method not in SAFE]

    assert len(writes) >= 11
    for method, path in writes:
        somebody = as_vic if path.startswith("/widget/") else as_bob
        target = filled(path, interaction_id=interaction.id, offer_id=1)
        for foreign in itertools.islice(headers, 3):
            answer = await somebody.request(method, target, data=form, headers=foreign)

            assert answer.status_code == 403, f"{method} {path} {foreign}"
            assert "another site" in answer.text
    assert await Entry.count() == 1
    assert await Session.count().where(Session.ended_at.is_null()) == 1


@pytest.mark.parametrize("headers", OURS, ids=str)
async def test_a_write_from_here_is_done(as_vic, headers):
    form = {"body": "Hello", "nonce": "nonce-of-vic"}

    answer = await as_vic.post("/widget/shop/messages", data=form, headers=headers)

    assert answer.status_code == 200


async def test_no_get_changes_anything(app, as_bob, as_vic, bob, vic):
    # S4
    interaction = await an_interaction(vic, agent=bob)
    await browser(app).get("/widget/shop")
    before = await everything()

    for method, path, _ in table(app):
        if method != "GET" or path.endswith("/stream") or path.startswith("/invitation/"):
            continue  # a stream has no end, and no link was given out here
        somebody = as_vic if path.startswith("/widget") else as_bob
        answer = await somebody.get(filled(path, interaction_id=interaction.id))
        assert answer.status_code < 400 or answer.status_code in {403, 404}, path
        assert answer.status_code != 404 or path.endswith(FINDS_NONE), path

    assert await everything() == before


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
async def test_a_get_does_not_become_a_write(as_bob, header):
    await as_bob.get("/sign-out", headers={header: "POST"})
    await as_bob.get("/workspace/webchat?_method=PUT", headers={header: "PUT"})

    assert await Session.count().where(Session.ended_at.is_null()) == 1


async def everything():
    return {table_.__name__: await table_.select().order_by(table_.id) for table_ in all_tables()}
