import asyncio
import time
from types import SimpleNamespace

import pytest

from app.accounts import passwords
from app.accounts.tables import Session
from app.agents.tables import Agent
from app.moments import now
from app.tokens import token_hash
from tests.builders import PASSWORD, a_session, an_agent
from tests.databases import ON_SQLITE
from tests.people import ELSEWHERE, HOME, browser

pytestmark = ON_SQLITE  # what is asked here, no SQL decides


HTTPS = {"base_url": "https://parley.test"}
# As they are before any fixture makes them quick.
PRODUCTION = SimpleNamespace(hasher=passwords._hasher, nobody=passwords._NOBODY)
WRONG = "E-mail or password is not right"


def credentials(email="bob@parley.test", password=PASSWORD, **more):
    return {"email": email, "password": password, **more}


def cookie_of(answer):
    """The cookie's name, value and attributes."""
    value, *attributes = answer.headers["set-cookie"].split("; ")
    return *value.split("=", 1), set(attributes)


async def test_the_right_password_leads_to_work(app, bob):
    answer = await browser(app).post("/sign-in", data=credentials())

    assert (answer.status_code, answer.headers["location"]) == (303, "/workspace/webchat")
    _, token, _ = cookie_of(answer)
    page = await browser(app, session=token).get("/workspace/webchat")
    assert page.status_code == 200
    assert "Bob" in page.text


async def test_the_email_may_be_written_in_any_case(app, bob):
    answer = await browser(app).post("/sign-in", data=credentials(" BOB@Parley.Test "))

    assert answer.status_code == 303


async def test_the_session_is_stored_as_its_hash_only(app, bob):
    # S1
    answer = await browser(app).post("/sign-in", data=credentials())

    _, token, _ = cookie_of(answer)
    [row] = await Session.select()
    assert row["token_hash"] == token_hash(token)
    assert token not in str(row)
    assert len(token) >= 40


async def test_the_session_changes_at_sign_in_and_the_one_before_ends(app, bob):
    # S1
    before = await a_session(bob)

    answer = await browser(app, session=before).post("/sign-in", data=credentials())

    _, after, _ = cookie_of(answer)
    assert after != before
    assert (await browser(app, session=before).get("/workspace/webchat")).status_code == 401
    assert (await browser(app, session=after).get("/workspace/webchat")).status_code == 200


async def test_a_session_id_chosen_by_somebody_else_never_becomes_valid(app, bob):
    # S1, against fixation
    chosen = browser(app, session="chosen-by-mallory")

    await chosen.post("/sign-in", data=credentials())

    assert (await chosen.get("/workspace/webchat")).status_code == 401


async def test_the_cookie_is_for_this_site_and_no_script(app, bob):
    name, _, attributes = cookie_of(await browser(app).post("/sign-in", data=credentials()))

    assert name == "parley-session"
    assert attributes == {"Path=/", "HttpOnly", "SameSite=Lax"}


@pytest.mark.settings(**HTTPS)
async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(app, bob):
    name, _, attributes = cookie_of(await browser(app).post("/sign-in", data=credentials()))

    assert name == "__Host-parley-session"
    assert attributes == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}


@pytest.mark.settings(**HTTPS)
async def test_over_https_signing_out_removes_that_cookie(app, bob):
    token = await a_session(bob)
    somebody = browser(app, headers={"Cookie": f"__Host-parley-session={token}"})

    name, value, attributes = cookie_of(await somebody.post("/sign-out"))

    # A browser ignores a __Host- cookie, a removal too, that is not Secure.
    assert (name, value) == ("__Host-parley-session", "")
    assert {"Max-Age=0", "Secure", "Path=/"} <= attributes


async def test_unknown_and_known_accounts_get_the_same_answer(app, bob):
    # S3
    await an_agent("Gone", disabled_at=now())
    wrong = [
        await browser(app).post("/sign-in", data=credentials(email, password))
        for email, password in (
            ("bob@parley.test", "wrong password"),
            ("xyz@parley.test", "wrong password"),
            ("gone@parley.test", PASSWORD),
        )
    ]

    texts = {
        answer.text.replace("bob@", "X").replace("xyz@", "X").replace("gone@", "X")
        for answer in wrong
    }
    assert {answer.status_code for answer in wrong} == {422}
    assert len(texts) == 1
    assert WRONG in texts.pop()
    assert all("set-cookie" not in answer.headers for answer in wrong)


async def test_unknown_and_known_accounts_take_comparable_work(app, bob, monkeypatch):
    # S3, at the cost of production: without the work for nobody, one takes a twentieth of the other
    monkeypatch.setattr(passwords, "_hasher", PRODUCTION.hasher)
    monkeypatch.setattr(passwords, "_NOBODY", PRODUCTION.nobody)
    await Agent.update({Agent.password_hash: passwords.hashed(PASSWORD)}).where(Agent.id == bob.id)

    async def work(email):
        before = time.process_time()
        await browser(app).post("/sign-in", data=credentials(email, "wrong password"))
        return time.process_time() - before

    assert not PRODUCTION.hasher.check_needs_rehash(PRODUCTION.nobody)
    known = min([await work("bob@parley.test") for _ in range(3)])
    unknown = min([await work("nobody@parley.test") for _ in range(3)])

    assert 1 / 3 < known / unknown < 3


async def test_a_wrong_password_keeps_the_email_and_not_the_password(app, bob):
    answer = await browser(app).post("/sign-in", data=credentials(password="my secret typo"))

    assert answer.status_code == 422
    assert 'value="bob@parley.test"' in answer.text
    assert "my secret typo" not in answer.text


async def test_an_empty_form_says_what_is_missing_beside_each_field(as_nobody):
    answer = await as_nobody.post("/sign-in", data={})

    assert answer.status_code == 422
    assert "Enter your e-mail address." in answer.text
    assert "Enter your password." in answer.text


async def test_a_very_long_password_is_not_even_hashed(app, bob, monkeypatch):
    hashed = []
    monkeypatch.setattr(passwords, "_verify", lambda *words: hashed.append(words))

    answer = await browser(app).post("/sign-in", data=credentials(password="x" * 100_000))

    assert answer.status_code == 422
    assert not hashed


@pytest.mark.settings(limit_sign_in=5)
async def test_200_parallel_wrong_passwords_are_verified_up_to_the_limit(app, bob):
    # S2, with addresses that the request only claims
    answers = await asyncio.gather(
        *(
            browser(app).post(
                "/sign-in",
                data=credentials(password=f"wrong {number}"),
                headers={"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for={number}"},
            )
            for number in range(200)
        )
    )

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(422) <= 5
    assert statuses.count(429) == 200 - statuses.count(422)
    refused = answers[statuses.index(429)]
    assert "Too many tries with a wrong password. Try again in" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= 301


@pytest.mark.settings(limit_sign_in=2, limit_sign_in_address=4)
async def test_a_flood_of_one_account_locks_nobody_else_out(app, bob, ada):
    # S2: not Ada at the same address, and not Bob at another
    for _ in range(30):
        await browser(app).post("/sign-in", data=credentials(password="wrong password"))

    adas = await browser(app).post("/sign-in", data=credentials("ada@parley.test"))
    bobs = await browser(app, address=ELSEWHERE).post("/sign-in", data=credentials())

    assert adas.status_code == 303
    assert bobs.status_code == 303


@pytest.mark.settings(limit_sign_in_address=3)
async def test_one_address_cannot_try_every_account(app, bob):
    # S2
    statuses = [
        (
            await browser(app, address=HOME).post(
                "/sign-in", data=credentials(f"agent{number}@parley.test", "wrong password")
            )
        ).status_code
        for number in range(6)
    ]

    assert statuses == [422] * 3 + [429] * 3


@pytest.mark.settings(limit_sign_in=3)
async def test_right_passwords_are_not_counted(app, bob):
    for _ in range(5):
        assert (await browser(app).post("/sign-in", data=credentials())).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://mallory.example",
        "//mallory.example",
        "/\\mallory.example",
        "\\\\mallory.example",
        "/\t/mallory.example",
        "/\n/mallory.example",
        "javascript:alert(1)",
        "mallory.example",
        "http:mallory.example",
        "/%0d%0aSet-Cookie: x=1\r\n",
        "",
    ],
)
async def test_after_sign_in_nobody_is_led_to_another_site(app, bob, target):
    # S5
    answer = await browser(app).post("/sign-in", data=credentials(next=target))

    assert answer.headers["location"] == "/workspace/webchat"
    assert answer.headers.get_list("set-cookie")[0].startswith("parley-session=")
    assert len(answer.headers.get_list("set-cookie")) == 1


async def test_who_was_led_to_sign_in_goes_on_where_they_wanted(app, bob):
    led = await browser(app).get("/workspace/webchat/7", headers={"Accept": "text/html"})
    assert led.headers["location"] == "/sign-in?next=/workspace/webchat/7"

    page = await browser(app).get(led.headers["location"])
    assert 'name="next" value="/workspace/webchat/7"' in page.text
    answer = await browser(app).post("/sign-in", data=credentials(next="/workspace/webchat/7"))

    assert answer.headers["location"] == "/workspace/webchat/7"


async def test_a_disabled_account_does_not_sign_in(app):
    await an_agent("Bob", disabled_at=now())

    assert (await browser(app).post("/sign-in", data=credentials())).status_code == 422


async def test_who_signs_in_is_available_and_a_chosen_absence_stays(app, sales):
    await an_agent("Bob", status="Offline")
    await an_agent("Cleo", status="Lunch")

    await browser(app).post("/sign-in", data=credentials())
    await browser(app).post("/sign-in", data=credentials("cleo@parley.test"))

    rows = await Agent.select(Agent.name, Agent.status).order_by(Agent.name)
    assert [(row["name"], row["status"]) for row in rows] == [
        ("Bob", "Available"),
        ("Cleo", "Lunch"),
    ]
