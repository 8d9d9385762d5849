"""Found as an agent types: who sees which, in which order, and what inserting one does."""

import re
from datetime import timedelta

import pytest

from app.contacts.tables import Contact
from app.moments import now
from app.responses.tables import ResponseUse, StandardResponse
from tests.builders import a_response, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
async def chat(bob, vic):
    return await an_interaction(vic, state="active", agent=bob)


def at(chat, query=""):
    return f"/workspace/interactions/{chat.id}/responses?q={query}"


def titles(answer):
    assert answer.status_code == 200
    return re.findall(r'class="picker__title">([^<]*)<', answer.text)


async def test_an_agent_finds_those_of_everybody_of_their_queues_and_their_own(
    as_bob, chat, bob, eve, sales, billing
):
    await a_response("Everybody's")
    await a_response("Of Sales", queue=sales)
    await a_response("Bob's", agent=bob)
    await a_response("Of Billing", queue=billing)
    await a_response("Eve's", agent=eve)
    await a_response("Old", archived_at=now())

    answer = await as_bob.get(at(chat))

    assert sorted(titles(answer)) == ["Bob&#39;s", "Everybody&#39;s", "Of Sales"]


async def test_the_title_comes_before_the_shortcut_and_that_before_the_text(as_bob, chat):
    await a_response("Third", body="About a refund.")
    await a_response("Second", shortcut="refund")
    await a_response("Our refund policy")
    await a_response("Refund in ten days")
    await a_response("Something else", body="Nothing.")

    assert titles(await as_bob.get(at(chat, "refund"))) == [
        "Refund in ten days",
        "Our refund policy",
        "Second",
        "Third",
    ]
    assert titles(await as_bob.get(at(chat, "/refund")))[0] == "Second"


@pytest.mark.parametrize("query", ["grosse", "GRÖSSE", "größe", "gr%C3%B6%C3%9Fe tabelle"])
async def test_case_and_accents_make_no_difference(as_bob, chat, query):
    await a_response("Größentabelle", body="Hier ist die TABELLE.")

    assert titles(await as_bob.get(at(chat, query))) == ["Größentabelle"]


@pytest.mark.parametrize(
    "query", ["%25", "_", "!", "%27", "%5C", "%00", "%F0%9F%92%A9", "x" * 9000]
)
async def test_signs_of_a_search_are_only_signs(as_bob, chat, query):
    await a_response("Plain")

    assert titles(await as_bob.get(at(chat, query))) in ([], ["Plain"] if query == "%00" else [])


async def test_without_a_query_the_last_used_come_first_then_the_folders(as_bob, chat, bob):
    await a_response("Alone")
    await a_response("Bye", folder="Farewells")
    often = await a_response("See you", folder="Farewells")
    lately = await a_response("Hello", folder="Greetings")
    await StandardResponse.update({StandardResponse.used: 5}).where(StandardResponse.id == often.id)
    await ResponseUse(response=lately.id, agent=bob.id, used=1, last_used_at=now()).save()

    answer = await as_bob.get(at(chat))

    assert titles(answer) == ["Hello", "See you", "Bye", "Alone"]
    headings = re.findall(r'role="presentation">([^<]*)<', answer.text)
    assert headings == ["Last used", "Farewells", "Without a folder"]


async def test_places_are_shown_filled_and_missing_ones_marked(as_bob, chat):
    await a_response("Hello", body="Hi {contact.name}, **{agent.name}** here <b>")

    answer = await as_bob.get(at(chat))

    assert '<span class="variable">Bob</span> here &lt;b&gt;' in answer.text
    assert "variable--missing" in answer.text
    assert "**" not in answer.text


async def test_inserting_gives_the_filled_text_and_is_counted(as_bob, chat, bob, vic):
    await Contact.update({Contact.name: "Vic"}).where(Contact.id == vic.contact)
    hello = await a_response("Hello", body="Hi {contact.name},\n\n**{agent.name}** of {queue.name}")
    uses = f"/workspace/interactions/{chat.id}/responses/{hello.id}/uses"

    answers = [await as_bob.post(uses) for _ in range(2)]

    assert {answer.text for answer in answers} == {"Hi Vic,\n\n**Bob** of Sales"}
    assert answers[0].headers["content-type"].startswith("text/plain")
    assert (await StandardResponse.objects().get(StandardResponse.id == hello.id)).used == 2
    mine = await ResponseUse.objects().get(ResponseUse.agent == bob.id)
    assert mine.used == 2
    assert now() - mine.last_used_at < timedelta(minutes=1)


async def test_a_strangers_response_is_not_found_and_not_counted(as_bob, chat, eve, billing):
    foreign = [await a_response("Eve's", agent=eve), await a_response("Billing", queue=billing)]
    gone = await a_response("Gone", archived_at=now())

    for id_ in [*(one.id for one in foreign), gone.id, 0, 4711, 2**31, 2**63]:
        answer = await as_bob.post(f"/workspace/interactions/{chat.id}/responses/{id_}/uses")
        assert answer.status_code == 404, id_

    assert not await StandardResponse.exists().where(StandardResponse.used > 0)


async def test_who_only_looks_on_inserts_nothing(as_ada, as_eve, as_nobody, chat):
    hello = await a_response("Hello")
    uses = f"/workspace/interactions/{chat.id}/responses/{hello.id}/uses"

    assert (await as_ada.post(uses)).status_code == 409
    assert (await as_eve.post(uses)).status_code == 404
    assert (await as_eve.get(at(chat))).status_code == 404
    assert (await as_nobody.get(at(chat))).status_code == 401


async def test_more_than_fit_are_told_of(as_bob, chat):
    for number in range(61):
        await a_response(f"Response {number}")

    answer = await as_bob.get(at(chat))

    assert len(titles(answer)) == 60
    assert "There are more. Type to find them." in answer.text


async def test_a_response_of_an_archived_queue_is_not_offered(as_bob, chat, sales):
    await a_response("Of Sales", queue=sales)
    sales.archived_at = now()
    await sales.save()

    assert titles(await as_bob.get(at(chat))) == []


async def test_the_composer_has_the_button(as_bob, chat):
    page = await as_bob.get(f"/workspace/webchat/{chat.id}")

    assert f'data-url="/workspace/interactions/{chat.id}/responses"' in page.text
