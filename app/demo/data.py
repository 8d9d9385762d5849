"""What the demo begins with: people, queues, codes and a widget. Filled in once."""

from app.accounts import service as accounts
from app.agents.tables import Agent
from app.database import unit_of_work
from app.responses.search import folded, words_of
from app.responses.tables import StandardResponse
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
# Title, shortcut, folder, queue, text.
RESPONSES = (
    (
        "Greeting",
        "hello",
        "Greetings",
        "",
        "Hello {contact.name}, this is {agent.name} of Lumen & Oak. How can I help you?",
    ),
    (
        "A moment, please",
        "moment",
        "Greetings",
        "",
        "Thank you for waiting. I am looking it up for you, *one moment*.",
    ),
    (
        "Delivery time",
        "delivery",
        "Orders",
        "Sales",
        (
            "Lamps in stock leave us within **two working days**; large ones come with a carrier "
            "who calls you before."
        ),
    ),
    (
        "Order number, please",
        "order",
        "Orders",
        "",
        "Could you tell me your order number? It stands in our e-mail and begins with LO.",
    ),
    (
        "Refund",
        "refund",
        "Returns",
        "",
        (
            "We refund **{amount}** within ten days to the card you paid with. For questions, your "
            "chat has the number {interaction.number}."
        ),
    ),
    (
        "Farewell",
        "bye",
        "Farewells",
        "",
        "Thank you, {contact.name}, and enjoy your lamp!\n\n{agent.name}, {queue.name}",
    ),
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
        for title, shortcut, folder, name, body in RESPONSES:
            await StandardResponse.insert(
                StandardResponse(
                    title=title,
                    shortcut=shortcut,
                    folder=folder,
                    body=body,
                    queue=queues.get(name),
                    title_words=folded(title),
                    words=words_of(title=title, shortcut=shortcut, folder=folder, body=body),
                )
            )
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
                calls=True,
            )
        )
    return True


async def _queue(name: str) -> int:
    made = await Queue.insert(Queue(name=name)).returning(Queue.id)
    found: int = made[0]["id"]
    return found
