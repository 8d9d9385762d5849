"""What supervisors see at once: numbers, queues, agents, and what needs attention."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.agents.service import status_in_words
from app.agents.tables import Agent
from app.calls.queries import in_a_call as agents_in_calls
from app.canary.mark import MARKED
from app.contacts.names import Person, contact_number, person
from app.floor.today import Day, Today, today
from app.interactions import clocks
from app.interactions.clock_views import NAMES, clocks_of
from app.interactions.clocks import Clock, Clocks
from app.interactions.queries import OVERVIEW, Overview, urls
from app.interactions.tables import ACTIVE, OPEN, Interaction
from app.languages import N_, joined
from app.moments import lasted, now
from app.realtime.presence import Presence
from app.routing.calendars import all_hours
from app.routing.choices import closed_text
from app.routing.hours import Hours
from app.routing.queries import loads
from app.routing.tables import Queue, QueueMember

LONGEST = 5000
# Of first responses in time, in per cent.
GOOD, FAIR = 90, 75
SHOWN = 12
OPEN_ONES = f"""{OVERVIEW}
WHERE i.state IN {OPEN} AND q.name NOT LIKE '{MARKED}'
ORDER BY i.queued_at, i.id LIMIT {LONGEST}
"""
# Glyph and word of a running clock.
WORDS = {
    clocks.OVERDUE: ("bad", N_("Overdue")),
    clocks.DUE_SOON: ("warn", N_("Due soon")),
    clocks.ON_TIME: ("run", N_("On time")),
}
IN_A_LIST = {
    clocks.FIRST_RESPONSE: N_("first response"),
    clocks.REPLY: N_("reply"),
    clocks.RESOLUTION: N_("resolution"),
}
AVAILABILITIES = ("available", "away", "offline")


@dataclass(frozen=True, slots=True)
class Count:
    """A clock that counts on the floor: since when, or for how long while it is paused."""

    what: str
    kind: str
    word: str
    since: datetime
    paused: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The strip at the top."""

    waiting: int
    longest: Count | None
    in_progress: int
    places: int
    available: int
    agents: int
    overdue: int
    overdue_names: str
    due_soon: int
    due_next_at: datetime | None
    breaches: int
    answered: int
    on_time: int | None
    day_kind: str
    target: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue with what goes on in it."""

    id: int
    name: str
    closed: str
    waiting: int
    longest: Count | None
    in_progress: int
    available: int
    members: int
    overdue: int
    breaches: int
    on_time: int | None


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent with what they have in hand; `words` is what a search finds them by."""

    id: int
    person: Person
    status: str
    kind: str
    since: datetime | None
    here: bool
    in_a_call: bool
    load: int
    capacity: int
    unanswered: Count | None
    queues: str
    words: str


@dataclass(frozen=True, slots=True)
class Attention:
    """An interaction that somebody should look at."""

    id: int
    person: Person
    count: Count
    preview: str
    where: str
    waiting: bool
    queue: int
    words: str
    page: str
    base: str


@dataclass(frozen=True, slots=True)
class Floor:
    """Everything on the page."""

    numbers: Numbers
    queues: list[QueueRow]
    agents: list[AgentRow]
    attention: list[Attention]
    more_attention: int


@dataclass(frozen=True, slots=True)
class _Open:
    """An open interaction with its clocks."""

    overview: Overview
    clocks: Clocks
    due: Clock | None


async def floor(presence: Presence) -> Floor:
    """The floor as it is now."""
    at = now()
    hours = await all_hours()
    shown = await _open_ones(hours, at)
    queues = await Queue.objects().where(Queue.archived_at.is_null()).order_by(Queue.name)
    agents = await Agent.objects().where(Agent.disabled_at.is_null()).order_by(Agent.name)
    members = await _members()
    day = await today(queues, hours, at)
    here = presence.all_here("agent")
    free = {agent.id for agent in agents if agent.available and agent.id in here}
    agent_rows = await _agents(agents, queues, members, here, shown)
    queue_rows = [
        _queue(queue, hours[queue.id], shown, members, free, day.of(queue.id), at)
        for queue in queues
    ]
    attention = _attention(shown)
    return Floor(
        numbers=_numbers(shown, agent_rows, free, day, queues),
        queues=queue_rows,
        agents=agent_rows,
        attention=attention[:SHOWN],
        more_attention=max(0, len(attention) - SHOWN),
    )


async def _open_ones(hours: dict[int, Hours], at: datetime) -> list[_Open]:
    found = []
    for row in await Interaction.raw(OPEN_ONES):
        overview = Overview(**row)
        counted = clocks_of(overview, hours[overview.queue_id], at)
        found.append(_Open(overview, counted, counted.next_due))
    return found


async def _members() -> dict[int, set[int]]:
    """The agents of each queue."""
    found = defaultdict(set)
    for row in await QueueMember.select(QueueMember.queue, QueueMember.agent).where(
        QueueMember.agent.disabled_at.is_null()
    ):
        found[row["queue"]].add(row["agent"])
    return found


def count_of(clock: Clock | None) -> Count | None:
    """A running clock as it counts on the floor; None for one that does not run.

    `since` leaves out what is not counted, so that the browser goes on from the right number.
    """
    if clock is None or not clock.running:
        return None
    kind, word = WORDS[clock.state]
    since = (clock.started_at or now()) + timedelta(seconds=clock.wall_seconds - clock.seconds)
    paused = lasted(clock.seconds) if clock.paused else ""
    return Count(NAMES[clock.name][0], kind, word, since, paused)


def _numbers(
    shown: list[_Open], agents: list[AgentRow], free: set[int], day: Today, queues: list[Queue]
) -> Numbers:
    waiting = [one for one in shown if one.overview.state != ACTIVE]
    active = [one for one in shown if one.overview.state == ACTIVE]
    # Of those that take no more: each chat has a place as long as it lasts.
    elsewhere = [one for one in active if one.overview.agent not in free]
    overdue = [one.due for one in shown if one.due and one.due.state == clocks.OVERDUE]
    soon = [one.due for one in shown if one.due and one.due.state == clocks.DUE_SOON]
    names = Counter(IN_A_LIST[clock.name] for clock in overdue)
    targets = {queue.first_response_target for queue in queues}
    members = [row for row in agents if row.queues]
    return Numbers(
        waiting=len(waiting),
        longest=_longest(waiting),
        in_progress=len(active),
        places=sum(row.capacity for row in agents if row.id in free) + len(elsewhere),
        available=sum(row.id in free for row in members),
        agents=len(members),
        overdue=len(overdue),
        overdue_names=joined(name for name, _ in names.most_common()),
        due_soon=len(soon),
        due_next_at=min((clock.due_at for clock in soon if clock.due_at), default=None),
        breaches=day.all.breaches,
        answered=day.all.asked,
        on_time=day.all.on_time,
        day_kind=_kind_of(day.all.on_time),
        target=lasted(min(targets)) if len(targets) == 1 else "",
    )


def _kind_of(share: int | None) -> str:
    """How a share of answers in time looks; empty before there are any."""
    if share is None:
        return ""
    return "good" if share >= GOOD else "warn" if share >= FAIR else "bad"


def _queue(
    queue: Queue,
    hours: Hours,
    shown: list[_Open],
    members: dict[int, set[int]],
    free: set[int],
    day: Day,
    at: datetime,
) -> QueueRow:
    mine = [one for one in shown if one.overview.queue_id == queue.id]
    waiting = [one for one in mine if one.overview.state != ACTIVE]
    return QueueRow(
        id=queue.id,
        name=queue.name,
        closed=closed_text(hours, at),
        waiting=len(waiting),
        longest=_longest(waiting),
        in_progress=len(mine) - len(waiting),
        available=len(members[queue.id] & free),
        members=len(members[queue.id]),
        overdue=sum(1 for one in mine if one.due and one.due.state == clocks.OVERDUE),
        breaches=day.breaches,
        on_time=day.on_time,
    )


def _longest(waiting: Iterable[_Open]) -> Count | None:
    """The one that waits longest for an agent."""
    first = min(waiting, key=lambda one: one.overview.queued_at, default=None)
    if first is None:
        return None
    counted = count_of(first.clocks.first_response) or count_of(first.due)
    kind, word, paused = (
        (counted.kind, counted.word, counted.paused) if counted else ("run", N_("On time"), "")
    )
    return Count(N_("Longest wait"), kind, word, first.overview.queued_at, paused)


async def _agents(
    agents: list[Agent],
    queues: list[Queue],
    members: dict[int, set[int]],
    here: set[int],
    shown: list[_Open],
) -> list[AgentRow]:
    ids = [agent.id for agent in agents]
    load = await loads(ids) if ids else {}
    talking = await agents_in_calls(ids) if ids else set()
    of: dict[int, list[_Open]] = defaultdict(list)
    for one in shown:
        if one.overview.state == ACTIVE and one.overview.agent:
            of[one.overview.agent].append(one)
    rows = []
    for agent in agents:
        theirs = [queue for queue in queues if agent.id in members[queue.id]]
        now_so = {"here": agent.id in here, "in_a_call": agent.id in talking}
        rows.append(_agent(agent, theirs, load[agent.id], of[agent.id], **now_so))
    return sorted(rows, key=lambda row: (AVAILABILITIES.index(row.kind), row.person.name))


def _agent(
    agent: Agent,
    queues: list[Queue],
    load: int,
    theirs: list[_Open],
    *,
    here: bool,
    in_a_call: bool,
) -> AgentRow:
    replies = [one.clocks.reply for one in theirs if one.clocks.reply.running]
    oldest = max(replies, key=lambda clock: clock.seconds, default=None)
    contacts = [_words(one.overview) for one in theirs]
    left = [one.overview.left_at for one in theirs if one.overview.wrap_up_until]
    wraps_up = min((at for at in left if at), default=None) if agent.available else None
    return AgentRow(
        id=agent.id,
        person=person(agent.name, agent.id),
        status=N_("Wrapping up") if wraps_up else status_in_words(agent.status),
        kind=agent.status_kind,
        since=wraps_up or agent.status_since,
        here=here,
        in_a_call=in_a_call,
        load=load,
        capacity=agent.capacity or max((queue.capacity for queue in queues), default=0),
        unanswered=count_of(oldest),
        queues=" ".join(str(queue.id) for queue in queues),
        words=" ".join([agent.name, agent.email, *contacts]),
    )


def _attention(shown: list[_Open]) -> list[Attention]:
    """What is overdue or soon will be, the latest first; then what waits and nobody asks for."""
    found = [one for one in shown if one.due and one.due.state in {clocks.OVERDUE, clocks.DUE_SOON}]
    found.sort(key=lambda one: (one.due.state != clocks.OVERDUE, one.due.due_at) if one.due else ())
    return [line for one in found if (line := _line(one))]


def _line(one: _Open) -> Attention | None:
    count = count_of(one.due)
    if count is None:
        return None
    overview = one.overview
    waiting = overview.state != ACTIVE
    what = N_("Waiting for an agent") if waiting else count.what
    places = [what, overview.queue, *([overview.agent_name] if overview.agent_name else [])]
    return Attention(
        id=overview.id,
        person=overview.person,
        count=count,
        preview=overview.last_preview,
        where=joined(places),
        waiting=waiting,
        queue=overview.queue_id,
        words=f"{_words(overview)} {overview.agent_name or ''}",
        page=urls(overview.id).page,
        base=urls(overview.id).base,
    )


def _words(overview: Overview) -> str:
    return f"{overview.person.name} {contact_number(overview.contact)}"
