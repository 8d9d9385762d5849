"""Which days a report is about, as its form or its links say."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.languages import N_
from app.problems import Invalid

USUAL = 7
# Links for the last days, today included.
LAST = {
    1: N_("Today"),
    7: N_("Last 7 days"),
    30: N_("Last 30 days"),
    90: N_("Last 90 days"),
}
LONGEST = 366
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def steps(self) -> list["Period"]:
        """Its days; its weeks, from Monday on, when it has more than 31 days."""
        starts = [self.first + timedelta(days=day) for day in range(self.days)]
        if self.days > 31:  # noqa: PLR2004 - the longest month
            starts = [day for day in starts if day == self.first or day.weekday() == 0]
        ends = [start - timedelta(days=1) for start in starts[1:]] + [self.last]
        return [Period(start, end) for start, end in zip(starts, ends, strict=True)]


def last_days(count: int, today: date) -> Period:
    """The last days, today included."""
    return Period(today - timedelta(days=count - 1), today)


def chosen(first: str, last: str, today: date) -> Period:
    """The days that somebody chose; the usual ones where they chose none.

    Raises Invalid with a sentence for the field that is wrong.
    """
    usual = last_days(USUAL, today)
    begin, end = _day("first", first), _day("last", last)
    if begin is None:
        begin = usual.first if end is None else end - timedelta(days=USUAL - 1)
    period = Period(begin, end or max(begin, usual.last))
    if period.days < 1:
        raise Invalid({"last": N_("The last day is before the first.")})
    if period.days > LONGEST:
        raise Invalid({"last": N_("A report has at most {most} days.", most=LONGEST)})
    return period


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST <= day <= date.max - timedelta(days=2 * LONGEST):
        raise Invalid({name: N_("Choose a day, such as {example}.", example="2026-03-18")})
    return day
