"""The voice calls of a report."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from app.calls.service import LOST, NO_ROUTE, UNANSWERED
from app.calls.tables import Call
from app.contacts.names import Person, person
from app.reports.asked import BEGAN, Asked, day_of, values
from app.reports.measures import Lasting, lasting
from app.routing.calendars import all_hours

EVERY_CALL = """
SELECT c.agent, a.name, c.how, c.answered_at, c.ended_at, i.queue, i.first_message_at
FROM calls c
JOIN interactions i ON i.id = c.interaction
JOIN queues q ON q.id = i.queue
JOIN agents a ON a.id = c.agent
"""
CALLS = EVERY_CALL + BEGAN + "AND ({} = 0 OR c.agent = {}) AND c.ended_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class CallsRow:
    """The calls of an agent.

    Nobody answered `missed` ones in time; `failed` ones broke off, or found no way between the
    browsers. Others without an answer were declined, or taken back.
    """

    person: Person
    calls: int
    answered: int
    missed: int
    failed: int
    talked: Lasting | None


async def calls(asked: Asked) -> list[CallsRow]:
    """By agent, the calls that have ended, of chats that began in the period."""
    hours = await all_hours()
    names: dict[int, str] = {}
    talked: dict[int, list[float]] = defaultdict(list)
    count, missed, failed = Counter[int](), Counter[int](), Counter[int]()
    for row in await Call.raw(CALLS, *values(asked)):
        if day_of(row["first_message_at"], hours[row["queue"]]) not in asked.period:
            continue
        agent = row["agent"]
        names[agent] = row["name"]
        count[agent] += 1
        missed[agent] += row["how"] == UNANSWERED
        failed[agent] += row["how"] in {LOST, NO_ROUTE}
        if row["answered_at"]:
            talked[agent].append((row["ended_at"] - row["answered_at"]).total_seconds())
    return [
        CallsRow(
            person(name, agent),
            count[agent],
            len(talked[agent]),
            missed[agent],
            failed[agent],
            lasting(talked[agent]),
        )
        for agent, name in sorted(names.items(), key=lambda item: (item[1], item[0]))
    ]
