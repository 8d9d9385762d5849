import asyncio

import pytest

from app import database
from app.database import unit_of_work
from app.interactions import log, messages
from app.interactions.events import EntryWritten
from app.interactions.log import NewEntry, NonceUsed
from app.interactions.tables import ACTIVE, ARCHIVED, Entry, Interaction
from app.problems import Refused
from tests.builders import a_nonce, an_interaction


async def numbers(interaction):
    rows = await Entry.select(Entry.seq).where(Entry.interaction == interaction.id)
    return sorted(row["seq"] for row in rows)


async def last_seq(interaction):
    return (await Interaction.objects().get(Interaction.id == interaction.id)).last_seq


async def test_numbers_have_no_gaps_when_both_sides_write_at_once(bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=["Hello"])

    await asyncio.gather(
        *(
            messages.post_from_visitor(vic, body=f"Question {n}", nonce=a_nonce())
            if n % 2
            else messages.post_from_agent(interaction.id, by=bob, body=f"{n}", nonce=a_nonce())
            for n in range(40)
        )
    )

    assert await numbers(interaction) == list(range(1, 42))
    assert await last_seq(interaction) == 41


async def test_entries_written_together_are_numbered_in_their_order(bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=[])

    async with unit_of_work():
        await log.write(
            interaction.id, log.notice("waiting"), log.notice("left"), states=(ACTIVE,), refusal=""
        )

    rows = await Entry.select().where(Entry.interaction == interaction.id).order_by(Entry.seq)
    assert [(row["seq"], row["notice"]) for row in rows] == [(1, "waiting"), (2, "left")]


async def test_a_refused_write_leaves_no_trace(bob, vic):
    interaction = await an_interaction(vic, agent=bob, state=ARCHIVED, words=["Hello"])

    with pytest.raises(Refused, match="Not now"):
        async with unit_of_work():
            await log.write(interaction.id, log.notice("left"), states=(ACTIVE,), refusal="Not now")

    assert await numbers(interaction) == [1]
    assert await last_seq(interaction) == 1


async def test_a_used_nonce_takes_no_number(bob, vic):
    # R3
    interaction = await an_interaction(vic, agent=bob, words=[])
    message = NewEntry(log.MESSAGE, log.CONTACT, body="Hello", nonce="nonce-of-vic")

    async with unit_of_work():
        await log.write(interaction.id, message, states=(ACTIVE,), refusal="")
    with pytest.raises(NonceUsed):
        async with unit_of_work():
            await log.write(interaction.id, message, states=(ACTIVE,), refusal="")

    assert await numbers(interaction) == [1]
    assert await last_seq(interaction) == 1


async def test_what_was_written_is_told_after_the_commit_only(bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=[])
    told = []

    async def hear(fact):
        told.append((fact, await numbers(interaction)))

    database.listen(EntryWritten, hear)

    async with unit_of_work():
        await log.write(interaction.id, log.notice("left"), states=(ACTIVE,), refusal="")
        assert told == []

    assert told == [(EntryWritten(interaction.id, 1, visitor=vic.id, agent=bob.id), [1])]


async def test_nothing_is_told_of_what_was_rolled_back(bob, vic):
    interaction = await an_interaction(vic, agent=bob, words=[])
    told = []

    async def hear(fact):
        told.append(fact)

    database.listen(EntryWritten, hear)

    async def fail():
        async with unit_of_work():
            await log.write(interaction.id, log.notice("left"), states=(ACTIVE,), refusal="")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert told == []
    assert await numbers(interaction) == []
