"""The service-level clocks: pure functions over the log, a calendar and targets.

Time to first response: from the first visitor message (or the reopening) to the agent's first.
Time to reply: from the oldest visitor message that no agent message has followed yet.
Time to resolution: from the first visitor message to the archive; a reopening lets it run on.
One function serves screen, sweep and report.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.routing.hours import Hours

FIRST_RESPONSE, REPLY, RESOLUTION = "first_response", "reply", "resolution"
VISITOR, AGENT, QUEUED, ACCEPTED = "visitor", "agent", "queued", "accepted"
REOPENED, ARCHIVED, MISSED = "reopened", "archived", "missed"
ENDS = {ARCHIVED, MISSED}
AMBER = 0.75

ON_TIME, DUE_SOON, OVERDUE = "on_time", "due_soon", "overdue"
MET, LATE, IDLE = "met", "late", "idle"


@dataclass(frozen=True, slots=True)
class Event:
    """What the clocks read of an entry of the log; `label` says with whom the time is then."""

    kind: str
    at: datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Targets:
    """Seconds allowed for each clock."""

    first_response: float = 60
    reply: float = 120
    resolution: float = 30 * 60


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a clock's time: counted while open, not counted while closed."""

    label: str
    start: datetime
    end: datetime
    counted: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at a moment. `ended_at` is None while it runs; `idle` when nothing was asked.

    `seconds` is business time, `wall_seconds` all time; `due_at` is when the target is, or was,
    reached, None when the calendar never gets there.
    """

    name: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    target: float
    seconds: float
    wall_seconds: float
    segments: tuple[Segment, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it counts, or would if the queue were open."""
        return self.started_at is not None and self.ended_at is None

    @property
    def share(self) -> float:
        """How much of the target is used; more than 1 when it is breached."""
        return self.seconds / self.target if self.target else 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """The three clocks of an interaction."""

    first_response: Clock
    reply: Clock
    resolution: Clock

    @property
    def all(self) -> tuple[Clock, Clock, Clock]:
        """In the order of the screen."""
        return (self.first_response, self.reply, self.resolution)

    @property
    def next_due(self) -> Clock | None:
        """The running clock that is due first, breached ones included."""
        due = [clock for clock in self.all if clock.running and clock.due_at is not None]
        return min(due, key=lambda clock: clock.due_at or clock.started_at, default=None)  # type: ignore[arg-type,return-value]


def clocks(log: Sequence[Event], *, hours: Hours, targets: Targets, now: datetime) -> Clocks:
    """The clocks of a log, in its order, at a moment."""
    spans = {
        FIRST_RESPONSE: _first_response(log),
        REPLY: _reply(log),
        RESOLUTION: _resolution(log),
    }
    made = {
        name: _clock(name, span, log, hours, getattr(targets, name), now)
        for name, span in spans.items()
    }
    return Clocks(**made)


def spans_of_reply(log: Iterable[Event]) -> list[tuple[datetime, datetime | None]]:
    """Every wait for a reply: from its oldest unanswered message to the answer, or None."""
    spans: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for event in log:
        if event.kind == VISITOR and since is None:
            since = event.at
        elif event.kind in {AGENT, *ENDS} and since is not None:
            spans.append((since, event.at))
            since = None
    return [*spans, (since, None)] if since is not None else spans


Span = tuple[datetime | None, datetime | None]


def _first_response(log: Iterable[Event]) -> Span:
    start: datetime | None = None
    end: datetime | None = None
    for event in log:
        if event.kind == REOPENED:
            start, end = event.at, None
        elif event.kind == VISITOR and start is None:
            start = event.at
        elif event.kind in {AGENT, *ENDS} and start is not None and end is None:
            end = event.at
    return start, end


def _reply(log: Iterable[Event]) -> Span:
    spans = spans_of_reply(log)
    return spans[-1] if spans else (None, None)


def _resolution(log: Iterable[Event]) -> Span:
    start: datetime | None = None
    end: datetime | None = None
    for event in log:
        if event.kind == VISITOR and start is None:
            start = event.at
        elif event.kind in ENDS:
            end = event.at
        elif event.kind == REOPENED:
            end = None
    return start, end


def _clock(
    name: str, span: Span, log: Sequence[Event], hours: Hours, target: float, now: datetime
) -> Clock:
    start, end = span
    if start is None:
        return Clock(name, IDLE, None, None, None, target, 0, 0)
    until = max(start, end or now)
    seconds = hours.seconds_between(start, until)
    return Clock(
        name=name,
        state=_state(seconds, target, ended=end is not None),
        started_at=start,
        ended_at=end,
        due_at=hours.after(start, target),
        target=target,
        seconds=seconds,
        wall_seconds=(until - start).total_seconds(),
        segments=tuple(_segments(start, until, log, hours)),
    )


def _state(seconds: float, target: float, *, ended: bool) -> str:
    if ended:
        return MET if seconds <= target else LATE
    if seconds >= target:
        return OVERDUE
    return DUE_SOON if seconds >= target * AMBER else ON_TIME


def _segments(
    start: datetime, until: datetime, log: Sequence[Event], hours: Hours
) -> Iterable[Segment]:
    """The time in parts: with whom it was, and the stretches in which the queue was closed."""
    label = ""
    at = start
    for event in [*log, Event("", until)]:
        if event.label and event.at <= start:
            label = event.label
        elif (event.label and event.at < until) or not event.kind:
            yield from _parts(label, at, event.at, hours)
            label, at = event.label, event.at


def _parts(label: str, start: datetime, end: datetime, hours: Hours) -> Iterable[Segment]:
    at = start
    for first, second in hours.open_between(start, end):
        if at < first:
            yield Segment("Closed, not counted", at, first, counted=False)
        yield Segment(label, first, second, counted=True)
        at = second
    if at < end:
        yield Segment("Closed, not counted", at, end, counted=False)
