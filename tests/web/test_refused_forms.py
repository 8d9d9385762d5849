"""A plain form that is refused gets a whole page: the sentence, and the way back to the form."""

import pytest

from app.wrapup.tables import WrapUpCode
from tests.builders import a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE
FROM = "https://parley.test"
A_BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}
SIGN_IN = {"email": "bob@parley.test", "password": "wrong wrong"}


def is_a_page(answer, status, sentence, back):
    assert answer.status_code == status
    assert answer.text.lstrip().startswith("<!doctype html>")
    assert sentence in answer.text
    assert f'href="{back}"' in answer.text


async def test_what_the_state_does_not_allow(as_bob, bob, eve, vic):
    await a_wrap_up_code()
    chat = await an_interaction(vic, state="archived", agent=bob)
    url = f"/workspace/webchat/{chat.id}"

    answer = await as_bob.post(
        f"/workspace/interactions/{chat.id}/messages",
        data={"body": "Hello", "nonce": "nonce-of-bob"},
        headers={**A_BROWSER, "Referer": f"{FROM}{url}?from=list"},
    )

    is_a_page(answer, 409, "not active any more", f"{url}?from=list")


async def test_what_the_role_does_not_allow(as_bob):
    answer = await as_bob.post(
        "/workspace/settings/wrap-up-codes",
        data={"name": "Mine"},
        headers={**A_BROWSER, "Referer": f"{FROM}/workspace/webchat"},
    )

    is_a_page(answer, 403, "Only an admin may do this.", "/workspace/webchat")
    assert await WrapUpCode.count() == 0


@pytest.mark.settings(limit_sign_in=1)
async def test_what_is_too_often(as_nobody, bob):
    headers = {**A_BROWSER, "Referer": f"{FROM}/sign-in"}
    await as_nobody.post("/sign-in", data=SIGN_IN, headers=headers)

    answer = await as_nobody.post("/sign-in", data=SIGN_IN, headers=headers)

    is_a_page(answer, 429, "Too many tries", "/sign-in")
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    "referer", ["https://mallory.example/workspace", f"{FROM}//mallory.example", ""]
)
async def test_the_way_back_never_leads_to_another_site(as_bob, referer):
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Referer": referer}

    answer = await as_bob.post("/sign-out", headers=headers)

    is_a_page(answer, 403, "came from another site", "/")


async def test_htmx_gets_the_sentence_alone(as_bob):
    answer = await as_bob.post(
        "/workspace/settings/wrap-up-codes", headers={**A_BROWSER, "HX-Request": "true"}
    )

    assert answer.status_code == 403
    assert "<html" not in answer.text
