"""A supervisor takes over, sets a status, and asks why."""

import asyncio
from datetime import timedelta

import pytest

from app.agents.tables import Agent, StatusChange
from app.interactions import service as interactions
from app.interactions.tables import ACTIVE, ARCHIVED, MISSED, OFFERED, QUEUED, Entry, Interaction
from app.moments import ago, now
from app.problems import Refused
from app.routing import offers
from app.routing.explanation import explanation
from app.routing.service import Rules
from app.routing.tables import Offer, QueuePeriod
from app.routing.takeover import take_over
from tests.builders import a_session, a_wrap_up_code, an_agent, an_interaction, an_offer
from tests.databases import ON_SQLITE
from tests.people import browser

pytestmark = ON_SQLITE

HTMX = {"HX-Request": "true"}
STREAM = "/workspace/stream"


async def fresh(interaction):
    return await Interaction.objects().get(Interaction.id == interaction.id)


async def outcome_of(work):
    try:
        await work
    except Refused:
        return "refused"
    return "done"


def takes_over(agent, interaction, **form):
    url = f"/workspace/interactions/{interaction.id}/takeover"
    return agent.post(url, data=form, headers=HTMX)


# Taking over.


@pytest.mark.parametrize("state", [QUEUED, OFFERED, ACTIVE])
async def test_it_becomes_theirs_from_wherever_it_is(as_ada, ada, bob, vic, state):
    interaction = await an_interaction(vic, state=state, agent=bob)

    answer = await takes_over(as_ada, interaction)

    assert answer.headers["HX-Redirect"] == f"/workspace/webchat/{interaction.id}"
    found = await fresh(interaction)
    assert (found.state, found.agent) == (ACTIVE, ada.id)
    assert await Offer.count().where(Offer.outcome == "") == 0
    [notice] = await Entry.objects().where(Entry.notice == "taken_over")
    assert notice.agent == ada.id


async def test_a_plain_browser_is_led_to_it(as_ada, bob, vic):
    interaction = await an_interaction(vic, agent=bob)

    answer = await as_ada.post(f"/workspace/interactions/{interaction.id}/takeover")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/workspace/webchat/{interaction.id}"


async def test_taking_over_to_forward_leads_to_the_dialog(as_ada, bob, vic):
    interaction = await an_interaction(vic, agent=bob)

    answer = await takes_over(as_ada, interaction, then="forward")

    assert answer.headers["HX-Redirect"].endswith("#forward")
    assert (
        await as_ada.get(f"/workspace/interactions/{interaction.id}/forwarding")
    ).status_code == 200


@pytest.mark.parametrize("state", [ARCHIVED, MISSED])
async def test_what_has_ended_is_not_taken_over(as_ada, bob, vic, state):
    interaction = await an_interaction(vic, state=state, agent=bob)

    answer = await takes_over(as_ada, interaction)

    assert answer.status_code == 409
    assert (await fresh(interaction)).state == state


async def test_what_is_theirs_already_stays_so(as_ada, ada, vic):
    interaction = await an_interaction(vic, agent=ada)

    answer = await takes_over(as_ada, interaction)

    assert answer.status_code == 409
    assert "It is with you already." in answer.text


async def test_of_many_supervisors_one_has_it(ada, bob, vic):
    # R2
    others = [
        await an_agent(f"Super {n}", email=f"s{n}@parley.test", role="supervisor") for n in range(9)
    ]
    interaction = await an_interaction(vic, agent=bob)

    ended = await asyncio.gather(
        *(outcome_of(take_over(interaction.id, by=one, had_by=bob.id)) for one in [ada, *others])
    )

    assert sorted(ended) == ["done", *["refused"] * 9]
    assert await Entry.count().where(Entry.notice == "taken_over") == 1


@pytest.mark.parametrize("turn", range(3))
async def test_taking_over_against_accepting_ends_as_one_of_them(ada, bob, vic, turn):
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    made = await Offer.objects().first()
    work = [take_over(interaction.id, by=ada, had_by=None), offers.accept(made, by=bob)]

    ended = await asyncio.gather(*(outcome_of(one) for one in (work if turn else work[::-1])))

    assert sorted(ended) == ["done", "refused"]
    found = await fresh(interaction)
    assert found.state == ACTIVE
    assert found.agent in {ada.id, bob.id}
    assert await Offer.count().where(Offer.outcome == "") == 0


async def test_taking_over_against_archiving_ends_as_one_of_them(ada, bob, vic):
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code()

    ended = await asyncio.gather(
        outcome_of(take_over(interaction.id, by=ada, had_by=bob.id)),
        outcome_of(interactions.archive(interaction.id, by=bob, code=code)),
    )

    found = await fresh(interaction)
    assert (found.state, found.agent) in {(ACTIVE, ada.id), (ARCHIVED, bob.id)}
    assert sorted(ended) == ["done", "refused"]


async def test_the_former_agent_sees_it_at_once_and_nothing_after(
    live, as_bob, as_ada, as_vic, bob, vic
):
    interaction = await an_interaction(vic, agent=bob)
    async with live.stream(as_bob, STREAM) as bobs, live.stream(as_ada, STREAM) as adas:
        await asyncio.gather(bobs.ready(), adas.ready())

        await takes_over(as_ada, interaction)
        told = await bobs.with_text("Ada took over the chat with")
        await as_vic.post(
            "/widget/shop/messages", data={"body": "A secret", "nonce": "nonce-secret"}
        )
        await adas.with_text("A secret")

        assert f'hx-target="#interaction_{interaction.id}" hx-swap="delete"' in told.data
        assert not [event for event in bobs.arrived() if "A secret" in event.data]
    page = await as_bob.get(f"/workspace/webchat/{interaction.id}")
    assert page.status_code == 404


# Setting a status.


async def test_a_supervisor_sets_a_status_and_the_agent_is_told_who(live, as_ada, as_bob, ada, bob):
    async with live.stream(as_bob, STREAM) as bobs:
        await bobs.ready()

        answer = await as_ada.put(
            f"/workspace/agents/{bob.id}/availability", data={"status": "Break"}, headers=HTMX
        )

        assert "Bob is Break now." in answer.text
        await bobs.with_text("Ada set this status for you.")
    changed = await Agent.objects().get(Agent.id == bob.id)
    assert (changed.status, changed.status_kind, changed.status_reason) == (
        "Break",
        "away",
        "supervisor",
    )
    [kept] = await StatusChange.objects().where(StatusChange.agent == bob.id)
    assert (kept.reason, kept.changed_by) == ("supervisor", ada.id)


async def test_choosing_the_same_makes_it_ones_own(as_ada, as_bob, bob):
    await as_ada.put(f"/workspace/agents/{bob.id}/availability", data={"status": "Break"})

    answer = await as_bob.put("/workspace/availability", data={"status": "Break"}, headers=HTMX)

    assert "set this status for you" not in answer.text
    assert (await Agent.objects().get(Agent.id == bob.id)).status_reason == "chosen"


@pytest.mark.parametrize("status", ["", "Holiday", "x" * 5000, "\x00"])
async def test_a_status_that_there_is_not_is_refused(as_ada, bob, status):
    answer = await as_ada.put(f"/workspace/agents/{bob.id}/availability", data={"status": status})

    assert answer.status_code == 422
    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Available"


async def test_a_closed_account_has_no_status(as_ada, sales):
    gone = await an_agent("Gone", queues=[sales], disabled_at=now())

    answer = await as_ada.put(f"/workspace/agents/{gone.id}/availability", data={"status": "Break"})

    assert answer.status_code == 404


# Why this agent, why nobody.


async def why(interaction, *present, **rules):
    return await explanation(
        interaction.id, present={agent.id for agent in present}, rules=Rules(**rules)
    )


async def test_each_member_has_a_reason_in_words(sales, shop, vic, mallory):
    away = await an_agent("Away", queues=[sales], status="Break")
    gone = await an_agent("Gone", queues=[sales])
    full = await an_agent("Full", queues=[sales], capacity=1)
    passed = await an_agent("Passed", queues=[sales])
    free = await an_agent("Free", queues=[sales])
    await an_interaction(mallory, agent=full)
    interaction = await an_interaction(vic, state=QUEUED, queued_at=ago(60))
    made = await an_offer(interaction, to=passed, outcome="declined", decided_at=ago(5))

    found = await why(interaction, away, full, passed, free)

    reasons = {one.person.name: one.reason for one in found.members}
    assert reasons == {
        "Free": "Can take it, 0 of 4",
        "Away": "Break",
        "Full": "Full, 1 of 1",
        "Gone": "Available, but no open workspace",
        "Passed": "Passed it",
    }
    assert [one.person.name for one in found.members if one.next] == ["Free"]
    assert found.headline == "Free is asked next, within a second or two."
    since = {one.person.name: one.since for one in found.members}
    assert since["Away"] == away.status_since
    assert since["Passed"] == made.decided_at
    assert since["Gone"] is None
    assert gone.id


async def test_nobody_is_said_plainly(sales, bob, vic):
    interaction = await an_interaction(vic, state=QUEUED)

    found = await why(interaction)

    assert found.headline == "Nobody of Sales can take it now. Each one's reason is below."


async def test_a_queue_without_members_says_so(sales, vic):
    interaction = await an_interaction(vic, state=QUEUED)

    assert (await why(interaction)).headline == "Sales has no members, so nobody can be asked."


async def test_a_closed_queue_says_until_when(sales, bob, vic):
    tomorrow = (now() + timedelta(days=2)).weekday()
    await QueuePeriod.insert(QueuePeriod(queue=sales.id, weekday=tomorrow, opens=540, closes=600))
    interaction = await an_interaction(vic, state=QUEUED)

    found = await why(interaction, bob)

    assert found.headline.startswith("Sales takes nobody now. Closed, opens ")


async def test_the_ledger_is_told_the_newest_first(sales, bob, eve, vic):
    interaction = await an_interaction(vic, state=ACTIVE, agent=bob)
    first = await an_offer(interaction, to=eve)
    second = await an_offer(interaction, to=bob)
    at = first.offered_at
    await Offer.update(
        {
            Offer.outcome: "expired",
            Offer.shown_at: None,
            Offer.decided_at: at + timedelta(seconds=20),
        }
    ).where(Offer.id == first.id)
    await Offer.update(
        {
            Offer.outcome: "accepted",
            Offer.shown_at: second.offered_at + timedelta(seconds=0.4),
            Offer.decided_at: second.offered_at + timedelta(seconds=4),
        }
    ).where(Offer.id == second.id)

    found = await why(interaction)

    assert found.headline == "Bob has it."
    assert [(one.person.name, one.outcome, one.seconds, one.shown) for one in found.ledger] == [
        ("Bob", "Accepted", 4, "shown after 0.4 s"),
        ("Eve", "Not answered in time", 20, "not shown"),
    ]


async def test_it_is_a_page_and_for_htmx_a_dialog(as_ada, bob, vic):
    interaction = await an_interaction(vic, state=OFFERED, agent=bob)
    url = f"/workspace/interactions/{interaction.id}/routing"

    page = await as_ada.get(url)
    dialog = await as_ada.get(url, headers=HTMX)

    assert "It is offered to Bob now." in page.text
    assert "<html" in page.text
    assert dialog.text.startswith("<shown-dialog>")
    assert "It is offered to Bob now." in dialog.text


async def test_only_supervisors_see_the_link(app, as_ada, as_bob, bob, vic):
    interaction = await an_interaction(vic, agent=bob)

    for somebody, sees in ((as_ada, True), (as_bob, False)):
        page = await somebody.get(f"/workspace/webchat/{interaction.id}")
        assert (f"/workspace/interactions/{interaction.id}/routing" in page.text) == sees


async def test_an_agent_who_was_a_supervisor_hears_no_floor(live, app, sales):
    # A5: the role is asked for when the stream opens, and a change of it ends every session
    once = await an_agent("Once", role="supervisor")
    somebody = browser(app, session=await a_session(once))
    await Agent.update({Agent.role: "agent"}).where(Agent.id == once.id)

    async with live.stream(somebody, STREAM) as stream:
        await stream.ready()

        assert not app.state.hub.streams("floor")
