import asyncio

import pytest

from app.agents.tables import Agent, StatusChange
from tests.databases import ON_SQLITE


async def chosen(agent):
    row = await Agent.objects().get(Agent.id == agent.id)
    return row.status, row.status_kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [("Available", "available"), ("Break", "away"), ("Lunch", "away"), ("Offline", "offline")],
)
async def test_an_agent_chooses_a_status(as_bob, bob, status, kind):
    answer = await as_bob.put(
        "/workspace/availability", data={"status": status}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert status in answer.text
    assert await chosen(bob) == (status, kind)


async def test_every_change_is_kept_with_its_reason(as_bob, bob):
    for status in ("Lunch", "Lunch", "Available"):
        await as_bob.put("/workspace/availability", data={"status": status})

    changes = await StatusChange.objects().order_by(StatusChange.id)
    assert [(one.status, one.kind, one.reason) for one in changes] == [
        ("Lunch", "away", "chosen"),
        ("Available", "available", "chosen"),
    ]


async def test_the_same_status_chosen_twice_at_once_is_one_change(as_bob, bob):
    await asyncio.gather(
        *(as_bob.put("/workspace/availability", data={"status": "Lunch"}) for _ in range(10))
    )

    assert await StatusChange.count() == 1


async def test_a_plain_browser_is_led_back_to_work(as_bob):
    answer = await as_bob.put("/workspace/availability", data={"status": "Lunch"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/workspace/webchat")


async def test_ones_status_is_ones_own(as_eve, bob, eve):
    await as_eve.put("/workspace/availability", data={"status": "Lunch", "agent": str(bob.id)})

    assert await chosen(bob) == ("Available", "available")


@ON_SQLITE
async def test_an_agent_chooses_the_language_of_the_workspace(as_bob):
    browsers = {"Accept-Language": "fr"}

    await as_bob.post("/workspace/language", data={"language": "ar"})
    own = await as_bob.get("/workspace/webchat", headers=browsers)
    await as_bob.post("/workspace/language", data={"language": ""})
    the_browsers = await as_bob.get("/workspace/webchat", headers=browsers)

    assert '<html lang="ar" dir="rtl">' in own.text
    assert '<html lang="fr" dir="ltr">' in the_browsers.text


@ON_SQLITE
async def test_a_choice_of_language_shows_the_page_it_was_made_on(as_bob):
    there, elsewhere = [
        await as_bob.post("/workspace/language", data={"language": "de"}, headers={"Referer": url})
        for url in ("http://chat.example/workspace/floor?x=1", "http://chat.example//evil.example")
    ]

    assert there.headers["Location"] == "/workspace/floor"
    assert elsewhere.headers["Location"] == "/workspace/webchat"


@ON_SQLITE
async def test_a_language_that_does_not_exist_is_refused(as_bob):
    answer = await as_bob.post("/workspace/language", data={"language": "tlh"})

    assert answer.status_code == 422
