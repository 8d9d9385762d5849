"""Away reasons, wrap-up codes and standard responses: create, rename, order, archive."""

from app.agents.tables import Agent, AwayReason
from app.responses.tables import StandardResponse
from app.wrapup.tables import WrapUpCode
from tests.administration.conftest import SETTINGS
from tests.builders import a_queue, a_wrap_up_code
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

REASONS, CODES = f"{SETTINGS}/away-reasons", f"{SETTINGS}/wrap-up-codes"
RESPONSES = f"{SETTINGS}/standard-responses"


async def reasons():
    rows = await AwayReason.objects().order_by(AwayReason.position)
    return [one.name for one in rows if one.archived_at is None]


async def test_an_away_reason_is_created_at_the_end_and_moves(as_amy, audit):
    await as_amy.post(REASONS, data={"name": "Coaching"})
    made = await AwayReason.objects().get(AwayReason.name == "Coaching")

    await as_amy.post(f"{REASONS}/{made.id}/position", data={"direction": "up"})

    assert await reasons() == ["Break", "Lunch", "Meeting", "Coaching", "Training"]
    assert await audit() == ("changed", "away reason", "Coaching", {}, {"Order": "moved up"})


async def test_an_away_reason_cannot_have_a_name_of_the_system_or_of_another(as_amy):
    for name in ("Available", " off line", "Away: not responding", "BREAK", "\u200b", "x" * 41):
        answer = await as_amy.post(REASONS, data={"name": name})

        assert answer.status_code == 422, name


async def test_a_renamed_reason_is_shown_by_who_is_away_for_it(as_amy, bob):
    lunch = await AwayReason.objects().get(AwayReason.name == "Lunch")
    await Agent.update({Agent.status: "Lunch", Agent.status_kind: "away"}).where(Agent.id == bob.id)

    await as_amy.post(f"{REASONS}/{lunch.id}", data={"name": "Meal"})

    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Meal"


async def test_an_archived_reason_leaves_the_menu_and_not_those_away_for_it(as_amy, as_bob, bob):
    lunch = await AwayReason.objects().get(AwayReason.name == "Lunch")
    await as_bob.put("/workspace/availability", data={"status": "Lunch"})

    await as_amy.post(f"{REASONS}/{lunch.id}/archive")

    assert "Lunch" not in await reasons()
    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Lunch"
    again = await as_bob.put("/workspace/availability", data={"status": "Lunch"})
    assert again.status_code == 422
    await as_amy.post(f"{REASONS}/{lunch.id}/restoring")
    assert "Lunch" in await reasons()


async def test_codes_are_unique_in_their_group(as_amy, audit):
    await a_wrap_up_code("Refund", group="Returns")

    same = await as_amy.post(CODES, data={"name": "refund", "group": "Returns"})
    other = await as_amy.post(CODES, data={"name": "Refund", "group": "Orders"})

    assert same.status_code == 422
    assert "There is a code of this name in this group already" in same.text
    assert other.status_code == 303
    assert (await audit())[4] == {"Name": "Refund", "Group": "Orders"}


async def test_codes_move_within_their_group(as_amy):
    first, second = await a_wrap_up_code("Refund"), await a_wrap_up_code("Exchange")
    await a_wrap_up_code("Other", group="Orders")

    await as_amy.post(f"{CODES}/{second.id}/position", data={"direction": "up"})
    nowhere = await as_amy.post(f"{CODES}/{second.id}/position", data={"direction": "sideways"})

    assert nowhere.status_code == 303
    rows = (
        await WrapUpCode.objects()
        .where(WrapUpCode.group == "Returns")
        .order_by(WrapUpCode.position)
    )
    assert [one.id for one in rows] == [second.id, first.id]


async def test_a_code_that_a_queue_needs_is_not_archived(as_amy):
    code = await a_wrap_up_code()
    queue = await a_queue("Sales")
    queue.after_work_code = code.id
    await queue.save()

    answer = await as_amy.post(f"{CODES}/{code.id}/archive")

    assert answer.status_code == 409
    assert "The queue Sales has it as its after-work code." in answer.text


async def test_a_response_is_for_everybody_or_for_a_queue(as_amy, sales, audit):
    form = {"title": "Hello", "folder": "Greetings", "body": "Hello!\r\nHow are you?"}

    await as_amy.post(RESPONSES, data=form)
    made = await StandardResponse.objects().get(StandardResponse.title == "Hello")
    await as_amy.post(f"{RESPONSES}/{made.id}", data={**form, "queue": str(sales.id)})

    assert made.body == "Hello!\nHow are you?"
    assert await audit() == (
        "changed",
        "standard response",
        "Hello",
        {"For": "everybody"},
        {"For": "Sales"},
    )


async def test_a_wrong_response_is_kept(as_amy):
    answer = await as_amy.post(RESPONSES, data={"title": "", "body": " ", "folder": "Kept"})

    assert answer.status_code == 422
    assert "Enter a title." in answer.text
    assert "Write the text of the response." in answer.text
    assert 'value="Kept"' in answer.text


async def test_one_agents_own_response_is_not_found(as_amy, bob):
    own = StandardResponse(title="Mine", body="Mine", agent=bob.id)
    await own.save()

    assert (await as_amy.get(f"{RESPONSES}/{own.id}")).status_code == 404
    assert "Mine" not in (await as_amy.get(RESPONSES)).text
