from datetime import timedelta

import pytest

from app.accounts import service
from app.accounts.events import SessionEnded
from app.accounts.tables import Session
from app.agents.tables import Agent, StatusChange
from app.database import listen
from app.moments import now
from app.problems import Invalid
from tests.builders import PASSWORD, a_session, an_agent
from tests.databases import ON_SQLITE
from tests.people import browser


async def reaches_work(app, token):
    answer = await browser(app, session=token).get("/workspace/webchat")
    return answer.status_code == 200


@ON_SQLITE
async def test_signing_out_ends_the_session_everywhere(app, bob):
    # S1: also for a copy of the cookie
    token = await a_session(bob)

    answer = await browser(app, session=token).post("/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "parley-session=;" in answer.headers["set-cookie"]
    assert not await reaches_work(app, token)


async def test_signing_out_of_the_last_session_is_going_offline(app, bob):
    here, there = await a_session(bob), await a_session(bob)

    await browser(app, session=here).post("/sign-out")
    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Available"
    await browser(app, session=there).post("/sign-out")

    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Offline"
    [change] = await StatusChange.objects()
    assert (change.agent, change.status, change.reason) == (bob.id, "Offline", "signed out")


@ON_SQLITE
@pytest.mark.settings(session_hours=2)
async def test_a_session_that_ran_out_keeps_nobody_available(app, bob):
    await a_session(bob, last_seen_at=now() - timedelta(hours=2, minutes=1))

    await browser(app, session=await a_session(bob)).post("/sign-out")

    assert (await Agent.objects().get(Agent.id == bob.id)).status == "Offline"


async def test_signing_out_ends_nobody_elses_session(app, bob, eve):
    bobs, eves = await a_session(bob), await a_session(eve)

    await browser(app, session=bobs).post("/sign-out")

    assert await reaches_work(app, eves)


@pytest.mark.settings(session_hours=2)
async def test_a_session_ends_so_long_after_its_last_use(app, bob):
    used = await a_session(bob, last_seen_at=now() - timedelta(hours=1, minutes=59))
    unused = await a_session(bob, last_seen_at=now() - timedelta(hours=2, minutes=1))

    assert await reaches_work(app, used)
    assert not await reaches_work(app, unused)


@pytest.mark.settings(session_hours=2)
async def test_using_a_session_keeps_it(app, bob, clock):
    token = await a_session(bob)

    for _ in range(3):
        clock.forward(1.5 * 3600)
        assert await reaches_work(app, token)


async def test_a_disabled_account_reaches_nothing_from_now_on(app, bob):
    # A5
    token = await a_session(bob)

    await service.disable(bob.id)

    assert not await reaches_work(app, token)


async def test_a_new_password_ends_every_other_session(app, bob):
    # A5
    mine, copied = await a_session(bob), await a_session(bob)
    [kept, _] = await Session.objects().order_by(Session.id)

    await service.change_password(bob.id, "another long password", keep_session=kept.id)

    assert await reaches_work(app, mine)
    assert not await reaches_work(app, copied)
    assert (await service.sign_in("bob@parley.test", "another long password"))[0].id == bob.id
    with pytest.raises(Invalid):
        await service.sign_in("bob@parley.test", PASSWORD)


async def test_the_end_of_a_session_is_told_once(db, bob):
    await a_session(bob)
    [session] = await Session.objects()
    told = []

    async def hear(fact):
        told.append(fact)

    listen(SessionEnded, hear)

    await service.end_session(session.id)
    await service.end_session(session.id)

    assert told == [SessionEnded(session.id, bob.id)]


@pytest.mark.parametrize("password", ["short", "x" * 201])
async def test_a_password_that_is_too_short_or_an_attack_is_refused(db, password):
    with pytest.raises(Invalid, match="10 to 200 characters"):
        await service.create_agent(email="vera@parley.test", name="Vera", password=password)


async def test_an_email_is_one_account_in_any_case(db):
    await an_agent("Bob")

    with pytest.raises(Invalid, match="account with this e-mail already"):
        await service.create_agent(email="BOB@parley.test", name="Bob", password=PASSWORD)


async def test_a_password_is_stored_as_argon2(db):
    made = await service.create_agent(email="vera@parley.test", name="Vera", password=PASSWORD)

    assert made.password_hash.startswith("$argon2id$")
    assert PASSWORD not in made.password_hash


@ON_SQLITE
async def test_a_session_that_began_while_its_account_was_disabled_is_nobodys(app, sales):
    # A5: disabling ends the sessions that it finds
    bob = await an_agent("Bob", queues=[sales], disabled_at=now())
    as_bob = browser(app, session=await a_session(bob))

    assert (await as_bob.get("/workspace/everything")).status_code == 401
