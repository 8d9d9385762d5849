"""The service-level clocks: pure functions over the log, a calendar and targets.

Time to first response: from the first visitor message (or the reopening) to the agent's first.
Time to reply: from the oldest visitor message that no agent message has followed yet.
Time to resolution: from the first visitor message to the archive; a reopening lets it run on.
One function serves screen, sweep and report.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.languages import N_
from app.routing.hours import Hours

FIRST_RESPONSE, REPLY, RESOLUTION = "first_response", "reply", "resolution"
VISITOR, AGENT, QUEUED, ACCEPTED = "visitor", "agent", "queued", "accepted"
REOPENED, ARCHIVED, MISSED = "reopened", "archived", "missed"
# In other hands, which only the segments tell.
HANDED = "handed"
ENDS = {ARCHIVED, MISSED}
AMBER = 0.75
NEVER = datetime.max.replace(tzinfo=UTC)

ON_TIME, DUE_SOON, OVERDUE = "on_time", "due_soon", "overdue"
MET, LATE, STOPPED, IDLE = "met", "late", "stopped", "idle"
CLOSED = N_("Closed, not counted")


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
class Span:
    """From when to when a clock ran, and whether what it waited for came."""

    start: datetime | None = None
    end: datetime | None = None
    met: bool = False


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

    `stopped` means that the chat ended before what the clock was waiting for. `paused` means
    that it runs but the queue is closed now.
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
    paused: bool = False
    segments: tuple[Segment, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it counts, or would if the queue were open."""
        return self.started_at is not None and self.ended_at is None

    @property
    def breached(self) -> bool:
        """Whether it has passed its target, running or not."""
        late = self.seconds > self.target
        return self.state in {OVERDUE, LATE} or (self.state == STOPPED and late)

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
    def answering(self) -> bool:
        """Whether somebody waits for words of an agent."""
        return self.first_response.running or self.reply.running

    @property
    def next_due(self) -> Clock | None:
        """The running clock that is due first; while somebody waits for words, one of theirs."""
        waiting = (self.first_response, self.reply) if self.answering else (self.resolution,)
        running = [clock for clock in waiting if clock.running]
        return min(running, key=lambda clock: clock.due_at or NEVER, default=None)


@dataclass(frozen=True, slots=True)
class Hop:
    """How long words of an agent took since a step of the chat's way, in open seconds."""

    label: str
    since: datetime
    until: datetime | None
    seconds: float


def clocks(
    log: Sequence[Event], *, hours: Hours, targets: Targets, now: datetime, in_parts: bool = True
) -> Clocks:
    """The clocks of a log, in its order, at a moment; not `in_parts` they have no segments."""
    spans = {
        FIRST_RESPONSE: _first_response(log),
        REPLY: _reply(log),
        RESOLUTION: _resolution(log),
    }
    made = {
        name: _clock(name, span, log if in_parts else None, hours, getattr(targets, name), now)
        for name, span in spans.items()
    }
    return Clocks(**made)


def next_due_at(log: Sequence[Event], *, hours: Hours, targets: Targets) -> datetime | None:
    """When the clock that is due first passes its target: `Clocks.next_due` without counting."""
    first, reply, resolution = _first_response(log), _reply(log), _resolution(log)
    waits = [(first, targets.first_response), (reply, targets.reply)]
    for spans in (waits, [(resolution, targets.resolution)]):
        starts = [(span.start, target) for span, target in spans if span.start and not span.end]
        if starts:
            moments = [hours.after(start, target) for start, target in starts]
            return min((one for one in moments if one is not None), default=None)
    return None


def spans_of_reply(log: Iterable[Event]) -> list[Span]:
    """Every wait for a reply, from its oldest unanswered message to the answer or the end."""
    spans: list[Span] = []
    since: datetime | None = None
    for event in log:
        if event.kind == VISITOR and since is None:
            since = event.at
        elif event.kind in {AGENT, *ENDS} and since is not None:
            spans.append(Span(since, event.at, event.kind == AGENT))
            since = None
    return [*spans, Span(since)] if since is not None else spans


def hops(log: Sequence[Event], *, hours: Hours, now: datetime) -> list[Hop]:
    """The first response anew: since it entered its queue, and since its agent accepted it."""
    found = []
    for kind in (QUEUED, ACCEPTED):
        at = max((index for index, one in enumerate(log) if one.kind == kind), default=None)
        if at is None:
            continue
        since = log[at].at
        until = next((one.at for one in log[at:] if one.kind in {AGENT, *ENDS}), None)
        seconds = hours.seconds_between(since, until or now)
        found.append(Hop(log[at].label, since, until, seconds))
    return found


def _first_response(log: Iterable[Event]) -> Span:
    span = Span()
    for event in log:
        if event.kind == REOPENED or (event.kind == VISITOR and span.start is None):
            span = Span(event.at)
        elif event.kind in {AGENT, *ENDS} and span.start and span.end is None:
            span = Span(span.start, event.at, event.kind == AGENT)
    return span


def _reply(log: Sequence[Event]) -> Span:
    """The last wait for a reply; a reopening begins with none."""
    reopened = max((index for index, one in enumerate(log) if one.kind == REOPENED), default=0)
    spans = spans_of_reply(log[reopened:])
    return spans[-1] if spans else Span()


def _resolution(log: Iterable[Event]) -> Span:
    span = Span()
    for event in log:
        if event.kind == VISITOR and span.start is None:
            span = Span(event.at)
        elif event.kind in ENDS:
            span = Span(span.start, event.at, event.kind == ARCHIVED)
        elif event.kind == REOPENED:
            span = Span(span.start)
    return span


def _clock(
    name: str,
    span: Span,
    parts_of: Sequence[Event] | None,
    hours: Hours,
    target: float,
    now: datetime,
) -> Clock:
    if span.start is None:
        return Clock(name, IDLE, None, None, None, target, 0, 0)
    until = max(span.start, span.end or now)
    seconds = hours.seconds_between(span.start, until)
    return Clock(
        name=name,
        state=_state(seconds, target, span),
        started_at=span.start,
        ended_at=span.end,
        due_at=hours.after(span.start, target),
        target=target,
        seconds=seconds,
        wall_seconds=(until - span.start).total_seconds(),
        paused=span.end is None and not hours.is_open(now),
        segments=tuple(_segments(span.start, until, parts_of, hours)) if parts_of else (),
    )


def _state(seconds: float, target: float, span: Span) -> str:
    if span.end is not None:
        if not span.met:
            return STOPPED
        return MET if seconds <= target else LATE
    if seconds >= target:
        return OVERDUE
    return DUE_SOON if seconds >= target * AMBER else ON_TIME


def _segments(
    start: datetime, until: datetime, log: Sequence[Event], hours: Hours
) -> list[Segment]:
    """The time in parts: with whom it was, and the stretches in which the queue was closed."""
    parts: list[Segment] = []
    label = ""
    at = start
    for event in [*log, Event("", until)]:
        if event.label and event.at <= start:
            label = event.label
        elif (event.label not in {"", label} and event.at < until) or not event.kind:
            parts += _parts(label, at, event.at, hours)
            label, at = event.label, event.at
    return _joined(parts)


def _joined(parts: Iterable[Segment]) -> list[Segment]:
    """The parts with those of one label that touch made one, such as a night with a forwarding."""
    joined: list[Segment] = []
    for part in parts:
        before = joined[-1] if joined else None
        if before and (before.label, before.counted) == (part.label, part.counted):
            joined[-1] = replace(before, end=part.end)
        else:
            joined.append(part)
    return joined


def _parts(label: str, start: datetime, end: datetime, hours: Hours) -> Iterable[Segment]:
    at = start
    for first, second in hours.open_between(start, end):
        if at < first:
            yield Segment(CLOSED, at, first, counted=False)
        yield Segment(label, first, second, counted=True)
        at = second
    if at < end:
        yield Segment(CLOSED, at, end, counted=False)
