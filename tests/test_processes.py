"""What only a process of its own shows: start, refusal to start, end, and kill -9."""

import asyncio
import socket

import httpx

from app import database
from app.agents.tables import Agent
from app.interactions.tables import Entry, Interaction
from tests.builders import PASSWORD, a_nonce, a_session
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.processes import ended, serving
from tests.waiting import eventually

VIC = {"Cookie": "__Host-parley-shop=token-of-vic"}


async def ready(somebody):
    async def answers():
        try:
            return (await somebody.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    await eventually(answers, within=30)


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


@ON_POSTGRES
async def test_two_processes_share_a_postgresql(settings, vic):
    # R6, R3
    await database.engine().close()
    form = {"body": "Hello", "nonce": a_nonce()}
    async with (
        serving(settings) as one,
        serving(settings) as two,
        one.client(**VIC) as here,
        two.client(**VIC) as there,
    ):
        await asyncio.gather(ready(here), ready(there))

        answers = await asyncio.gather(
            *(
                somebody.post("/widget/shop/messages", data=form)
                for somebody in (here, there)
                for _ in range(10)
            )
        )

    assert {answer.status_code for answer in answers} == {200}
    assert await Entry.count().where(Entry.author == "contact") == 1


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
