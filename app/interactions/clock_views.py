"""The clocks as pages show them: above the transcript, and the one that is due next in a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from app.database import fetch
from app.interactions import clocks, timeline
from app.interactions.clocks import Clock, Clocks, Hop, Segment, Targets
from app.interactions.queries import Overview
from app.interactions.timeline import Line
from app.languages import N_
from app.moments import now
from app.routing.calendars import all_hours, hours_of
from app.routing.hours import Hours

# How far the browser can count by itself: so many open stretches, and no farther than this.
STRETCHES, AHEAD = 12, timedelta(days=31)

NAMES = {
    clocks.FIRST_RESPONSE: (N_("Time to first response"), N_("First response"), N_("Response")),
    clocks.REPLY: (N_("Time to reply"), N_("Reply"), N_("Reply")),
    clocks.RESOLUTION: (N_("Time to resolution"), N_("Resolution"), N_("Resolve")),
}
WORDS = {
    clocks.ON_TIME: N_("On time"),
    clocks.DUE_SOON: N_("Due soon"),
    clocks.OVERDUE: N_("Overdue"),
    clocks.MET: N_("Met"),
    clocks.LATE: N_("Late"),
    clocks.STOPPED: N_("Not answered"),
    clocks.IDLE: N_("No message"),
}
PAUSED, MISSED = N_("Paused"), N_("Missed")
ANSWERED, ANSWERED_LATE = N_("Answered"), N_("Answered late")

# The notices of an interaction, each with the next words of an agent after it.
NOTICES = """
SELECT e.kind, e.author, e.notice, e.body, e.created_at AS at, a.name AS agent,
       (SELECT m.created_at FROM entries m
        WHERE m.interaction = e.interaction AND m.seq > e.seq
          AND m.kind = 'message' AND m.author = 'agent'
        ORDER BY m.seq LIMIT 1) AS answered_at
FROM entries e LEFT JOIN agents a ON a.id = e.agent
WHERE e.interaction = {} AND e.kind = 'notice' AND e.notice NOT IN ('visited', 'breached')
ORDER BY e.seq
"""
QUEUES = """
SELECT q.name, q.id = w.queue AS first
FROM interactions i JOIN widgets w ON w.id = i.widget CROSS JOIN queues q
WHERE i.id = {}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the pop-up; `until` or `since` where the queue closed or opened beside it."""

    label: str
    seconds: float
    counted: bool
    until: datetime | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock as it stood at `at`, with what a browser needs to go on counting.

    `open` are the coming open stretches in seconds since 1970, None for a queue that never closes.
    """

    name: str
    label: str
    short: str
    row_word: str
    state: str
    word: str
    running: bool
    started: bool
    seconds: float
    wall_seconds: float
    target: float
    percent: float
    at: datetime
    due_at: datetime | None
    open: str | None
    parts: Sequence[Part] = ()
    hops: Sequence[Hop] = ()


@dataclass(frozen=True, slots=True)
class ClocksView:
    """The clocks of an interaction as they stood at `at`; each is drawn up when it is asked for.

    `way` is through whose hands it went, with the words of an agent that followed each.
    """

    interaction: int
    counted: Clocks
    hours: Hours
    at: datetime
    way: Sequence[clocks.Event]

    @property
    def all(self) -> list[ClockView]:
        """The bar above a transcript."""
        hops = clocks.hops(self.way, hours=self.hours, now=self.at)
        return [
            _view(one, self.hours, self.at, hops if one.name == clocks.FIRST_RESPONSE else [])
            for one in self.counted.all
        ]

    @property
    def reply(self) -> ClockView:
        """The clock that words turn again and again."""
        return _view(self.counted.reply, self.hours, self.at)

    @property
    def row(self) -> ClockView | None:
        """The clock that a list shows; None when none runs."""
        return row_clock(self.counted, self.hours, self.at)


def clocks_of(interaction: Overview, hours: Hours, at: datetime) -> Clocks:
    """The clocks of an interaction, counted without its log and not in parts."""
    events = timeline.from_marks(timeline.marks_of(interaction))
    return _counted(interaction, events, hours, at, in_parts=False)


async def clocks_bar(interaction: Overview) -> ClocksView:
    """The three clocks with what makes up their numbers."""
    at = now()
    hours = await hours_of(interaction.queue_id) if interaction.has_hours else Hours()
    lines = [
        Line(**{**row, "agent": row["agent"] or ""}) for row in await fetch(NOTICES, interaction.id)
    ]
    queue, queues = await _queues(interaction, lines)
    events = timeline.from_marks(timeline.marks_of(interaction))
    way = timeline.way_of(lines, events, queue=queue, queues=queues)
    found = _counted(interaction, timeline.with_labels(events, way), hours, at)
    return ClocksView(interaction.id, found, hours, at, timeline.with_answers(way, lines))


def row_clock(found: Clocks, hours: Hours, at: datetime) -> ClockView | None:
    """The clock that a list shows, without its parts; None when none runs."""
    due = found.next_due
    return _view(due, hours, at, with_parts=False) if due else None


async def hours_for(interactions: Iterable[Overview]) -> dict[int, Hours]:
    """The hours of their queues by the queue's id; nothing is read where no queue closes."""
    queues = {one.queue_id: one.has_hours for one in interactions}
    if not any(queues.values()):
        return dict.fromkeys(queues, Hours())
    return await all_hours()


def _counted(
    interaction: Overview,
    events: Sequence[clocks.Event],
    hours: Hours,
    at: datetime,
    *,
    in_parts: bool = True,
) -> Clocks:
    targets = Targets(
        interaction.first_response_target, interaction.reply_target, interaction.resolution_target
    )
    return clocks.clocks(events, hours=hours, targets=targets, now=at, in_parts=in_parts)


async def _queues(interaction: Overview, lines: Iterable[Line]) -> tuple[str, set[str]]:
    """The queue in which it began, and the names of all, where it may have been in others."""
    if not any(line.notice in {"forwarded", "overflow"} for line in lines):
        return interaction.queue, {interaction.queue}
    rows = await fetch(QUEUES, interaction.id)
    first = next((row["name"] for row in rows if row["first"]), interaction.queue)
    return first, {row["name"] for row in rows}


def _view(
    clock: Clock,
    hours: Hours,
    at: datetime,
    hops: Sequence[Hop] = (),
    *,
    with_parts: bool = True,
) -> ClockView:
    label, short, row_word = NAMES[clock.name]
    state, word = _state(clock)
    return ClockView(
        name=clock.name,
        label=label,
        short=short,
        row_word=row_word,
        state=state,
        word=word,
        running=clock.running,
        started=clock.started_at is not None,
        seconds=clock.seconds,
        wall_seconds=clock.wall_seconds,
        target=clock.target,
        percent=round(min(1, clock.share) * 100, 1),
        at=at,
        due_at=clock.due_at,
        open=_open(hours, at) if clock.running else None,
        parts=_parts(clock.segments) if with_parts else (),
        hops=hops,
    )


def _state(clock: Clock) -> tuple[str, str]:
    """Its state as it is drawn, and the word beside it."""
    if clock.name == clocks.REPLY and clock.state in {clocks.MET, clocks.LATE}:
        return "answered", ANSWERED if clock.state == clocks.MET else ANSWERED_LATE
    if clock.name == clocks.RESOLUTION and clock.state == clocks.STOPPED:
        return clock.state, MISSED
    if clock.paused and clock.state == clocks.ON_TIME:
        return clock.state, PAUSED
    return clock.state, WORDS[clock.state]


def _open(hours: Hours, at: datetime) -> str | None:
    if hours.always:
        return None
    ahead = islice(hours.open_between(at, at + AHEAD), STRETCHES)
    # The first second not after `at`: the queue is not closed for the rest of that second.
    return " ".join(f"{int(first.timestamp())}-{int(last.timestamp())}" for first, last in ahead)


def _parts(segments: Sequence[Segment]) -> list[Part]:
    """The segments with the times at which the queue closed and opened.

    Their seconds are told so that the whole seconds of those that count add up to the clock's.
    """
    beside = [None, *segments, None]
    counted = 0.0
    parts = []
    for before, one, after in zip(beside, segments, beside[2:], strict=False):
        part = Part(
            label=one.label,
            seconds=one.seconds + counted % 1 if one.counted else one.seconds,
            counted=one.counted,
            until=one.end if one.counted and after and not after.counted else None,
            since=one.start if one.counted and before and not before.counted else None,
        )
        counted += one.seconds if one.counted else 0
        parts.append(part)
    return parts
