"""Business hours, against a calendar read minute by minute off a wall clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.routing.hours import Hours, Period

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
# Each has its two changes of the clock within the year that the examples are from.
ZONES = (UTC, BERLIN, NEW_YORK, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Auckland"))
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFICE = tuple(Period(day, 9 * 60, 17 * 60) for day in range(5))


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# No period begins or ends in the hours that a change of the clock skips or repeats: what such a
# one means is tested by name below.
minutes = st.sampled_from([0, *range(240, 1441, 15)])


@st.composite
def periods(draw):
    opens, closes = sorted((draw(minutes), draw(minutes)))
    return Period(draw(st.integers(0, 6)), opens, closes)


@st.composite
def calendars(draw):
    days = st.dates(date(2025, 12, 31), date(2027, 1, 20))
    return Hours(
        zone=draw(st.sampled_from(ZONES)),
        periods=tuple(draw(st.lists(periods(), max_size=6))),
        holidays=draw(st.frozensets(days, max_size=3)),
    )


# Half of the moments are near a change of the clock in Berlin or New York.
CHANGES = [at("2026-03-29"), at("2026-10-25"), at("2026-03-08"), at("2026-11-01")]
moments = st.one_of(
    st.integers(0, 365 * 24 * 60).map(lambda minute: YEAR + minute * MINUTE),
    st.tuples(st.sampled_from(CHANGES), st.integers(-1440, 2880)).map(
        lambda pair: pair[0] + pair[1] * MINUTE
    ),
)
lengths = st.integers(0, 3 * 24 * 60)


def wall_says_open(hours, moment):
    local = moment.astimezone(hours.zone)
    minute = local.hour * 60 + local.minute
    if local.date() in hours.holidays:
        return False
    if not hours.periods:
        return True
    return any(
        one.weekday == local.weekday() and one.opens <= minute < one.closes for one in hours.periods
    )


def counted_slowly(hours, start, end):
    seconds = 0
    while start < end:
        seconds += 60 * wall_says_open(hours, start)
        start += MINUTE
    return seconds


@given(calendars(), moments, lengths)
def test_open_time_is_what_a_wall_clock_counts(hours, start, length):
    end = start + length * MINUTE

    assert hours.seconds_between(start, end) == counted_slowly(hours, start, end)


@given(calendars(), moments)
def test_open_is_what_a_wall_clock_says(hours, moment):
    assert hours.is_open(moment) == wall_says_open(hours, moment)


@given(calendars(), moments, st.integers(1, 20 * 60))
def test_after_is_the_first_moment_at_which_the_time_has_passed(hours, start, length):
    due = hours.after(start, length * 60)

    if due is None:
        assert hours.seconds_between(start, start + timedelta(days=400)) < length * 60
        return
    assert hours.seconds_between(start, due) == length * 60
    assert hours.seconds_between(start, due - timedelta(seconds=1)) == length * 60 - 1


@given(calendars(), moments, lengths, lengths)
def test_parts_add_up_to_the_whole(hours, start, one, other):
    middle, end = start + one * MINUTE, start + (one + other) * MINUTE

    parts = hours.seconds_between(start, middle) + hours.seconds_between(middle, end)

    assert parts == hours.seconds_between(start, end)


@given(calendars(), moments, lengths)
def test_stretches_are_in_order_and_do_not_overlap(hours, start, length):
    end = start + length * MINUTE
    stretches = list(hours.open_between(start, end))

    edges = [edge for stretch in stretches for edge in stretch]
    assert edges == sorted(edges)
    assert all(start <= first < second <= end for first, second in stretches)


@given(calendars(), moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours, moment):
    opens = hours.next_opening(moment)

    if opens is None:
        assert hours.seconds_between(moment, moment + timedelta(days=400)) == 0
        return
    assert hours.is_open(opens)
    assert hours.seconds_between(moment, opens) == 0


@given(calendars(), moments)
def test_the_next_closing_ends_the_open_stretch(hours, moment):
    closes = hours.next_closing(moment)

    if closes is None:
        assert hours.always or not hours.is_open(moment)
        return
    assert hours.is_open(moment)
    assert hours.seconds_between(moment, closes) == (closes - moment).total_seconds()
    if closes < moment + timedelta(days=399):
        assert not hours.is_open(closes)


def test_without_periods_and_holidays_a_queue_never_closes():
    assert Hours().seconds_between(YEAR, YEAR + timedelta(days=7)) == 7 * 86400
    assert Hours().next_closing(YEAR) is None


def test_without_periods_a_holiday_still_closes():
    christmas = Hours(holidays=frozenset({date(2026, 12, 25)}))

    assert not christmas.is_open(at("2026-12-25T12:00"))
    assert christmas.next_opening(at("2026-12-25T12:00")) == at("2026-12-26")


def test_a_target_late_on_friday_is_due_on_monday():
    hours = Hours(zone=BERLIN, periods=OFFICE)

    due = hours.after(at("2026-03-20T16:50", BERLIN), 30 * 60)

    assert due == at("2026-03-23T09:20", BERLIN)


def test_lunch_does_not_count():
    day = (Period(0, 540, 720), Period(0, 780, 1020))
    hours = Hours(zone=NEW_YORK, periods=day)

    start, end = at("2026-03-16T11:30", NEW_YORK), at("2026-03-16T13:30", NEW_YORK)

    assert hours.seconds_between(start, end) == 3600


def test_periods_that_overlap_are_not_counted_twice():
    hours = Hours(periods=(Period(0, 540, 720), Period(0, 600, 900), Period(0, 900, 960)))

    assert hours.seconds_between(at("2026-03-16"), at("2026-03-17")) == 7 * 3600


def test_a_period_to_midnight_goes_on_in_the_next_day():
    hours = Hours(periods=(Period(0, 1320, 1440), Period(1, 0, 120)))

    assert hours.next_closing(at("2026-03-16T23:00")) == at("2026-03-17T02:00")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
    ],
)
def test_the_day_of_a_change_of_the_clock_has_its_own_length(zone, day, hours):
    open_all_day = Hours(zone=zone, periods=tuple(Period(one, 0, 1440) for one in range(7)))
    start = at(day, zone)
    end = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)

    counted = open_all_day.seconds_between(start.astimezone(UTC), end.astimezone(UTC))

    assert counted == hours * 3600


def test_a_period_within_the_skipped_hour_is_empty():
    hours = Hours(zone=BERLIN, periods=(Period(6, 120, 180),))

    assert hours.seconds_between(at("2026-03-29"), at("2026-03-30")) == 0


def test_a_period_within_the_repeated_hour_ends_on_the_wall_clock():
    hours = Hours(zone=BERLIN, periods=(Period(6, 150, 180),))

    assert hours.seconds_between(at("2026-10-25"), at("2026-10-26")) == 90 * 60
