"""One process of a race: it routes, and plays visitors and agents, so many steps each.

Run as `python -m tests.system.racing DATABASE_URL DATA NUMBER STEPS`; whatever is not a refusal
ends it with an error.
"""

import asyncio
import itertools
import random
import sys
from pathlib import Path

from app import database
from app.agents.tables import Agent
from app.interactions import messages
from app.interactions import service as interactions
from app.interactions.tables import ACTIVE, Interaction
from app.problems import Refused
from app.routing import forwarding, offers
from app.routing.service import Rules, end_due_offers, offer_waiting
from app.routing.tables import Offer, Queue
from app.settings import Settings
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode
from tests.builders import a_nonce, a_visitor

RULES = Rules(again_after=0, unseen_after=2)
PLAYERS = 4
_numbers = itertools.count(1)


async def routes():
    agents = {row["id"] for row in await Agent.select(Agent.id)}
    await offer_waiting(present=agents, rules=RULES)
    await end_due_offers(RULES)


async def somebody_writes(dice, name):
    if await Interaction.count().where(Interaction.state != "archived") > 25:
        return
    widgets = await Widget.objects()
    token = f"{name}-{next(_numbers)}"
    visitor = await a_visitor(dice.choice(widgets), token=token, first_nonce=token)
    await messages.post_from_visitor(visitor, body="Hello", nonce=f"{token}-{a_nonce()}")


async def somebody_answers(dice, _):
    found = await Offer.objects().where(Offer.outcome == "")
    if not found:
        return
    made = dice.choice(found)
    by = await Agent.objects().get(Agent.id == made.agent)
    if dice.random() < 0.7:
        await offers.accept(made, by=by)
    else:
        await offers.decline(made)


async def somebody_goes_on(dice, _):
    found = await Interaction.objects().where(Interaction.state == ACTIVE)
    if not found:
        return
    one = dice.choice(found)
    by = await Agent.objects().get(Agent.id == one.agent)
    turn = dice.random()
    if turn < 0.5:
        code = await WrapUpCode.objects().first()
        await interactions.archive(one.id, by=by, code=code)
    elif turn < 0.8:
        to = dice.choice(await Agent.objects())
        queue = await Queue.objects().get(Queue.id == one.queue)
        await forwarding.to_agent(one.id, by=by, to=to, queue=queue)
    else:
        await forwarding.to_queue(one.id, by=by, queue=dice.choice(await Queue.objects()))


TURNS = (somebody_writes, somebody_answers, somebody_answers, somebody_goes_on)


async def play(seed, steps):
    dice = random.Random(seed)
    for _ in range(steps):
        try:
            if dice.random() < 0.2:
                await routes()
            else:
                await dice.choice(TURNS)(dice, seed)
        except Refused:
            continue  # somebody else was quicker


async def race(url, data, number, steps):
    database.bind(database.engine_for(Settings(data=Path(data), database_url=url)))
    database.forget_listeners()
    try:
        async with asyncio.TaskGroup() as group:
            for player in range(PLAYERS):
                group.create_task(play(f"{number}-{player}", steps))
    finally:
        await database.engine().close()


if __name__ == "__main__":
    _, url, data, number, steps = sys.argv
    asyncio.run(race(url, data, number, int(steps)))
