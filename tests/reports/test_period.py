"""Which days a report is about."""

from datetime import date

import pytest

from app.problems import Invalid
from app.reports.period import LONGEST, Period, chosen, last_days

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("", "", ("2026-03-12", "2026-03-18")),
        ("2026-03-01", "2026-03-01", ("2026-03-01", "2026-03-01")),
        ("2026-03-01", "", ("2026-03-01", "2026-03-18")),
        ("2026-04-01", "", ("2026-04-01", "2026-04-01")),
        ("", "2026-01-07", ("2026-01-01", "2026-01-07")),
    ],
)
def test_what_is_left_open_is_filled(first, last, expected):
    period = chosen(first, last, TODAY)

    assert (str(period.first), str(period.last)) == expected


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-03-18", "2026-03-17", "last"),
        ("2025-03-18", "2026-03-19", "last"),
        ("yesterday", "", "first"),
        ("", "2026-02-30", "last"),
        ("1999-12-31", "", "first"),
        ("0001-01-01", "", "first"),
        ("", "9999-12-31", "last"),
        ("2026-03-18\x00", "", "first"),
    ],
)
def test_a_sentence_stands_at_the_field_that_is_wrong(first, last, field):
    with pytest.raises(Invalid) as refused:
        chosen(first, last, TODAY)

    assert list(refused.value.errors) == [field]


def test_a_year_with_its_leap_day_is_the_most():
    assert chosen("2025-03-18", "2026-03-18", TODAY).days == LONGEST


def test_up_to_a_month_is_shown_by_day():
    month = last_days(31, TODAY)

    assert month.steps == [Period(day, day) for day in (step.first for step in month.steps)]
    assert len(month.steps) == 31


def test_more_is_shown_by_week_from_monday_on_and_no_day_is_lost():
    period = Period(date(2026, 2, 15), date(2026, 3, 18))

    weeks = period.steps

    assert [week.days for week in weeks] == [1, 7, 7, 7, 7, 3]
    assert (weeks[0].first, weeks[-1].last) == (period.first, period.last)
    assert all(week.first.weekday() == 0 for week in weeks[1:])
