"""Voice calls as the server has them: who may call whom, one at a time, and a definite end."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest

from app.calls import service as calls
from app.calls.ice import ice_servers
from app.calls.tables import Call, CallSignal
from app.interactions.log import AGENT, CONTACT
from app.interactions.tables import Entry
from app.metrics.numbers import CALLS
from app.moments import now
from app.realtime.bus import Topic
from app.routing import choice
from app.routing.service import members
from app.routing.tables import Queue
from app.settings import Settings
from app.widget.tables import Widget
from tests.builders import a_visitor, a_wrap_up_code, an_interaction
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.people import browser

BOBS, VICS = {"page": "page-of-bob"}, {"page": "page-of-vic"}
pytestmark = pytest.mark.settings(calls=True)


@pytest.fixture
async def chat(vic, bob, shop):
    """Vic's chat with Bob, on a widget with calls."""
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)
    return await an_interaction(vic, agent=bob)


@pytest.fixture
async def ringing(as_vic, chat):
    """Vic calls Bob."""
    answer = await as_vic.post("/widget/shop/calls", data=VICS)
    assert answer.status_code == 200, answer.text
    return answer.json()["call"]


@pytest.fixture
async def talking(as_bob, ringing):
    """Bob has answered."""
    answer = await as_bob.post(f"/workspace/calls/{ringing}/answer", data=BOBS)
    assert answer.status_code == 200, answer.text
    return ringing


def of_bob(call, step):
    return f"/workspace/calls/{call}/{step}"


def of_vic(call, step):
    return f"/widget/shop/calls/{call}/{step}"


async def stored(call):
    return await Call.objects().get(Call.id == call)


async def notices():
    rows = await Entry.select(Entry.notice).where(Entry.kind == "notice").order_by(Entry.seq)
    return [row["notice"] for row in rows]


async def test_a_visitor_calls_and_the_agent_answers(as_bob, as_vic, talking):
    seen = (await as_bob.get("/workspace/everything")).text

    assert 'data-state="talks"' in seen
    assert (await stored(talking)).answered_at
    assert await notices() == ["call_began"]


async def test_an_agent_invites_and_the_visitor_declines(app, as_bob, as_vic, chat, vic):
    app.state.presence.arrive(Topic("visitor", vic.id))
    call = (await as_bob.post(f"/workspace/interactions/{chat.id}/calls", data=BOBS)).json()["call"]

    answer = await as_vic.post(of_vic(call, "ending"))

    assert answer.status_code == 204
    assert (await stored(call)).how == "declined"
    assert await notices() == ["invite_declined"]


@ON_SQLITE
async def test_a_visitor_who_is_gone_is_not_called(as_bob, chat):
    answer = await as_bob.post(f"/workspace/interactions/{chat.id}/calls", data=BOBS)

    assert answer.status_code == 409
    assert "has left the page" in answer.text


async def test_hanging_up_writes_how_long_it_was_and_leaves_no_signal(as_bob, as_vic, talking):
    signal = {**VICS, "round": "1", "kind": "offer", "body": '{"sdp": "x"}'}
    assert (await as_vic.post(of_vic(talking, "signals"), data=signal)).status_code == 204

    counted = CALLS.count("hung_up")
    await as_bob.post(of_bob(talking, "ending"))

    assert CALLS.count("hung_up") == counted + 1
    ended = await stored(talking)
    assert (ended.how, ended.ended_by) == ("hung_up", "agent")
    assert await CallSignal.count() == 0
    last = await Entry.objects().order_by(Entry.seq, ascending=False).first()
    assert (last.notice, last.body) == ("call_ended", "0:00")
    # A second time, and whatever comes late, changes nothing.
    assert (await as_vic.post(of_vic(talking, "ending"))).status_code == 204
    assert (await as_vic.put(of_vic(talking, "presence"), data=VICS)).status_code == 409
    assert (await as_vic.put(of_vic(talking, "hold"), data={"held": "true"})).status_code == 409
    assert (await as_vic.post(of_vic(talking, "page"), data=VICS)).status_code == 409
    assert (await as_vic.post(of_vic(talking, "signals"), data=signal)).status_code == 409
    assert await notices() == ["call_began", "call_ended"]


async def test_of_two_tabs_one_answers(app, as_bob, ringing):
    tabs = [
        as_bob.post(of_bob(ringing, "answer"), data={"page": f"tab-number-{n}"}) for n in (1, 2)
    ]

    answers = await asyncio.gather(*tabs)

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await notices() == ["call_began"]


async def test_an_agent_is_in_one_call_at_a_time(app, shop, as_bob, bob, chat, ringing):
    mallory = await a_visitor(shop, token="token-of-mallory")
    other = await an_interaction(mallory, agent=bob)
    app.state.presence.arrive(Topic("visitor", mallory.id))

    invites = await as_bob.post(f"/workspace/interactions/{other.id}/calls", data=BOBS)
    calls_too = await browser(app, visitor="token-of-mallory").post(
        "/widget/shop/calls", data={"page": "page-of-mallory"}
    )

    assert invites.status_code == calls_too.status_code == 409
    assert "You are in another call" in invites.text
    assert "in another call" in calls_too.text
    assert await Call.count() == 1


@ON_SQLITE
async def test_what_nobody_answers_in_30_seconds_is_missed(clock, as_vic, ringing):
    clock.forward(29)
    await as_vic.put(of_vic(ringing, "presence"), data=VICS)
    await calls.sweep()
    assert not (await stored(ringing)).ended_at

    clock.forward(2)
    await calls.sweep()

    assert (await stored(ringing)).how == "unanswered"
    assert await notices() == ["call_unanswered"]


@ON_SQLITE
@pytest.mark.parametrize("stays", [AGENT, CONTACT])
async def test_a_side_that_vanishes_ends_it_within_ten_seconds(
    clock, as_bob, as_vic, talking, stays
):
    for _ in range(4):
        clock.forward(2)
        if stays == AGENT:
            await as_bob.put(of_bob(talking, "presence"), data=BOBS)
        else:
            await as_vic.put(of_vic(talking, "presence"), data=VICS)
        await calls.sweep()

    assert (await stored(talking)).how == "lost"
    assert await notices() == ["call_began", "call_lost"]


async def test_who_comes_back_after_a_reload_begins_another_round(as_bob, as_vic, talking):
    offer = {**VICS, "round": "1", "kind": "offer", "body": "{}"}
    await as_vic.post(of_vic(talking, "signals"), data=offer)

    back = await as_bob.post(of_bob(talking, "page"), data={"page": "page-after-reload"})
    late = await as_vic.post(of_vic(talking, "signals"), data=offer)
    await as_vic.post(of_vic(talking, "signals"), data={**offer, "round": "2"})

    assert back.json()["round"] == 2
    assert late.status_code == 204
    seen = (await as_bob.get(of_bob(talking, "signals"))).json()
    assert (seen["round"], [one["kind"] for one in seen["signals"]]) == (2, ["offer"])
    # The page before is in it no more.
    assert (await as_bob.put(of_bob(talking, "presence"), data=BOBS)).status_code == 409


@ON_SQLITE
async def test_a_signal_is_json_of_a_known_kind_and_size(as_vic, talking):
    good = {**VICS, "round": "1", "kind": "candidate", "body": json.dumps({"candidate": "x"})}
    bad = [
        {**good, "kind": "virus"},
        {**good, "body": "{"},
        {**good, "body": "[1]"},
        {**good, "body": json.dumps({"x": "y" * 40_000})},
        {**good, "page": "<b>"},
    ]

    for form in bad:
        assert (await as_vic.post(of_vic(talking, "signals"), data=form)).status_code == 422, form
    assert await CallSignal.count() == 0


@ON_SQLITE
async def test_a_call_does_not_grow_without_end(as_vic, talking, monkeypatch):
    monkeypatch.setattr(calls, "MOST_SIGNALS", 2)
    form = {**VICS, "round": "1", "kind": "candidate", "body": "{}"}

    answers = [await as_vic.post(of_vic(talking, "signals"), data=form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 409]


async def test_holding_is_seen_on_both_sides(as_bob, as_vic, talking):
    await as_bob.put(of_bob(talking, "hold"), data={"held": "true"})

    assert "data-held " in (await as_bob.get("/workspace/everything")).text.replace(
        "data-held>", "data-held >"
    )
    assert "data-held-by-other" in (await as_vic.get("/widget/shop/entries")).text

    await as_bob.put(of_bob(talking, "hold"), data={"held": "false"})
    assert "data-held" not in (await as_vic.get("/widget/shop/entries")).text


async def test_nobody_else_finds_a_call(as_eve, as_mallory, talking, mallory):
    for step in ("answer", "page", "ending", "signals"):
        assert (await as_eve.post(of_bob(talking, step), data=BOBS)).status_code == 404
        assert (await as_mallory.post(of_vic(talking, step), data=VICS)).status_code == 404
    for step in ("presence", "hold"):
        assert (await as_eve.put(of_bob(talking, step), data=BOBS)).status_code == 404
        assert (await as_mallory.put(of_vic(talking, step), data=VICS)).status_code == 404
    assert (await as_eve.get(of_bob(talking, "signals"))).status_code == 404
    assert (await as_mallory.get(of_vic(talking, "signals"))).status_code == 404
    assert not (await stored(talking)).ended_at


async def test_archiving_ends_the_call(as_bob, chat, talking):
    code = await a_wrap_up_code()

    await as_bob.post(
        f"/workspace/interactions/{chat.id}/archive", data={"wrap_up_code": str(code.id)}
    )

    assert (await stored(talking)).how == "chat_ended"
    assert await notices() == ["call_began", "archived", "call_ended"]


@ON_SQLITE
async def test_leaving_the_chat_ends_the_call(as_vic, talking):
    await as_vic.post("/widget/shop/ending")

    assert (await stored(talking)).how == "chat_ended"


@ON_SQLITE
async def test_taking_over_ends_the_call(as_ada, chat, bob, talking):
    await as_ada.post(f"/workspace/interactions/{chat.id}/takeover", data={"had_by": str(bob.id)})

    assert (await stored(talking)).how == "chat_ended"


@ON_SQLITE
@pytest.mark.settings(calls=False)
async def test_without_calls_switched_on_there_are_none(app, as_bob, as_vic, chat, vic):
    app.state.presence.arrive(Topic("visitor", vic.id))

    answers = [
        await as_vic.post("/widget/shop/calls", data=VICS),
        await as_bob.post(f"/workspace/interactions/{chat.id}/calls", data=BOBS),
    ]

    assert {answer.status_code for answer in answers} == {409}


@ON_SQLITE
async def test_a_widget_without_calls_has_none(as_vic, chat, shop):
    await Widget.update({Widget.calls: False}).where(Widget.id == shop.id)

    assert (await as_vic.post("/widget/shop/calls", data=VICS)).status_code == 409


async def test_who_is_in_a_call_is_offered_chats_only_where_the_queue_says_so(sales, bob, talking):
    [talks] = await members(sales, present=[bob.id])
    assert choice.why_not(talks, passed_before=now()) == choice.IN_A_CALL

    await Queue.update({Queue.offers_in_calls: True}).where(Queue.id == sales.id)
    queue = await Queue.objects().get(Queue.id == sales.id)
    [talks] = await members(queue, present=[bob.id])
    assert choice.why_not(talks, passed_before=now()) == ""


@ON_POSTGRES
async def test_a_call_that_is_answered_while_it_is_taken_back_ends(as_bob, as_vic, ringing):
    taken, ended = await asyncio.gather(
        as_bob.post(of_bob(ringing, "answer"), data=BOBS), as_vic.post(of_vic(ringing, "ending"))
    )

    assert taken.status_code in {200, 409}
    assert ended.status_code == 204
    assert (await stored(ringing)).how in {"cancelled", "hung_up"}


def test_turn_credentials_are_those_of_coturn(clock):
    settings = Settings(
        stun_urls="stun:turn.example", turn_urls="turn:turn.example", turn_secret="s3cret"
    )

    stun, turn = ice_servers(settings, "call-7")

    assert stun == {"urls": ["stun:turn.example"]}
    until, _, name = turn["username"].partition(":")
    assert name == "call-7"
    assert 3590 < int(until) - now().timestamp() <= 3600
    digest = hmac.new(b"s3cret", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == digest


@ON_SQLITE
async def test_both_sides_hear_it_ring_and_the_signals(live, as_bob, as_vic, ringing):
    async with (
        live.stream(as_bob, "/workspace/stream") as bobs,
        live.stream(as_vic, "/widget/shop/stream") as vics,
    ):
        await bobs.ready()
        await vics.ready()
        await as_bob.post(of_bob(ringing, "answer"), data=BOBS)
        await vics.until(lambda event: 'data-state="talks"' in event.data)

        form = {**VICS, "round": "1", "kind": "offer", "body": "{}"}
        await as_vic.post(of_vic(ringing, "signals"), data=form)
        await bobs.named("call")
