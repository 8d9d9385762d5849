"""What only a process of its own shows: start, refusal to start, end, and kill -9."""

import asyncio
import os
import re
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app import database
from app.agents.tables import Agent
from app.canary import canary as flights
from app.canary.canary import Canary
from app.interactions.tables import Entry, Interaction
from bench.proxy import way_to
from tests.builders import PASSWORD, a_nonce, a_session
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.processes import STARTS_WITHIN, ended, ready, serving
from tests.services import redis_server
from tests.waiting import eventually

VIC = {"Cookie": "__Host-parley-shop=token-of-vic"}


async def test_kill_9_loses_no_message_that_was_acknowledged(settings, vic):
    # R4
    await database.engine().close()
    acknowledged = []

    async def write(somebody):
        for number in range(1000):
            form = {"body": f"Message {number}", "nonce": a_nonce()}
            try:
                answer = await somebody.post("/widget/shop/messages", data=form)
            except httpx.TransportError:
                return form  # not acknowledged: stored or not, and safe to send again
            if answer.status_code == 200:
                acknowledged.append(form["body"])
        raise AssertionError("It was never killed.")

    async with (
        serving(settings, PARLEY_LIMIT_MESSAGES="100000") as server,
        server.client(**VIC) as somebody,
    ):
        await ready(somebody)
        writing = asyncio.create_task(write(somebody))
        await eventually(lambda: len(acknowledged) >= 40, within=30)
        await server.kill()
        unsure = await writing
    async with serving(settings) as again, again.client(**VIC) as somebody:
        await ready(somebody)
        retried = await somebody.post("/widget/shop/messages", data=unsure)
        assert retried.status_code == 200

    rows = await Entry.select(Entry.seq, Entry.body).where(Entry.author == "contact")
    bodies = [row["body"] for row in sorted(rows, key=lambda row: row["seq"])]
    assert bodies == [*acknowledged, unsure["body"]]
    [interaction] = await Interaction.objects()
    seqs = await Entry.select(Entry.seq)
    assert sorted(row["seq"] for row in seqs) == list(range(1, interaction.last_seq + 1))


@ON_SQLITE
async def test_a_stop_with_open_streams_ends_within_five_seconds(settings, vic, bob):
    # L3
    session = await a_session(bob)
    await database.engine().close()
    async with serving(settings) as server, server.client() as somebody:
        await ready(somebody)
        async with (
            somebody.stream("GET", "/widget/shop/stream", headers=VIC) as vics,
            somebody.stream(
                "GET", "/workspace/stream", headers={"Cookie": f"parley-session={session}"}
            ) as bobs,
        ):
            lines = [stream.aiter_lines() for stream in (vics, bobs)]
            for stream in lines:
                while await anext(stream) != "event: ready":
                    pass

            errors = await server.stop(within=5)

            for stream in lines:
                assert not [line async for line in stream if line == "event: bye"]
    assert "exception" not in errors
    assert server.process.returncode in {0, -15}


@ON_SQLITE
async def test_a_stop_does_not_wait_for_a_request_that_never_comes_to_its_end(settings, vic):
    # L3
    await database.engine().close()
    async with serving(settings) as server, server.client() as somebody:
        await ready(somebody)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /widget/shop/messages HTTP/1.1\r\nHost: parley.test\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nbody="
        )
        await writer.drain()

        await server.stop(within=5)

        writer.transport.abort()
    assert server.process.returncode in {0, -15}


@ON_SQLITE
async def test_a_second_process_on_the_same_folder_refuses_in_one_sentence(settings, db):
    # R6
    await database.engine().close()
    async with serving(settings) as server, server.client() as somebody:
        await ready(somebody)

        code, _, errors = await ended(settings, "serve")

        assert code != 0
        assert f"Another Parley process uses the folder {settings.data}" in errors
        assert "set DATABASE_URL to PostgreSQL" in errors
        assert len(errors.strip().splitlines()) == 1
        assert "Traceback" not in errors
        assert (await somebody.get("/health/ready")).status_code == 200


async def lines_of(stream):
    """A stream's lines from the moment at which it is ready."""
    lines = stream.aiter_lines()
    while await anext(lines) != "event: ready":
        pass
    return lines


async def line_with(lines, text):
    async with asyncio.timeout(STARTS_WITHIN):
        while text not in (line := await anext(lines)):
            pass
    return line


async def says(somebody, text):
    form = {"body": text, "nonce": a_nonce()}
    answer = await somebody.post("/widget/shop/messages", data=form)
    assert answer.status_code == 200


@ON_POSTGRES
async def test_two_processes_are_one_chat_also_after_redis_was_away(settings, vic):
    # R3, R4, R6
    await database.engine().close()
    first = ExitStack()
    bus = {"PARLEY_REDIS_URL": first.enter_context(redis_server())}
    with first:
        async with (
            serving(settings, **bus) as one,
            serving(settings, **bus) as two,
            one.client(**VIC) as here,
            two.client(**VIC) as there,
        ):
            await asyncio.gather(ready(here), ready(there))
            form = {"body": "Sent many times, to both", "nonce": a_nonce()}
            answers = await asyncio.gather(
                *(
                    somebody.post("/widget/shop/messages", data=form)
                    for somebody in (here, there)
                    for _ in range(10)
                )
            )
            assert {answer.status_code for answer in answers} == {200}
            assert await Entry.count().where(Entry.author == "contact") == 1
            async with there.stream("GET", "/widget/shop/stream") as stream:
                lines = await lines_of(stream)

                await says(here, "Through Redis")
                assert "Through Redis" in await line_with(lines, "Through Redis")

                first.close()
                await says(here, "While Redis is away")
                with redis_server(urlsplit(bus["PARLEY_REDIS_URL"]).port):
                    await line_with(lines, "event: ready")  # asks for what is after its last
                    missed = await there.get("/widget/shop/entries?after=2")
                    assert "While Redis is away" in missed.text

                    await says(here, "Redis is back")
                    await line_with(lines, "Redis is back")


@ON_POSTGRES
async def test_workers_share_a_port_are_replaced_and_end_together(settings, vic, redis):
    # R3, L3
    await database.engine().close()
    async with (
        serving(settings, "--workers", "2", PARLEY_REDIS_URL=redis) as server,
        server.client(**VIC) as somebody,
    ):
        await ready(somebody)
        before = await eventually(lambda: both(server), within=30)
        frozen, killed = before
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: killed not in workers_of(server) and both(server), within=30)
        await says(somebody, "One of us was killed")
        seen = set()

        async def counted():  # each tells its own numbers, the new one in the place of the old
            answer = await somebody.get("/metrics", headers={"Connection": "close"})
            seen.update(
                re.findall(r'^parley_requests_total{.*worker="(\d)"', answer.text, re.MULTILINE)
            )
            return seen == {"0", "1"}

        await eventually(counted, within=30)

        os.kill(frozen, signal.SIGSTOP)
        errors = await server.stop(within=5)

        assert server.process.returncode == 0
        assert "Traceback" not in errors
        assert not any(map(exists, before))
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port)).close()


@ON_POSTGRES
async def test_a_canary_comes_through_the_public_address_of_many_workers_or_says_why_not(
    settings, db, redis, monkeypatch
):
    async with (
        serving(settings, "--workers", "2", PARLEY_REDIS_URL=redis) as server,
        server.client() as somebody,
        way_to(server.port) as proxy,
    ):
        await ready(somebody)
        await eventually(lambda: both(server), within=30)
        public = f"http://127.0.0.1:{proxy.port}"
        canary = Canary(settings.model_copy(update={"base_url": public}))

        for _ in range(6):  # its stream is one worker's, its message now and then the other's
            await canary.fly()
            assert canary.well, canary.words()

        proxy.refuse()
        await canary.fly()
        assert "the public address does not answer" in canary.words()

        proxy.heal()
        monkeypatch.setattr(flights, "PATIENCE", 1)
        proxy.delay = 0.6  # each way: the stream is there in time, the message is not
        await canary.fly()
        assert "a message did not arrive in time" in canary.words()

        proxy.heal()
        monkeypatch.undo()
        await canary.fly()
        assert canary.well, canary.words()
    assert await Interaction.count() == 0


def exists(pid):
    return Path(f"/proc/{pid}").exists()


def workers_of(server):
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def both(server):
    pids = workers_of(server)
    return pids if len(pids) == 2 else None


@pytest.mark.parametrize(
    ("workers", "variables", "sentence"),
    [
        ("2", {}, "SQLite serves one process: set DATABASE_URL to PostgreSQL for more."),
        ("2", {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, "set PARLEY_REDIS_URL."),
        ("0", {}, "At least one worker serves."),
    ],
    ids=["sqlite", "no redis", "none"],
)
@ON_SQLITE
async def test_many_workers_need_a_database_and_a_bus_for_many(
    settings, workers, variables, sentence
):
    # R6
    code, _, errors = await ended(settings, "serve", "--workers", workers, **variables)

    assert code == 1
    assert errors.strip().endswith(sentence)
    assert len(errors.strip().splitlines()) == 1


@ON_SQLITE
async def test_no_header_of_a_client_counts_as_its_address(settings, bob):
    # S2, with uvicorn as the command starts it
    await database.engine().close()
    async with serving(settings, PARLEY_LIMIT_SIGN_IN="3") as server, server.client() as somebody:
        await ready(somebody)
        statuses = []
        for number in range(5):
            claimed = {"X-Forwarded-For": f"203.0.113.{number}"}
            form = {"email": "bob@parley.test", "password": "wrong password"}
            answer = await somebody.post("/sign-in", data=form, headers=claimed)
            statuses.append(answer.status_code)

    assert statuses == [422, 422, 422, 429, 429]


@ON_SQLITE
async def test_a_wrong_setting_ends_the_start_in_one_sentence(settings):
    code, _, errors = await ended(settings, "serve", DATABASE_URL="mysql://x")

    assert code == 1
    assert errors.startswith("The setting DATABASE_URL is wrong")
    assert len(errors.strip().splitlines()) == 1


@ON_SQLITE
async def test_a_port_that_is_taken_is_said_in_one_sentence(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code, _, errors = await ended(settings, "serve", PORT=str(port))

    assert code == 1
    assert errors.strip() == f"Port {port} on 127.0.0.1 cannot be used: Address already in use."


@ON_SQLITE
async def test_the_first_admin_is_made_by_a_command(settings, db):
    await database.engine().close()
    arguments = ("create-admin", "vera@parley.test", "Vera")

    code, output, _ = await ended(settings, *arguments, PARLEY_ADMIN_PASSWORD=PASSWORD)
    again, _, errors = await ended(settings, *arguments, PARLEY_ADMIN_PASSWORD=PASSWORD)

    assert (code, output) == (0, "vera@parley.test can sign in as an admin.\n")
    assert (again, errors) == (1, "There is an account with this e-mail already.\n")
    [vera] = await Agent.objects()
    assert (vera.name, vera.role) == ("Vera", "admin")


@ON_SQLITE
async def test_help_needs_no_database(settings):
    code, output, _ = await ended(settings, "--help", DATABASE_URL="postgres://nobody@127.0.0.1:1")

    assert code == 0
    assert "create-admin" in output
