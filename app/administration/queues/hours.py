"""The hours of a queue as its form has them: rows of periods, rows of holidays."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.administration.fields import Fields
from app.contacts.names import cleaned
from app.languages import N_
from app.moments import WEEKDAYS
from app.routing.hours import DAY_MINUTES, Period

# What a row may be for: one day, or several at once, which become a period each.
SPANS = {
    **{str(number): (name, (number,)) for number, name in enumerate(WEEKDAYS)},
    "0-4": (N_("Monday to Friday"), (0, 1, 2, 3, 4)),
    "0-6": (N_("Every day"), (0, 1, 2, 3, 4, 5, 6)),
}
SPANS_OF_DAYS = ("0-6", "0-4")
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MOST_ROWS, LONGEST_NAME = 100, 60
FARTHEST = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One row of hours as it was entered, with what is wrong with it."""

    weekday: str = "0-4"
    opens: str = ""
    closes: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """One holiday as it was entered, with what is wrong with it."""

    day: str = ""
    name: str = ""
    error: str = ""


def period_rows(fields: Fields) -> list[PeriodRow]:
    """The rows of hours as they were sent; entirely empty ones are left out."""
    sent = zip(fields.every("weekday"), fields.every("opens"), fields.every("closes"), strict=False)
    rows = [PeriodRow(*(value[:20] for value in one)) for one in sent][:MOST_ROWS]
    return _checked([row for row in rows if row.opens or row.closes])


def holiday_rows(fields: Fields) -> list[HolidayRow]:
    """The holidays as they were sent; entirely empty ones are left out."""
    sent = zip(fields.every("holiday"), fields.every("holiday_name"), strict=False)
    rows: list[HolidayRow] = []
    for day, name in list(sent)[:MOST_ROWS]:
        if day or name.strip():
            rows.append(_holiday(day[:20], cleaned(name), {row.day for row in rows}))
    return rows


def periods_in(rows: list[PeriodRow]) -> list[Period]:
    """The periods that right rows say, in the order of the week."""
    made = [
        Period(day, _minute(row.opens) or 0, _end(row.closes) or 0)
        for row in rows
        for day in SPANS[row.weekday][1]
    ]
    return sorted(made, key=lambda one: (one.weekday, one.opens))


def rows_of(periods: list[Period]) -> list[PeriodRow]:
    """The rows that say these periods, as few as can be: days with the same hours share one."""
    days: dict[tuple[int, int], set[int]] = {}
    for one in periods:
        days.setdefault((one.opens, one.closes), set()).add(one.weekday)
    found = []
    for (opens, closes), left in days.items():
        for key in (*SPANS_OF_DAYS, *SPANS):
            span = SPANS[key][1]
            if left.issuperset(span):
                left.difference_update(span)
                found.append((span[0], opens, PeriodRow(key, clock(opens), clock(closes))))
    return [row for *_, row in sorted(found, key=lambda one: one[:2])]


def holidays_in(rows: list[HolidayRow]) -> dict[date, str]:
    """The holidays that right rows say."""
    return {date.fromisoformat(row.day): row.name for row in rows}


def clock(minute: int) -> str:
    """A minute of the day as a field shows it; the end of the day is 00:00."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def in_words(periods: list[Period]) -> str:
    """The hours in words, for the record of changes."""
    return ", ".join(
        f"{WEEKDAYS[one.weekday][:3]} {clock(one.opens)}-{clock(one.closes)}" for one in periods
    )


def _checked(rows: list[PeriodRow]) -> list[PeriodRow]:
    checked: list[PeriodRow] = []
    taken: list[Period] = []
    for row in rows:
        error = _fault(row) or _overlap(row, taken)
        if not error:
            taken += periods_in([row])
        checked.append(PeriodRow(row.weekday, row.opens, row.closes, error))
    return checked


def _fault(row: PeriodRow) -> str:
    if row.weekday not in SPANS:
        return N_("Choose a day.")
    opens, closes = _minute(row.opens), _end(row.closes)
    if opens is None or closes is None:
        return N_("Enter both times, such as 09:00 and 17:30.")
    if closes <= opens:
        return N_("It closes before it opens. For hours over midnight, use two rows.")
    return ""


def _overlap(row: PeriodRow, taken: list[Period]) -> str:
    for mine in periods_in([row]):
        for other in taken:
            if (
                mine.weekday == other.weekday
                and mine.opens < other.closes
                and other.opens < mine.closes
            ):
                return N_(
                    "This overlaps {day}, {opens} to {closes}.",
                    day=WEEKDAYS[other.weekday],
                    opens=clock(other.opens),
                    closes=clock(other.closes),
                )
    return ""


def _holiday(day: str, name: str, others: set[str]) -> HolidayRow:
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return HolidayRow(day, name, N_("Choose a day."))
    error = ""
    if abs(chosen - date.today()) > FARTHEST:  # noqa: DTZ011 - a bound, not a moment
        error = N_("This day is too far away.")
    elif chosen.isoformat() in others:
        error = N_("This day is in the list already.")
    elif len(name) > LONGEST_NAME:
        error = N_("Use at most {most} characters.", most=LONGEST_NAME)
    return HolidayRow(chosen.isoformat(), name, error)


def _minute(text: str) -> int | None:
    found = TIME.fullmatch(text.strip())
    return int(found[1]) * 60 + int(found[2]) if found else None


def _end(text: str) -> int | None:
    minute = DAY_MINUTES if text.strip() == "24:00" else _minute(text)
    return DAY_MINUTES if minute == 0 else minute
