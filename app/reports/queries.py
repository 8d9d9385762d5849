"""Reads the chats of a report, and what became of their offers."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.contacts.names import Person, person
from app.interactions import timeline
from app.interactions.clocks import Targets, clocks
from app.interactions.tables import Interaction
from app.languages import N_
from app.moments import now
from app.problems import Invalid
from app.reports.asked import BEGAN, Asked, day_of, values
from app.reports.calls import CallsRow, calls
from app.reports.measures import Chat, Measures, measured, share
from app.reports.period import Period
from app.routing.calendars import all_hours
from app.routing.hours import Hours
from app.routing.offers import ACCEPTED, DECLINED, EXPIRED, UNSEEN
from app.routing.tables import Offer

MOST = 20_000
EVERY_CHAT = """
SELECT i.id, i.state, i.contact, i.rating, i.first_message_at, i.first_response_at,
       i.reply_started_at, i.replied_at, i.awaiting_reply_since, i.reopened_at, i.archived_at,
       q.id AS queue, q.name AS queue_name,
       q.first_response_target, q.reply_target, q.resolution_target,
       i.agent, a.name AS agent_name, w.name AS wrap_up,
       (SELECT COUNT(*) FROM breaches b
        WHERE b.interaction = i.id AND b.clock = 'reply') AS late_replies
FROM interactions i
JOIN queues q ON q.id = i.queue
LEFT JOIN agents a ON a.id = i.agent
LEFT JOIN wrap_up_codes w ON w.id = i.wrap_up_code
"""
EVERY_OFFER = """
SELECT o.agent, a.name, o.outcome, o.interaction, i.queue, i.first_message_at
FROM offers o
JOIN interactions i ON i.id = o.interaction
JOIN queues q ON q.id = i.queue
JOIN agents a ON a.id = o.agent
"""
CHATS = (
    EVERY_CHAT + BEGAN + "AND ({} = 0 OR i.agent = {}) ORDER BY i.first_message_at, i.id LIMIT {}"
)
OFFERS = EVERY_OFFER + BEGAN + "AND ({} = 0 OR o.agent = {}) ORDER BY o.id"


@dataclass(frozen=True, slots=True)
class Offers:
    """What became of the offers of one agent."""

    made: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    name: str
    measures: Measures


@dataclass(frozen=True, slots=True)
class Step:
    """A day, or a week, of a report."""

    period: Period
    measures: Measures


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent with their offers and their chats."""

    person: Person
    offers: Offers
    measures: Measures


@dataclass(frozen=True, slots=True)
class CodeRow:
    """How often a wrap-up code was chosen."""

    name: str
    count: int
    share: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page."""

    counted_at: datetime
    all: Measures
    steps: list[Step]
    queues: list[Row]
    agents: list[AgentRow]
    codes: list[CodeRow]
    calls: list[CallsRow]

    @property
    def busiest(self) -> int:
        """The most chats that a step has."""
        return max((step.measures.chats for step in self.steps), default=0)


@dataclass(frozen=True, slots=True)
class _Offered:
    """An offer of a chat in the report."""

    agent: int
    agent_name: str
    outcome: str
    interaction: int


async def report(asked: Asked) -> Report:
    """The report that is asked for."""
    found, offered, called = await chats(asked), await _offered(asked), await calls(asked)
    # In a thread: counting thousands takes longer than messages should wait.
    return await asyncio.to_thread(_counted, asked.period, found, offered, called)


async def chats(asked: Asked) -> list[Chat]:
    """The chats that began in the period, each on the day that it was where its queue is.

    Raises Invalid when there are more than can be counted at once.
    """
    hours = await all_hours()
    rows = await Interaction.raw(CHATS, *values(asked), MOST + 1)
    if len(rows) > MOST:
        raise Invalid(
            {"last": N_("These days have more than {most} chats. Choose fewer.", most=MOST)}
        )
    return await asyncio.to_thread(_chats, rows, hours, asked.period)


async def agents_of(asked: Asked) -> dict[int, list[str]]:
    """By chat, the names of all who took it, in their order."""
    names: dict[int, list[str]] = defaultdict(list)
    for one in await _offered(asked):
        if one.outcome == ACCEPTED and one.agent_name not in names[one.interaction][-1:]:
            names[one.interaction].append(one.agent_name)
    return names


def _counted(
    period: Period, found: list[Chat], offered: list[_Offered], called: list[CallsRow]
) -> Report:
    return Report(
        counted_at=now(),
        all=measured(found),
        steps=_steps(found, period),
        queues=_queues(found),
        agents=_agents(found, offered),
        codes=_codes(found),
        calls=called,
    )


def _chats(rows: list[dict[str, Any]], hours: dict[int, Hours], period: Period) -> list[Chat]:
    at = now()
    found = (_chat(row, hours[row["queue"]], at) for row in rows)
    return [chat for chat in found if chat.day in period]


def _chat(row: dict[str, Any], hours: Hours, at: datetime) -> Chat:
    marks = timeline.Marks(**{name: row[name] for name in timeline.MARKS})
    targets = Targets(row["first_response_target"], row["reply_target"], row["resolution_target"])
    return Chat(
        id=row["id"],
        day=day_of(row["first_message_at"], hours),
        began_at=row["first_message_at"],
        state=row["state"],
        contact=row["contact"],
        queue=row["queue"],
        queue_name=row["queue_name"],
        agent=row["agent"],
        agent_name=row["agent_name"] or "",
        wrap_up=row["wrap_up"] or "",
        rating=row["rating"],
        late_replies=row["late_replies"],
        archived_at=row["archived_at"],
        clocks=clocks(timeline.from_marks(marks), hours=hours, targets=targets, now=at),
    )


async def _offered(asked: Asked) -> list[_Offered]:
    hours = await all_hours()
    return [
        _Offered(row["agent"], row["name"], row["outcome"], row["interaction"])
        for row in await Offer.raw(OFFERS, *values(asked))
        if day_of(row["first_message_at"], hours[row["queue"]]) in asked.period
    ]


def _steps(found: Sequence[Chat], period: Period) -> list[Step]:
    steps = period.steps
    if len(steps) == 1:
        return []
    within: dict[Period, list[Chat]] = {step: [] for step in steps}
    of_day = {step.first + timedelta(days=day): step for step in steps for day in range(step.days)}
    for chat in found:
        within[of_day[chat.day]].append(chat)
    return [Step(step, measured(chats)) for step, chats in within.items()]


def _queues(found: Iterable[Chat]) -> list[Row]:
    of: dict[str, list[Chat]] = defaultdict(list)
    for chat in found:
        of[chat.queue_name].append(chat)
    return [Row(name, measured(chats)) for name, chats in sorted(of.items())]


def _agents(found: Iterable[Chat], offered: Iterable[_Offered]) -> list[AgentRow]:
    of: dict[int, list[Chat]] = defaultdict(list)
    names: dict[int, str] = {}
    outcomes: dict[int, Counter[str]] = defaultdict(Counter)
    for chat in found:
        if chat.agent:
            of[chat.agent].append(chat)
            names[chat.agent] = chat.agent_name
    for one in offered:
        outcomes[one.agent][one.outcome] += 1
        names[one.agent] = one.agent_name
    return [
        AgentRow(person(name, agent), _offers(outcomes[agent]), measured(of[agent]))
        for agent, name in sorted(names.items(), key=lambda item: (item[1], item[0]))
    ]


def _offers(outcomes: Counter[str]) -> Offers:
    return Offers(
        outcomes.total(),
        outcomes[ACCEPTED],
        outcomes[DECLINED],
        outcomes[EXPIRED] + outcomes[UNSEEN],
    )


def _codes(found: Iterable[Chat]) -> list[CodeRow]:
    counts = Counter(chat.wrap_up for chat in found if chat.wrap_up)
    return [
        CodeRow(name, count, share(count, counts.total())) for name, count in counts.most_common()
    ]
