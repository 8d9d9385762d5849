"""Races: processes that route, and people who answer, all at once on one database."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from app import database
from app.agents.tables import Agent
from app.interactions.tables import ARCHIVED, OFFERED, QUEUED, Entry, Interaction
from app.routing import offers
from app.routing.line import line
from app.routing.service import Rules, members, offer_waiting
from app.routing.tables import Offer, Queue, QueueMember
from tests.builders import a_widget, a_wrap_up_code, an_agent
from tests.databases import ON_POSTGRES

PROCESSES, STEPS = 3, 25


@pytest.fixture
async def crowd(settings, db, sales, billing):
    """Two queues, one of each mode; six agents, two of whom take chats of both; codes."""
    await Queue.update({Queue.mode: "broadcast"}).where(Queue.id == billing.id)
    for number in range(6):
        of = [sales, billing] if number in {2, 3} else [sales] if number < 2 else [billing]
        await an_agent(f"Agent {number}", email=f"a{number}@parley.test", queues=of, capacity=2)
    for queue in (sales, billing):
        await a_widget(queue, key=queue.name.lower())
    await a_wrap_up_code()
    await database.engine().close()
    return settings


@ON_POSTGRES
async def test_processes_that_race_keep_every_promise(crowd):
    racers = [await racer(crowd, number) for number in range(PROCESSES)]
    watching = asyncio.create_task(watched(racers))

    ended = [await process.communicate() for process in racers]
    seen = await watching

    for process, (_, errors) in zip(racers, ended, strict=True):
        assert process.returncode == 0, errors.decode()
    assert seen > 10
    assert await Interaction.count().where(Interaction.state == ARCHIVED) > 5
    await everything_is_answered_for()
    await nobody_stays_idle()


async def racer(settings, number):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.system.racing",
        settings.database_url,
        str(settings.data),
        str(number),
        str(STEPS),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def watched(racers):
    """Look at the whole again and again while they race; how often it was looked at."""
    looks = 0
    while any(process.returncode is None for process in racers):
        await nobody_is_over_capacity()
        looks += 1
        await asyncio.sleep(0.05)
    return looks


HANDS = """
SELECT a.name, a.capacity,
  (SELECT COUNT(*) FROM interactions i WHERE i.state = 'active' AND i.agent = a.id)
  + (SELECT COUNT(*) FROM offers o WHERE o.outcome = '' AND o.agent = a.id)
  + (SELECT COUNT(*) FROM interactions i WHERE i.state = 'offered' AND i.forwarded_by = a.id)
  AS load
FROM agents a
"""
ASKED = """
SELECT i.id, i.state, q.mode, i.forwarded_by,
  (SELECT COUNT(*) FROM offers o WHERE o.interaction = i.id AND o.outcome = '') AS open
FROM interactions i JOIN queues q ON q.id = i.queue
"""


async def nobody_is_over_capacity():
    """One statement sees one moment."""
    for row in await Agent.raw(HANDS):
        assert row["load"] <= row["capacity"], row
    for row in await Interaction.raw(ASKED):
        assert (row["state"] == OFFERED) == (row["open"] > 0), row
        if row["mode"] == "assigned" or row["forwarded_by"]:
            assert row["open"] <= 1, row


async def everything_is_answered_for():
    """Each accepted offer is one joining, in a log without gaps; each was made to a member."""
    joined = Counter(
        row["interaction"]
        for row in await Entry.select(Entry.interaction).where(Entry.notice == "joined")
    )
    accepted = Counter(
        row["interaction"]
        for row in await Offer.select(Offer.interaction).where(Offer.outcome == offers.ACCEPTED)
    )
    assert joined == accepted
    numbers = {}
    for row in await Entry.select(Entry.interaction, Entry.seq).order_by(Entry.seq):
        numbers.setdefault(row["interaction"], []).append(row["seq"])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in numbers.values())
    of = {(row["queue"], row["agent"]) for row in await QueueMember.select()}
    for made in await Offer.select(Offer.queue, Offer.agent, Offer.from_agent):
        assert made["from_agent"] or (made["queue"], made["agent"]) in of


async def nobody_stays_idle():
    """When all is quiet, one pass leaves nothing waiting that somebody could take."""
    present = {row["id"] for row in await Agent.select(Agent.id)}
    rules = Rules(again_after=0)
    await offer_waiting(present=present, rules=rules)
    for one in await line():
        if one.interaction.state != QUEUED:
            continue
        free = [c for c in await members(one.queue, present=present) if c.load < c.capacity]
        assert not [c for c in free if c.available], one.interaction.id
