"""Who keeps which responses, in the settings and on a page of one's own."""

import pytest

from app.administration.tables import AuditEntry
from app.responses.tables import StandardResponse
from tests.administration.conftest import SETTINGS
from tests.builders import a_response, a_session, an_agent
from tests.databases import ON_SQLITE
from tests.people import browser

SHARED, OWN = f"{SETTINGS}/standard-responses", "/workspace/responses"
FORM = {"title": "Hello", "shortcut": "/Hello", "folder": "Greetings", "body": "Hello!"}


@pytest.fixture
async def as_amy(app):
    return browser(app, session=await a_session(await an_agent("Amy", role="admin")))


async def newest():
    return await StandardResponse.objects().order_by(StandardResponse.id, ascending=False).first()


async def test_an_agent_makes_changes_and_archives_their_own(as_bob, bob):
    made = await as_bob.post(OWN, data=FORM)
    own = await newest()
    changed = await as_bob.post(f"{OWN}/{own.id}", data={**FORM, "title": "Good day"})
    await as_bob.post(f"{OWN}/{own.id}/archive")

    assert made.status_code == changed.status_code == 303
    assert changed.headers["location"] == f"{OWN}?done=saved"
    kept = await newest()
    assert (kept.title, kept.shortcut, kept.agent, kept.queue) == (
        "Good day",
        "hello",
        bob.id,
        None,
    )
    assert kept.archived_at
    page = await as_bob.get(OWN)
    assert "Good day" in page.text
    assert 'href="/workspace/settings"' not in page.text
    actions = (
        await AuditEntry.select(AuditEntry.action).order_by(AuditEntry.id).output(as_list=True)
    )
    assert actions == ["created", "changed", "archived"]


@ON_SQLITE
async def test_what_is_not_an_agents_to_keep_is_not_found(as_bob, as_ada, as_amy, eve, sales):
    of_eve = await a_response("Eve's", agent=eve)
    of_sales = await a_response("Of Sales", queue=sales)
    shared = await a_response("Everybody's")

    for one, hidden in (
        (as_bob, (of_eve, of_sales, shared)),
        (as_ada, (of_eve, shared)),
        (as_amy, (of_eve, shared)),
    ):
        for response in hidden:
            assert (await one.get(f"{OWN}/{response.id}")).status_code == 404
            assert (await one.post(f"{OWN}/{response.id}", data=FORM)).status_code == 404
            assert (await one.post(f"{OWN}/{response.id}/archive")).status_code == 404
            assert (await one.post(f"{OWN}/{response.id}/restoring")).status_code == 404
    assert (await as_amy.get(f"{SHARED}/{of_eve.id}")).status_code == 404
    assert "Eve's" not in (await as_amy.get(f"{SHARED}/export")).text


@ON_SQLITE
async def test_a_supervisor_keeps_those_of_queues_and_an_agent_cannot(as_ada, as_bob, bob, sales):
    form = {**FORM, "queue": str(sales.id)}

    await as_ada.post(OWN, data=form)
    assert (await newest()).queue == sales.id
    answer = await as_bob.post(OWN, data={**form, "title": "Other"})

    assert answer.status_code == 422
    assert await StandardResponse.count() == 1


@ON_SQLITE
async def test_an_admin_sees_how_often_a_response_was_used(as_amy):
    response = await a_response("Hello")
    await StandardResponse.update({StandardResponse.used: 3}, force=True)

    assert "used 3 times" in (await as_amy.get(SHARED)).text
    assert "Used 3 times." in (await as_amy.get(f"{SHARED}/{response.id}")).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", " ", "Enter a title."),
        ("title", "Refund", "There is a response of this title in this folder already"),
        ("shortcut", "two words", "Use one word of letters, digits and hyphens"),
        ("shortcut", "//x", "Use one word of letters, digits and hyphens"),
        ("shortcut", "MONEY", "The response “Refund” has this shortcut already."),
        ("shortcut", "x" * 41, "Use at most"),
        ("body", "", "Write the text of the response."),
        ("body", "x" * 8001, "Use at most"),
        ("queue", "4711", "This does not exist any more."),
    ],
)
@ON_SQLITE
async def test_a_wrong_field_is_told_beside_it_and_everything_is_kept(
    as_amy, field, value, sentence
):
    await a_response("Refund", shortcut="money", folder="Greetings")

    answer = await as_amy.post(SHARED, data={**FORM, field: value})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Greetings"' in answer.text
    assert await StandardResponse.count() == 1


@ON_SQLITE
async def test_two_queues_and_two_agents_may_have_the_same(as_amy, as_bob, as_eve, sales, billing):
    for queue in ("", str(sales.id), str(billing.id)):
        assert (await as_amy.post(SHARED, data={**FORM, "queue": queue})).status_code == 303
    for one in (as_bob, as_eve):
        assert (await one.post(OWN, data=FORM)).status_code == 303

    assert await StandardResponse.count() == 5


@ON_SQLITE
async def test_a_changed_response_is_found_by_its_new_words(as_amy):
    await as_amy.post(SHARED, data=FORM)
    made = await newest()

    await as_amy.post(f"{SHARED}/{made.id}", data={**FORM, "body": "Crème brûlée"})

    assert (await newest()).words == "hello hello greetings creme brulee"


@ON_SQLITE
async def test_the_account_menu_leads_to_ones_own(as_bob):
    assert f'href="{OWN}"' in (await as_bob.get("/workspace/webchat")).text
