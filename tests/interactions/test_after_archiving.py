"""Undo, reopening, and the time an agent has to wrap up."""

import asyncio

import pytest

from app.agents.tables import Agent
from app.interactions import marks, messages, service
from app.interactions.tables import ACTIVE, ARCHIVED, QUEUED, Entry, Interaction
from app.moments import now
from app.problems import Refused
from app.routing.service import members
from app.routing.tables import Queue
from app.workspace.queries import status
from tests.builders import a_nonce, a_wrap_up_code, an_interaction


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)


@pytest.fixture
async def refund(db):
    return await a_wrap_up_code("Refund")


async def test_archiving_can_be_undone(as_bob, bob, vic, refund):
    chat = await an_interaction(vic, agent=bob)
    url = f"/workspace/interactions/{chat.id}"
    archived = await as_bob.post(
        f"{url}/archive", data={"wrap_up_code": str(refund.id)}, headers={"HX-Request": "true"}
    )
    assert "Undo" in archived.text

    undone = await as_bob.post(f"{url}/reopening")

    again = await fresh(chat)
    assert undone.status_code == 303
    assert (again.state, again.agent, again.wrap_up_code) == (ACTIVE, bob.id, None)


UNDONE = {"last_seq": 0, "last_at": None, "reply_started_at": None, "replied_at": None}


async def as_it_was(interaction):
    """All that is kept of it, but for what its next entries change."""
    return {**(await fresh(interaction)).to_dict(), **UNDONE}


async def vic_writes(vic, body="Hello"):
    posted = await messages.post_from_visitor(vic, body=body, nonce=a_nonce())
    return await Interaction.objects().get(Interaction.id == posted.interaction)


async def in_the_hands_of(agent, interaction):
    values = {Interaction.state: ACTIVE, Interaction.agent: agent.id}
    await Interaction.update(values).where(Interaction.id == interaction.id)


@pytest.mark.parametrize("answered", [True, False])
async def test_undoing_leaves_no_trace_but_in_the_log(bob, vic, refund, clock, answered):
    chat = await vic_writes(vic)
    await in_the_hands_of(bob, chat)
    await marks.read_by_agent(chat.id, seq=1)
    if answered:
        await messages.post_from_agent(chat.id, by=bob, body="Hi", nonce=a_nonce())
    else:
        await vic_writes(vic, "Anybody?")
    before = await as_it_was(chat)
    clock.forward(30)
    await service.archive(chat.id, by=bob, code=refund, note="Oops")

    clock.forward(9)
    await service.reopen(chat.id, by=bob)

    assert await as_it_was(chat) == before
    said = await Entry.select(Entry.notice).where(Entry.kind == "notice").order_by(Entry.seq)
    assert [row["notice"] for row in said] == ["archived", "archive_undone"]


async def test_a_real_reopening_asks_for_a_first_response_anew(bob, vic, refund, clock):
    chat = await vic_writes(vic)
    await in_the_hands_of(bob, chat)
    await messages.post_from_agent(chat.id, by=bob, body="Hi", nonce=a_nonce())
    await service.archive(chat.id, by=bob, code=refund)

    clock.forward(13)
    await service.reopen(chat.id, by=bob)

    again = await fresh(chat)
    assert again.first_response_at is None
    assert again.reopened_at is not None


async def test_undoing_gives_the_time_to_wrap_up_anew(bob, vic, refund, wrapping_up, clock):
    chat = await an_interaction(vic, agent=bob)
    await service.leave(vic)
    clock.forward(25)
    await service.archive(chat.id, by=bob, code=refund)

    clock.forward(5)
    await service.reopen(chat.id, by=bob)
    await service.archive_by_default()

    again = await fresh(chat)
    assert again.state == ACTIVE
    assert again.left_at is not None
    assert round((again.wrap_up_until - now()).total_seconds()) == 30


async def test_a_reopened_chat_goes_on_for_the_visitor(as_vic, bob, vic, refund):
    chat = await an_interaction(vic, agent=bob)
    await service.archive(chat.id, by=bob, code=refund)

    await service.reopen(chat.id, by=bob)

    page = await as_vic.get("/widget/shop")
    assert "New chat" not in page.text
    assert "is here again" in page.text


async def test_nothing_is_reopened_once_the_visitor_began_another(bob, vic, refund):
    chat = await an_interaction(vic, agent=bob)
    await service.archive(chat.id, by=bob, code=refund)
    await an_interaction(vic, state=QUEUED)

    with pytest.raises(Refused, match="another chat"):
        await service.reopen(chat.id, by=bob)

    assert (await fresh(chat)).state == ARCHIVED


@pytest.mark.parametrize("undo_first", [True, False])
async def test_undo_against_a_new_message_leaves_one_open_chat(bob, vic, refund, undo_first):
    # R2
    chat = await an_interaction(vic, agent=bob)
    await service.archive(chat.id, by=bob, code=refund)
    work = [service.reopen(chat.id, by=bob), vic_writes(vic, "One more thing")]

    told = await asyncio.gather(*(work if undo_first else reversed(work)), return_exceptions=True)

    refused = [one for one in told if isinstance(one, Exception)]
    assert all(isinstance(one, Refused) for one in refused)
    states = await Interaction.select(Interaction.state).where(Interaction.visitor == vic.id)
    assert sorted(row["state"] for row in states if row["state"] != ARCHIVED) in (
        [ACTIVE],
        [QUEUED],
    )
    assert await Entry.count().where(Entry.body == "One more thing") == 1


async def test_an_open_interaction_cannot_be_reopened(as_bob, bob, vic):
    chat = await an_interaction(vic, agent=bob)

    answer = await as_bob.post(f"/workspace/interactions/{chat.id}/reopening")

    assert answer.status_code == 409


async def test_a_stranger_cannot_reopen(as_eve, bob, vic, refund):
    chat = await an_interaction(vic, agent=bob)
    await service.archive(chat.id, by=bob, code=refund)

    assert (await as_eve.post(f"/workspace/interactions/{chat.id}/reopening")).status_code == 404


@pytest.fixture
async def wrapping_up(sales, refund):
    await Queue.update({Queue.after_work_seconds: 30, Queue.after_work_code: refund.id}).where(
        Queue.id == sales.id
    )


async def test_when_the_visitor_leaves_the_agent_has_time_to_wrap_up(
    as_bob, bob, vic, sales, wrapping_up
):
    chat = await an_interaction(vic, agent=bob)

    await service.leave(vic)

    left = await fresh(chat)
    assert left.wrap_up_until is not None
    [candidate] = await members(sales, present=[bob.id])
    assert candidate.load == 1  # capacity is held until it is archived
    assert "Wrapping up" in (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    assert (await status(await Agent.objects().get(Agent.id == bob.id))).since == left.left_at


async def test_when_that_time_runs_out_the_default_code_is_assigned(
    bob, vic, refund, wrapping_up, clock
):
    chat = await an_interaction(vic, agent=bob)
    await service.leave(vic)

    clock.forward(29)
    await service.archive_by_default()
    assert (await fresh(chat)).state == ACTIVE

    clock.forward(2)
    await service.archive_by_default()
    done = await fresh(chat)
    assert (done.state, done.wrap_up_code) == (ARCHIVED, refund.id)


async def test_a_visitor_who_comes_back_stops_the_wrap_up(as_vic, bob, vic, wrapping_up, clock):
    chat = await an_interaction(vic, agent=bob)
    await service.leave(vic)
    await as_vic.post("/widget/shop/messages", data={"body": "One more", "nonce": "nonce-back"})

    clock.forward(60)
    await service.archive_by_default()

    assert (await fresh(chat)).state == ACTIVE


async def test_without_after_work_time_nothing_is_archived_by_itself(bob, vic, clock):
    chat = await an_interaction(vic, agent=bob)
    await service.leave(vic)

    clock.forward(3600)
    await service.archive_by_default()

    assert (await fresh(chat)).state == ACTIVE
