"""Business hours: when a queue is open, and how much open time lies between two moments.

Plain values and plain functions, so that screen, sweep and report count the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_MINUTES = 24 * 60
# Nobody's hours need a longer look ahead: a queue without one open minute in a year is closed.
FARTHEST = timedelta(days=400)


Stretches = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Period:
    """An open stretch of a weekday (0 is Monday), in minutes of the local day; 1440 is its end."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The weekly periods of a queue in its time zone, without its holidays.

    No periods at all means that the queue is open all day, but for its holidays.
    """

    zone: tzinfo = UTC
    periods: tuple[Period, ...] = ()
    holidays: frozenset[date] = field(default_factory=frozenset)
    _days: dict[date, Stretches] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def always(self) -> bool:
        """Whether the queue never closes."""
        return not self.periods and not self.holidays

    def is_open(self, at: datetime) -> bool:
        """Whether the queue is open at this moment."""
        return self.always or any(
            start <= at < end for start, end in self.open_between(at, at + timedelta(seconds=1))
        )

    def open_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches between two moments, in order, in UTC, cut to the two."""
        if self.always:
            if start < end:
                yield start, end
            return
        day = start.astimezone(self.zone).date() - timedelta(days=1)
        last = end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self._stretches(day):
                first, second = max(opens, start), min(closes, end)
                if first < second:
                    yield first, second
            day += timedelta(days=1)

    def seconds_between(self, start: datetime, end: datetime) -> float:
        """The open seconds between two moments; 0 when the second is not after the first."""
        return sum((b - a).total_seconds() for a, b in self.open_between(start, end))

    def after(self, start: datetime, seconds: float) -> datetime | None:
        """The moment at which so many open seconds have passed; None if it never comes."""
        left = seconds
        for first, second in self.open_between(start, start + FARTHEST):
            length = (second - first).total_seconds()
            if left <= length:
                return first + timedelta(seconds=left)
            left -= length
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """The next moment at which the queue opens, now if it is open; None if it never does."""
        return next((first for first, _ in self.open_between(at, at + FARTHEST)), None)

    def next_closing(self, at: datetime) -> datetime | None:
        """When the stretch in which the queue is open now ends; None if it is closed, or never."""
        if self.always:
            return None
        end = None
        for first, second in self.open_between(at, at + FARTHEST):
            if end is None and first > at:
                return None
            if end is not None and first > end:
                return end
            end = second
        return end

    def _stretches(self, day: date) -> Stretches:
        """The open stretches that begin on a day, worked out once: many clocks ask for the same."""
        if day not in self._days:
            self._days[day] = self._worked_out(day)
        return self._days[day]

    def _worked_out(self, day: date) -> Stretches:
        if day in self.holidays:
            return []
        if not self.periods:
            return [(self._moment(day, 0), self._moment(day, DAY_MINUTES))]
        of_day = sorted((p.opens, p.closes) for p in self.periods if p.weekday == day.weekday())
        return [
            (self._moment(day, opens), self._moment(day, closes))
            for opens, closes in _union(of_day)
        ]

    def _moment(self, day: date, minute: int) -> datetime:
        """A minute of the local day in UTC; where clocks jump, Python's reading of fold 0."""
        local = datetime.combine(day + timedelta(days=minute // DAY_MINUTES), time())
        local += timedelta(minutes=minute % DAY_MINUTES)
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def _union(periods: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The periods of a day in order, with those that overlap or touch made one."""
    joined: list[tuple[int, int]] = []
    for opens, closes in periods:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined
