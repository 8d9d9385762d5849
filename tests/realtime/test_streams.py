"""Streams on a real port: nothing lost, to whom it concerns and to nobody else, and their end."""

import asyncio
import re

import pytest

from app.accounts import service as accounts
from app.accounts.tables import Session
from app.database import engine
from app.interactions.tables import Entry
from tests.builders import a_nonce, a_session, a_visitor, a_wrap_up_code, an_agent, an_interaction
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.people import browser
from tests.waiting import eventually

AGENTS, VISITORS = "/workspace/stream", "/widget/shop/stream"
ENTRY = re.compile(r'id="(entry_\d+_\d+)"')


def entries_in(events):
    """The ids of the entries that these events carry, in order."""
    return [found for event in events for found in ENTRY.findall(event.data)]


async def says(visitor, body, key="shop"):
    answer = await visitor.post(f"/widget/{key}/messages", data={"body": body, "nonce": a_nonce()})
    assert answer.status_code == 200, answer.text


async def answers(agent, interaction, body):
    answer = await agent.post(
        f"/workspace/interactions/{interaction.id}/messages",
        data={"body": body, "nonce": a_nonce()},
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def talk(vic, bob):
    """Vic and Bob in a chat that has begun."""
    return await an_interaction(vic, agent=bob, words=["Hello Bob"])


# Reaches who should.


async def test_both_sides_see_what_either_says(live, as_bob, as_vic, talk):
    async with live.stream(as_bob, AGENTS) as bobs, live.stream(as_vic, VISITORS) as vics:
        await asyncio.gather(bobs.ready(), vics.ready())

        await says(as_vic, "My lamp flickers")
        await answers(as_bob, talk, "**Which** one?")

        at_bob = await bobs.with_text("My lamp flickers")
        at_vic = await vics.with_text("<strong>Which</strong> one?")
        assert f'hx-target="#log_{talk.id}"' in at_bob.data
        assert f'id="entry_{talk.id}_2"' in at_bob.data
        assert f'hx-target="#log_{talk.id}"' in at_vic.data
        assert (at_vic.id, at_vic.name) == ("3", "")


async def test_the_same_words_look_the_same_pushed_and_afresh(live, as_bob, as_vic, talk):
    # One partial serves page and push.
    async with live.stream(as_vic, VISITORS) as vics:
        await vics.ready()
        await answers(as_bob, talk, "See *https://shop.example/lamps* \\<b>")
        pushed = (await vics.with_text(f"entry_{talk.id}_2")).data

    afresh = (await as_vic.get("/widget/shop/entries?after=1")).text

    start = f'<div id="entry_{talk.id}_2"'
    entry = afresh[afresh.index(start) : afresh.index("</div>\n</div>", afresh.index(start))]
    assert entry in pushed


async def test_every_tab_of_an_agent_hears(live, as_bob, as_vic, talk):
    async with live.stream(as_bob, AGENTS) as one, live.stream(as_bob, AGENTS) as two:
        await asyncio.gather(one.ready(), two.ready())

        await says(as_vic, "Hello twice")

        await asyncio.gather(one.with_text("Hello twice"), two.with_text("Hello twice"))


async def test_an_agent_hears_of_an_offer_and_of_its_end(live, as_bob, as_vic, bob, vic):
    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()
        await says(as_vic, "Is anybody there?")

        ring = await bobs.named("ring")
        assert any("Is anybody there?" in event.data for event in bobs.seen)
        offer = re.search(r'"offer": (\d+)', ring.data).group(1)
        await as_bob.post(f"/workspace/offers/{offer}/acceptance")

        await bobs.with_text('id="offers"')
        assert "acceptance" not in bobs.seen[-1].data


async def test_a_visitor_is_told_who_joined_and_of_a_definite_end(live, as_bob, as_vic, bob, vic):
    code = await a_wrap_up_code("Difficult person")
    async with live.stream(as_bob, AGENTS) as bobs, live.stream(as_vic, VISITORS) as vics:
        await asyncio.gather(bobs.ready(), vics.ready())
        await says(as_vic, "Hello")
        ring = await bobs.named("ring")
        offer = re.search(r'"offer": (\d+)', ring.data).group(1)
        accepted = await as_bob.post(f"/workspace/offers/{offer}/acceptance")
        await vics.with_text("Bob joined the chat")

        archive = accepted.headers["location"].replace("webchat", "interactions") + "/archive"
        form = {"wrap_up_code": str(code.id), "note": "among us"}
        await as_bob.post(archive, data=form)

        await vics.with_text("This chat has ended")
        told = "".join(event.data for event in vics.seen)
        assert "Difficult person" not in told  # A4
        assert "among us" not in told


@ON_SQLITE
async def test_everybody_is_pushed_words_of_their_own_language(live, as_bob, as_vic, talk):
    german = {"accept_language": "de-DE,de;q=0.9"}
    async with (
        live.stream(as_vic, VISITORS, **german) as vics,
        live.stream(as_bob, AGENTS) as bobs,
        live.stream(as_bob, AGENTS, accept_language="ar") as bobs_other_tab,
    ):
        await asyncio.gather(vics.ready(), bobs.ready(), bobs_other_tab.ready())

        await as_vic.post("/widget/shop/ending")

        await vics.with_text("Sie haben den Chat beendet")
        await bobs.with_text("ended the chat")
        await bobs_other_tab.with_text("المحادثة")
    assert not [event for event in vics.seen if "ended the chat" in event.data]


# Does not reach who should not.


async def test_a_chat_reaches_neither_another_agent_nor_another_visitor(
    live, as_bob, as_vic, as_eve, as_mallory, talk, mallory
):
    # A4
    async with (
        live.stream(as_eve, AGENTS) as eves,
        live.stream(as_mallory, VISITORS) as mallorys,
        live.stream(as_bob, AGENTS) as bobs,
    ):
        await asyncio.gather(eves.ready(), mallorys.ready(), bobs.ready())

        await says(as_vic, "A secret of Vic")
        await answers(as_bob, talk, "A secret of Bob")
        await bobs.with_text("A secret of Bob")
        await says(as_mallory, "Mallory was here")
        await mallorys.with_text("Mallory was here")
        await as_eve.put("/workspace/availability", data={"status": "Lunch"})
        await eves.with_text("Lunch")

        for reader in (eves, mallorys):
            assert "secret" not in "".join(event.data for event in reader.seen)


async def test_an_offer_reaches_only_whom_it_is_made_to(
    live, as_bob, as_eve, as_vic, eve, bob, vic
):
    async with live.stream(as_bob, AGENTS) as bobs, live.stream(as_eve, AGENTS) as eves:
        await asyncio.gather(bobs.ready(), eves.ready())
        await says(as_vic, "A question about Sales")
        await bobs.named("ring")
        await as_eve.put("/workspace/availability", data={"status": "Lunch"})
        await eves.with_text("Lunch")

    assert "A question about Sales" not in "".join(event.data for event in eves.seen)
    assert "ring" not in [event.name for event in eves.seen]


@pytest.mark.parametrize("path", [AGENTS, VISITORS])
@ON_SQLITE
async def test_who_is_nobody_gets_no_stream(as_nobody, shop, path):
    answer = await as_nobody.get(path, headers={"Accept": "text/event-stream"})

    assert answer.status_code == 401  # not a redirect, which hx-sse would take for a success


# Nothing is lost (R4).


async def test_nothing_falls_between_page_and_stream(live, as_bob, as_vic, talk):
    # R4: streams that begin while messages come
    async def watch(after):
        async with live.stream(as_vic, f"{VISITORS}?after={after}") as vics:
            await vics.with_text("The last one")
            return entries_in(vics.seen)

    async def write():
        for number in range(30):
            await answers(as_bob, talk, f"Message {number}")
        await answers(as_bob, talk, "The last one")

    *seen, _ = await asyncio.gather(*(watch(1) for _ in range(8)), write())

    everything = [f"entry_{talk.id}_{seq}" for seq in range(2, 33)]
    for entries in seen:
        assert list(dict.fromkeys(entries)) == everything


async def test_a_stream_resumes_after_the_last_event_it_had(live, as_bob, as_vic, talk):
    # R4
    async with live.stream(as_vic, VISITORS) as vics:
        await vics.ready()
        await answers(as_bob, talk, "Before the cut")
        last = (await vics.with_text("Before the cut")).id
    for number in range(3):
        await answers(as_bob, talk, f"During the cut {number}")

    async with live.stream(as_vic, VISITORS, Last_Event_ID=last) as vics:
        await vics.ready()
        assert entries_in(vics.seen) == [f"entry_{talk.id}_{seq}" for seq in (3, 4, 5)]
        assert [event.id for event in vics.seen if event.id] == ["3", "4", "5"]


@pytest.mark.parametrize(
    "forged", ["0", "-1", "1", "2147483648", "9" * 40, "abc", "1; DROP TABLE", "²", "%00"]
)
@ON_SQLITE
async def test_a_forged_last_event_id_gives_nothing_foreign(
    live, as_bob, as_mallory, bob, talk, mallory, forged
):
    # A6
    await an_interaction(mallory, agent=bob, words=["Mallory was here"])

    async with live.stream(as_mallory, VISITORS, Last_Event_ID=forged.encode()) as mallorys:
        await mallorys.ready()

    told = "".join(event.data for event in mallorys.seen)
    assert "Hello Bob" not in told
    assert f"log_{talk.id}" not in told


async def test_an_agents_stream_begins_with_everything(live, as_bob, as_vic, talk, bob):
    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()

        [whole, ready] = bobs.seen
        assert 'hx-target="#list"' in whole.data
        assert "Hello Bob" in whole.data
        assert 'hx-target="#offers"' in whole.data
        assert '"now": ' in ready.data


def without_moments(text):
    """The words of a page, but for the moments at which clocks were counted."""
    return re.sub(r'data-(?:at|seconds|wall)="[^"]*"', "", text).split()


async def test_what_a_cut_off_page_asks_for_is_what_the_stream_begins_with(
    live, as_bob, as_vic, talk, bob
):
    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()

    asked = (await as_bob.get("/workspace/everything")).text
    assert "Hello Bob" in asked
    assert without_moments(asked) == without_moments(bobs.seen[0].data)


@pytest.mark.settings(stream_backlog=5)
async def test_a_reader_that_falls_behind_is_told_to_catch_up(app, live, as_bob, as_vic, talk):
    async with live.stream(as_vic, VISITORS) as vics:
        await vics.ready()
        [stream] = app.state.hub.streams("visitor")

        for number in range(6):  # at once, before the stream's turn comes
            stream.push(f"data: {number}\n\n".encode())

        assert await vics.ready()
        await answers(as_bob, talk, "And on it goes")
        await vics.with_text("And on it goes")


@pytest.mark.settings(heartbeat_seconds=0.05)
@ON_SQLITE
async def test_the_heartbeat_is_an_event_that_scripts_see(live, as_vic, vic):
    async with live.stream(as_vic, VISITORS) as vics:
        await vics.named("beat")
        await vics.named("beat")


@ON_SQLITE
async def test_a_stream_is_not_cached_nor_buffered(live, as_vic, vic):
    # S6
    async with live.stream(as_vic, VISITORS) as vics:
        headers = vics.response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert headers["content-security-policy"]
    assert "content-encoding" not in headers


# The end (A5): within two seconds, and said.


async def test_signing_out_ends_the_streams_of_that_session(live, as_bob, app, bob):
    # S1, A5
    other = browser(app, session=await a_session(bob))
    async with live.stream(as_bob, AGENTS) as here, live.stream(other, AGENTS) as there:
        await asyncio.gather(here.ready(), there.ready())

        await as_bob.post("/sign-out")

        last = await here.end(within=2)
        assert last.name == "bye"
        assert "signed out" in last.data
        await other.put("/workspace/availability", data={"status": "Lunch"})
        await there.with_text("Lunch")


async def test_a_disabled_account_has_no_stream(live, as_bob, bob):
    # A5
    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()

        await accounts.disable(bob.id)

        assert (await bobs.end(within=2)).name == "bye"


async def test_a_new_password_ends_the_other_streams(live, app, as_bob, bob):
    # A5
    [mine] = await Session.objects()
    other = browser(app, session=await a_session(bob))
    async with live.stream(as_bob, AGENTS) as here, live.stream(other, AGENTS) as there:
        await asyncio.gather(here.ready(), there.ready())

        await accounts.change_password(bob.id, "another long password", keep_session=mine.id)

        assert (await there.end(within=2)).name == "bye"
        await as_bob.put("/workspace/availability", data={"status": "Lunch"})
        await here.with_text("Lunch")


async def test_a_sign_out_that_was_not_heard_ends_the_stream_after_all(app, live, as_bob, bob):
    # A5: the signal was lost; the bus says so
    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()
        await Session.update({Session.ended_at: bob.created_at}, force=True)

        await app.state.hub._catch_up_all()

        assert (await bobs.end(within=2)).name == "bye"


@pytest.mark.settings(limit_streams=2)
@ON_SQLITE
async def test_a_visitors_oldest_stream_gives_way(live, as_vic, as_mallory, vic, mallory):
    # L2
    async with (
        live.stream(as_mallory, VISITORS) as mallorys,
        live.stream(as_vic, VISITORS) as first,
        live.stream(as_vic, VISITORS) as second,
        live.stream(as_vic, VISITORS) as third,
    ):
        assert (await first.end()).name == "bye"
        await asyncio.gather(second.ready(), third.ready(), mallorys.ready())
        await says(as_vic, "Still here")
        await asyncio.gather(second.with_text("Still here"), third.with_text("Still here"))


@pytest.mark.settings(limit_streams_address=2)
@ON_SQLITE
async def test_an_addresss_oldest_stream_gives_way_and_agents_keep_their_room(
    app, live, as_bob, shop
):
    # L2: all come from 127.0.0.1 here
    for number in range(3):
        await a_visitor(shop, token=f"token-{number}")
    visitors = [browser(app, visitor=f"token-{number}") for number in range(3)]

    async with (
        live.stream(as_bob, AGENTS) as bobs,
        live.stream(visitors[0], VISITORS) as first,
        live.stream(visitors[1], VISITORS) as second,
        live.stream(visitors[2], VISITORS) as third,
    ):
        assert (await first.end()).name == "bye"
        await asyncio.gather(second.ready(), third.ready(), bobs.ready())
        assert len(app.state.hub.streams("agent")) == 1


# Load and faults (L1, L4).


@pytest.mark.settings(send_timeout_seconds=0.2)
@ON_SQLITE
async def test_a_reader_who_takes_nothing_is_closed_and_hurts_nobody(
    app, live, as_bob, as_vic, talk
):
    # L1
    _, writer = await frozen_reader(live, as_vic, VISITORS)
    await eventually(lambda: app.state.hub.streams("visitor"))

    async def fill():
        for stream in app.state.hub.streams("visitor"):
            stream.push(b"data: " + b"x" * 200_000 + b"\n\n")
        return not app.state.hub.streams("visitor")

    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.ready()
        await eventually(fill)
        await says(as_vic, "Nobody was hurt")
        await bobs.with_text("Nobody was hurt")

    writer.transport.abort()


@ON_SQLITE
async def test_nothing_is_left_after_300_connections_that_were_reset(
    app, live, as_bob, as_vic, talk
):
    # L1
    async with live.stream(as_vic, VISITORS) as warm, live.stream(as_bob, AGENTS) as bobs:
        await asyncio.gather(warm.ready(), bobs.ready())
    await eventually(lambda: not app.state.hub._streams)
    before = len(asyncio.all_tasks())

    for _ in range(6):
        await asyncio.gather(
            *(
                reset_after_reading(live, somebody, path)
                for somebody, path in ((as_vic, VISITORS), (as_bob, AGENTS))
                for _ in range(25)
            )
        )

    await eventually(lambda: not app.state.hub._streams)
    await eventually(lambda: not app.state.presence.open_here())
    await eventually(lambda: len(asyncio.all_tasks()) <= before + 1)
    assert app.state.streams._by_address == {}


@ON_POSTGRES
async def test_open_streams_hold_no_connection_to_the_database(app, live, as_bob, as_vic, talk):
    # L4: three times as many streams as the pool has connections
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()
        ready = []

        async def watch():
            async with live.stream(as_bob, AGENTS) as bobs:
                await bobs.ready()
                ready.append(bobs)
                await done.wait()

        for _ in range(30):
            group.create_task(watch())
        await eventually(lambda: len(ready) == 30)

        await says(as_vic, "There is room")
        await eventually(lambda: engine().connections().lent == 0)
        await asyncio.gather(*(bobs.with_text("There is room") for bobs in ready))
        done.set()


async def test_a_stream_alone_writes_nothing(live, as_vic, as_bob, talk):
    # S4
    async with live.stream(as_vic, VISITORS) as vics, live.stream(as_bob, AGENTS) as bobs:
        await asyncio.gather(vics.ready(), bobs.ready())

    assert await Entry.count() == 1


async def test_who_is_there_counts_for_offers(live, as_bob, as_vic, bob, vic):
    await an_agent("Cleo", queues=[])
    await says(as_vic, "Anybody?")

    async with live.stream(as_bob, AGENTS) as bobs:
        await bobs.named("ring")


async def frozen_reader(live, somebody, path):
    """A connection that asks for the stream, takes its first bytes and then nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port, limit=1024)
    await ask(writer, somebody, path)
    await reader.readline()
    return reader, writer


async def reset_after_reading(live, somebody, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    await ask(writer, somebody, path)
    await reader.readuntil(b"event: ready")
    writer.transport.abort()


async def ask(writer, somebody, path):
    cookie = somebody.headers["cookie"]
    writer.write(f"GET {path} HTTP/1.1\r\nHost: parley.test\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
