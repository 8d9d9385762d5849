"""Agents: inviting, changing, disabling, and that it reaches what is open."""

import re
from datetime import timedelta

import httpx
import pytest

from app.accounts import invitations
from app.accounts.tables import Invitation, Session
from app.agents.tables import Agent
from app.interactions import messages
from app.interactions.tables import Interaction
from app.moments import now
from app.problems import NotFound
from app.routing.tables import Offer, QueueMember
from app.tokens import token_hash
from tests.administration.conftest import SETTINGS, an_agent_form
from tests.builders import a_nonce, a_session, an_interaction, an_offer
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

AGENTS = f"{SETTINGS}/agents"


def link_in(answer):
    return re.search(r"(https?://[^<]+/invitation/([\w-]+))", answer.text)


async def test_an_invitation_makes_an_account_and_shows_its_link_once(as_amy, sales, audit):
    answer = await as_amy.post(AGENTS, data=an_agent_form(queue=str(sales.id), capacity="2"))

    nina = await Agent.objects().get(Agent.email == "nina@parley.test")
    assert answer.status_code == 200
    assert (nina.name, nina.role, nina.capacity, nina.password_hash) == ("Nina", "agent", 2, "")
    assert await QueueMember.count().where(QueueMember.agent == nina.id) == 1
    stored = await Invitation.objects().first()
    assert stored.token_hash == token_hash(link_in(answer)[2])
    assert link_in(answer)[2] not in (await as_amy.get(f"{AGENTS}/{nina.id}")).text
    action, kind, name, before, after = await audit()
    assert (action, kind, name, before) == ("created", "agent", "Nina", {})
    assert after["Queues"] == "Sales"


async def test_the_link_has_the_address_of_the_request_without_a_base_url(as_amy):
    answer = await as_amy.post(AGENTS, data=an_agent_form())

    assert link_in(answer)[1].startswith("https://parley.test/invitation/")


@pytest.mark.settings(base_url="https://chat.example")
async def test_the_link_has_the_base_url_whatever_the_host_header_says(app, amy):
    cookie = f"__Host-parley-session={await a_session(amy)}"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://evil.example"
    ) as client:
        answer = await client.post(AGENTS, data=an_agent_form(), headers={"Cookie": cookie})

    assert link_in(answer)[1].startswith("https://chat.example/invitation/")


async def test_whoever_has_the_link_chooses_a_password_once(as_amy, as_nobody):
    token = link_in(await as_amy.post(AGENTS, data=an_agent_form()))[2]

    page = await as_nobody.get(f"/invitation/{token}")
    short = await as_nobody.post(f"/invitation/{token}", data={"password": "short"})
    first = await as_nobody.post(f"/invitation/{token}", data={"password": "a long password"})
    again = await as_nobody.post(f"/invitation/{token}", data={"password": "another password"})

    assert "nina@parley.test" in page.text
    assert short.status_code == 422
    assert "Choose a password of" in short.text
    assert first.status_code == 303
    assert first.headers["location"] == "/workspace/webchat"
    assert first.headers["set-cookie"].startswith("parley-session=")
    assert again.status_code == 404
    signed_in = await as_nobody.post(
        "/sign-in", data={"email": "nina@parley.test", "password": "a long password"}
    )
    assert signed_in.status_code == 303


async def test_used_expired_and_unknown_links_get_the_same_answer(as_amy, as_nobody, clock, bob):
    used = await invitations.invite(bob.id)
    await invitations.accept(used, "a long password")
    withdrawn = await invitations.invite(bob.id)
    expired = await invitations.invite(bob.id)
    clock.forward(timedelta(days=invitations.DAYS, seconds=1).total_seconds())

    answers = [
        await as_nobody.get(f"/invitation/{token}") for token in (used, withdrawn, expired, "none")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


async def test_nobody_signs_in_before_they_chose_a_password(as_amy, as_nobody):
    await as_amy.post(AGENTS, data=an_agent_form())

    for password in ("", "anything at all"):
        answer = await as_nobody.post(
            "/sign-in", data={"email": "nina@parley.test", "password": password}
        )
        assert answer.status_code == 422


async def test_a_new_link_ends_sessions_and_the_old_password(as_amy, as_bob, as_nobody, bob):
    answer = await as_amy.post(f"{AGENTS}/{bob.id}/invitation")

    assert link_in(answer)
    assert (await as_bob.get("/workspace/everything")).status_code == 401
    signing_in = {"email": "bob@parley.test", "password": "correct horse battery"}
    assert (await as_nobody.post("/sign-in", data=signing_in)).status_code == 422


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "Enter a name."),
        ("name", "x" * 81, "Use at most 80 characters"),
        ("email", "nobody", "Enter a full address"),
        ("email", "bob@parley.test", "There is an account with this e-mail already."),
        ("role", "owner", "Choose a role."),
        ("capacity", "-1", "Enter a whole number from 1 to 50."),
        ("capacity", "9999999999999", "Enter a whole number"),
        ("queue", "999", "does not exist any more"),
    ],
)
async def test_a_wrong_form_is_kept_with_a_sentence(as_amy, bob, field, value, sentence):
    answer = await as_amy.post(AGENTS, data=an_agent_form(**{field: value}))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Nina" in answer.text or field == "name"
    assert await Agent.count().where(Agent.email == "nina@parley.test") == 0


async def test_a_change_is_recorded_with_before_and_after(as_amy, bob, sales, billing, audit):
    form = {"name": "Robert", "role": "supervisor", "capacity": "6", "queue": str(billing.id)}

    answer = await as_amy.post(f"{AGENTS}/{bob.id}", data=form)

    assert answer.status_code == 303
    assert await audit() == (
        "changed",
        "agent",
        "Robert",
        {"Name": "Bob", "Role": "Agent", "Chats at once": "4", "Queues": "Sales"},
        {"Name": "Robert", "Role": "Supervisor", "Chats at once": "6", "Queues": "Billing"},
    )


async def test_fields_that_the_form_does_not_have_change_nothing(as_amy, bob):
    form = {"name": "Bob", "role": "agent", "email": "x@y.example", "password_hash": "", "id": "99"}

    await as_amy.post(f"{AGENTS}/{bob.id}", data=form)

    changed = await Agent.objects().get(Agent.id == bob.id)
    assert (changed.email, changed.password_hash) == (bob.email, bob.password_hash)


async def test_the_last_admin_stays_one(as_amy, amy):
    demoted = await as_amy.post(f"{AGENTS}/{amy.id}", data={"name": "Amy", "role": "agent"})
    disabled = await as_amy.post(f"{AGENTS}/{amy.id}/disabling")

    assert (demoted.status_code, disabled.status_code) == (409, 409)
    kept = await Agent.objects().get(Agent.id == amy.id)
    assert (kept.role, kept.disabled_at) == ("admin", None)


async def test_a_lower_role_ends_sessions(as_amy, as_ada, ada):
    await as_amy.post(f"{AGENTS}/{ada.id}", data={"name": "Ada", "role": "agent"})

    assert (await as_ada.get("/workspace/everything")).status_code == 401


async def test_a_lost_queue_withdraws_its_offers(as_amy, bob, vic, billing):
    offered = await an_interaction(vic, state="offered", agent=bob)
    form = {"name": "Bob", "role": "agent", "queue": str(billing.id)}

    await as_amy.post(f"{AGENTS}/{bob.id}", data=form)

    assert await Offer.count().where(Offer.outcome == "withdrawn") == 1
    kept = await Interaction.objects().get(Interaction.id == offered.id)
    assert kept.state == "queued"


async def test_disabling_gives_offers_and_chats_back(as_amy, as_bob, bob, vic, mallory, audit):
    active = await an_interaction(vic, agent=bob)
    offered = await an_interaction(mallory, state="queued")
    await Interaction.update({Interaction.state: "offered"}).where(Interaction.id == offered.id)
    await an_offer(offered, to=bob)

    answer = await as_amy.post(f"{AGENTS}/{bob.id}/disabling")

    assert answer.status_code == 303
    assert (await as_bob.get("/workspace/everything")).status_code == 401
    assert await Session.count().where(Session.agent == bob.id, Session.ended_at.is_null()) == 0
    for one in (active, offered):
        kept = await Interaction.objects().get(Interaction.id == one.id)
        assert (kept.state, kept.agent) == ("queued", None)
    assert await Offer.count().where(Offer.outcome == "") == 0
    assert (await audit())[:3] == ("disabled", "agent", "Bob")


async def test_a_disabled_agent_hears_of_it_at_once_and_can_come_back(
    live, as_amy, as_bob, bob, as_nobody
):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_amy.post(f"{AGENTS}/{bob.id}/disabling")
        last = await stream.end(within=2)
    signing_in = {"email": "bob@parley.test", "password": "correct horse battery"}
    refused = await as_nobody.post("/sign-in", data=signing_in)
    await as_amy.post(f"{AGENTS}/{bob.id}/enabling")
    welcome = await as_nobody.post("/sign-in", data=signing_in)

    assert last.name == "bye"
    assert refused.status_code == 422
    assert welcome.status_code == 303


async def test_what_a_disabled_agent_forwarded_does_not_come_back_to_them(as_amy, bob, eve, vic):
    forwarded = await an_interaction(vic, state="offered", agent=eve)
    await Interaction.update({Interaction.forwarded_by: bob.id}).where(
        Interaction.id == forwarded.id
    )
    await Offer.update({Offer.from_agent: bob.id}).where(Offer.interaction == forwarded.id)

    await as_amy.post(f"{AGENTS}/{bob.id}/disabling")

    assert await Offer.count().where(Offer.from_agent.is_not_null()) == 0


async def test_a_link_for_a_disabled_account_is_worth_nothing(as_amy, bob):
    token = await invitations.invite(bob.id)
    await Agent.update({Agent.disabled_at: now()}).where(Agent.id == bob.id)

    with pytest.raises(NotFound):
        await invitations.accept(token, "a long password")
    assert (await as_amy.post(f"{AGENTS}/{bob.id}/invitation")).status_code == 409


async def test_agent_and_visitor_hear_that_an_agent_is_called_otherwise(
    live, as_amy, as_vic, bob, sales, vic, eve
):
    mine = await an_interaction(vic, agent=bob, words=["Hello"])
    await messages.post_from_agent(mine.id, by=bob, body="Yes?", nonce=a_nonce())
    await Interaction.update({Interaction.agent: eve.id}).where(Interaction.id == mine.id)
    form = an_agent_form(name="Robert", queue=str(sales.id))

    async with live.stream(as_vic, "/widget/shop/stream") as of_vic:
        await of_vic.ready()
        before = (await as_vic.get("/widget/shop")).text
        await as_amy.post(f"{AGENTS}/{bob.id}", data=form)
        told = await of_vic.with_text(f"named_{mine.id}")

    mark = re.compile(rf'id="named_{mine.id}" data-named="(\w+)"')
    assert mark.search(before)[1] != mark.search(told.data)[1]
    assert "Robert" in (await as_vic.get("/widget/shop/entries")).text
