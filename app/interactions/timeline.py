"""What the clocks count with: events made from the whole log, or from the projections alone.

Both give the same clocks. The log also tells with whom the time was; lists and the sweep do not
need that, and so do not read it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from app.interactions import clocks, log, tables
from app.interactions.clocks import Event
from app.languages import N_

WAITING = N_("Waiting in {queue}")
COMPLETED = N_("Completed")
UNDONE = "archive_undone"


@dataclass(frozen=True, slots=True)
class Line:
    """What the clocks read of an entry; `agent` is the name of who wrote it or did it.

    `answered_at` is when the next words of an agent came, where only notices are read.
    """

    kind: str
    author: str
    notice: str
    body: str
    agent: str
    at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """The projections of an interaction that clocks are counted with."""

    state: str
    first_message_at: datetime | None
    first_response_at: datetime | None
    reply_started_at: datetime | None
    replied_at: datetime | None
    awaiting_reply_since: datetime | None
    reopened_at: datetime | None
    archived_at: datetime | None


MARKS = tuple(field.name for field in fields(Marks))


def marks_of(interaction: Any) -> Marks:
    """The projections of whatever has them: a row of the table, or one that is read for pages."""
    return Marks(**{name: getattr(interaction, name) for name in MARKS})


def from_log(lines: Iterable[Line], *, queue: str, queues: Collection[str]) -> list[Event]:
    """The events of a log; it began in `queue`, and `queues` are the names of all queues.

    An archiving that was undone is as if it had never been.
    """
    way = _Way(queue, queues)
    found: list[Event] = []
    for line in lines:
        if line.notice == UNDONE:
            way.goes_on(line)
            found = found[: _last(clocks.ARCHIVED, found)]
        elif event := way.event(line):
            found.append(event)
    return found


def _last(kind: str, events: Sequence[Event]) -> int:
    """Where the last event of this kind stands; behind them all when there is none."""
    return max((at for at, one in enumerate(events) if one.kind == kind), default=len(events))


def from_marks(marks: Marks) -> list[Event]:
    """The shortest log that gives the clocks of these projections."""
    end = clocks.MISSED if marks.state == tables.MISSED else clocks.ARCHIVED
    found = [
        (clocks.VISITOR, marks.first_message_at),
        (clocks.REOPENED, marks.reopened_at),
        (clocks.AGENT, marks.first_response_at),
        *_last_wait(marks),
        (clocks.VISITOR, marks.awaiting_reply_since),
        (end, marks.archived_at),
    ]
    events = [Event(kind, at) for kind, at in found if at is not None]
    return sorted(events, key=lambda event: event.at)


def way_of(
    notices: Iterable[Line], events: Sequence[Event], *, queue: str, queues: Collection[str]
) -> list[Event]:
    """Through whose hands it went, made from its notices; it began with the first of `events`."""
    began = [
        Event(clocks.QUEUED, event.at, WAITING.with_values(queue=queue)) for event in events[:1]
    ]
    return [*began, *from_log(notices, queue=queue, queues=queues)]


def _last_wait(marks: Marks) -> list[tuple[str, datetime | None]]:
    """The last wait that is over, unless a reopening made it history; the end may have ended it."""
    started, reopened = marks.reply_started_at, marks.reopened_at
    if started is None or (reopened is not None and started < reopened):
        return []
    answered = None if marks.replied_at == marks.archived_at else marks.replied_at
    return [(clocks.VISITOR, started), (clocks.AGENT, answered)]


def with_labels(events: Iterable[Event], way: Iterable[Event]) -> list[Event]:
    """These events, and of those of the way what says with whom the time was."""
    told = [replace(event, kind=clocks.HANDED) for event in way if event.label]
    return sorted([*events, *told], key=lambda event: event.at)


def with_answers(way: Iterable[Event], lines: Iterable[Line]) -> list[Event]:
    """A way that was made from notices, with the words of an agent that followed each."""
    answers = {line.answered_at for line in lines} - {None}
    told = [Event(clocks.AGENT, at) for at in answers if at is not None]
    return sorted([*way, *told], key=lambda event: event.at)


class _Way:
    """Who has the interaction while its log is read."""

    def __init__(self, queue: str, queues: Collection[str]) -> None:
        self._queue = queue
        self._queues = queues
        self._agent = ""
        self._in_hand = False
        self._begun = False

    def event(self, line: Line) -> Event | None:
        """What a line means for the clocks; None for what they do not count with."""
        if line.kind == log.MESSAGE:
            return self._message(line)
        moves = {
            "joined": (clocks.ACCEPTED, self._with),
            "taken_over": (clocks.ACCEPTED, self._with),
            "reopened": (clocks.REOPENED, self._with),
            "forwarded": (clocks.HANDED, self._forwarded),
            "forward_declined": (clocks.HANDED, self._back),
            "forward_unanswered": (clocks.HANDED, self._back),
            "overflow": (clocks.QUEUED, self._waits),
            "agent_gone": (clocks.QUEUED, self._again),
            "agent_left": (clocks.QUEUED, self._again),
            "archived": (clocks.ARCHIVED, self._ended),
            "wrapped_up": (clocks.ARCHIVED, self._ended),
            "missed": (clocks.MISSED, self._ended),
        }
        if line.notice == "left" and not self._in_hand:
            return Event(clocks.MISSED, line.at)
        if line.notice not in moves:
            return None
        kind, label = moves[line.notice]
        words = label(line)
        to_queue = line.notice == "forwarded" and line.body in self._queues
        return Event(clocks.QUEUED if to_queue else kind, line.at, words)

    def goes_on(self, line: Line) -> None:
        """An archiving was undone: whoever undid it has the chat."""
        self._with(line)

    def _message(self, line: Line) -> Event:
        if line.author == log.AGENT:
            return Event(clocks.AGENT, line.at)
        label = "" if self._begun else WAITING.with_values(queue=self._queue)
        self._begun = True
        return Event(clocks.VISITOR, line.at, label)

    def _with(self, line: Line) -> str:
        self._agent = line.agent
        return self._back(line)

    def _back(self, _: Line) -> str:
        self._in_hand = True
        return N_("With {agent}", agent=self._agent or N_("an agent"))

    def _waits(self, line: Line) -> str:
        self._queue = line.body
        return self._again(line)

    def _again(self, _: Line) -> str:
        self._in_hand = False
        return WAITING.with_values(queue=self._queue)

    def _forwarded(self, line: Line) -> str:
        if line.body in self._queues:
            return self._waits(line)
        self._in_hand = False
        return N_("Waiting for {name}", name=line.body)

    def _ended(self, _: Line) -> str:
        self._in_hand = False
        return COMPLETED
