"""What the demo begins with: people, queues, codes and a widget. Filled in once."""

from app.accounts import service as accounts
from app.agents.tables import Agent
from app.database import unit_of_work
from app.routing.tables import Queue, QueueMember
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

PASSWORD = "parley-demo"
SITES = "http://localhost:* http://127.0.0.1:* http://*.localhost:*"
PEOPLE = (
    ("admin@demo.test", "Demo Admin", "admin", ()),
    ("supervisor@demo.test", "Demo Supervisor", "supervisor", ()),
    ("agent1@demo.test", "Agent One", "agent", ("Sales",)),
    ("agent2@demo.test", "Agent Two", "agent", ("Sales",)),
    ("agent3@demo.test", "Agent Three", "agent", ("Billing",)),
)
CODES = (
    ("Before buying", ("Product advice", "Availability")),
    ("Order", ("Order status", "Address changed", "Delivery date", "Payment problem")),
    ("Returns", ("Damaged on arrival", "Exchange", "Refund")),
    ("Other", ("No reply from visitor", "Not for us")),
)


async def fill() -> bool:
    """Fill in the demo data; False when it is there already."""
    if await Agent.count():
        return False
    async with unit_of_work():
        queues = {name: await _queue(name) for name in ("Sales", "Billing")}
        for email, name, role, members in PEOPLE:
            agent = await accounts.create_agent(
                email=email, name=name, password=PASSWORD, role=role
            )
            for queue in members:
                await QueueMember.insert(QueueMember(queue=queues[queue], agent=agent.id))
        for group, names in CODES:
            codes = [
                WrapUpCode(name=name, group=group, position=position)
                for position, name in enumerate(names)
            ]
            await WrapUpCode.insert(*codes)
        await Widget.insert(
            Widget(
                key="demo",
                name="Lumen & Oak",
                queue=queues["Sales"],
                allowed_sites=SITES,
                colour="#1b3a7a",
                greeting="How can we help?",
                intro="Ask about lamps, delivery or your order.",
                answer_hint="Usually answers within 1 minute",
            )
        )
    return True


async def _queue(name: str) -> int:
    made = await Queue.insert(Queue(name=name)).returning(Queue.id)
    found: int = made[0]["id"]
    return found
