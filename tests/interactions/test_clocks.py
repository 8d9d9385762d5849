"""The three clocks: against an oracle that waits minute by minute, and log against projections."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interactions import clocks, timeline
from app.interactions.clocks import Event, Targets
from app.interactions.timeline import Line, Marks
from app.routing.hours import Hours, Period

START = datetime(2026, 3, 27, 14, 0, tzinfo=UTC)  # a Friday; Berlin changes its clocks on Sunday
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
ALWAYS = Hours()
OFFICE = Hours(zone=BERLIN, periods=tuple(Period(day, 540, 1080) for day in range(5)))
TARGETS = Targets(first_response=60, reply=120, resolution=1800)
QUEUES = ("Sales", "Billing")
V, A = clocks.VISITOR, clocks.AGENT


def after(seconds):
    return START + timedelta(seconds=seconds)


def log_of(*steps):
    """Events as (kind, seconds after the start) or with a label."""
    return [Event(step[0], after(step[1]), *step[2:]) for step in steps]


def counted(log, seconds, *, hours=ALWAYS, targets=TARGETS):
    return clocks.clocks(log, hours=hours, targets=targets, now=after(seconds))


# A chat as the verbs write it: its log, and its projections as projections.py keeps them.


ALLOWED = {
    "visitor": {"queued", "offered", "active"},
    "agent": {"active"},
    "note": {"active"},
    "breached": {"queued", "active"},
    "visited": {"queued", "active"},
    "joined": {"queued", "offered"},
    "forwarded to Agent Two": {"active"},
    "forwarded to Billing": {"active"},
    "forward_declined": {"offered"},
    "forward_unanswered": {"offered"},
    "overflow": {"queued"},
    "agent_gone": {"active"},
    "taken_over": {"active"},
    "left": {"queued", "offered", "active"},
    "missed": {"queued"},
    "archived": {"active"},
    "wrapped_up": {"active"},
    "archive_undone": {"archived"},
    "reopened": {"archived"},
}


class Chat:
    def __init__(self):
        self.lines = []
        self.at = START
        self.marks = Marks("queued", None, None, None, None, None, None, None)
        self.does("visitor", 0)

    def does(self, what, seconds):
        """One thing after another, if the state allows it."""
        if self.marks.state not in ALLOWED[what]:
            return
        self.at += timedelta(seconds=seconds)
        if what in {"visitor", "agent", "note"}:
            getattr(self, f"_{what}")()
            return
        notice, _, to = what.partition(" to ")
        self._line("notice", "system", notice, to)
        self._changes(notice, to)

    def _line(self, kind, author, notice="", body=""):
        self.lines.append(Line(kind, author, notice, body, "Agent One", self.at))

    def _mark(self, **changes):
        self.marks = replace(self.marks, **changes)

    def _visitor(self):
        self._line("message", "contact")
        self._mark(
            first_message_at=self.marks.first_message_at or self.at,
            awaiting_reply_since=self.marks.awaiting_reply_since or self.at,
        )

    def _agent(self):
        self._line("message", "agent")
        self._mark(first_response_at=self.marks.first_response_at or self.at)
        self._nobody_waits()

    def _note(self):
        self._line("note", "agent")

    def _nobody_waits(self):
        since = self.marks.awaiting_reply_since
        if since:
            self._mark(reply_started_at=since, replied_at=self.at, awaiting_reply_since=None)

    def _changes(self, notice, to):
        if notice in {"missed", "archived", "wrapped_up"}:
            self._ends("missed" if notice == "missed" else "archived")
        elif notice == "left" and self.marks.state != "active":
            self._ends("missed")
        elif notice == "archive_undone":
            self.marks = self.before_the_end
        elif notice == "reopened":
            self._mark(
                state="active", archived_at=None, reopened_at=self.at, first_response_at=None
            )
        elif notice == "forwarded":
            self._mark(state="queued" if to in QUEUES else "offered")
        elif notice == "agent_gone":
            self._mark(state="queued")
        elif notice in {"joined", "taken_over", "forward_declined", "forward_unanswered"}:
            self._mark(state="active")

    def _ends(self, state):
        self.before_the_end = self.marks
        self._nobody_waits()
        self._mark(state=state, archived_at=self.at)

    @property
    def log(self):
        return timeline.from_log(self.lines, queue="Sales", queues=QUEUES)


@st.composite
def chats(draw):
    steps = st.tuples(st.sampled_from(list(ALLOWED)), st.integers(1, 300))
    chat = Chat()
    for what, minutes in draw(st.lists(steps, max_size=25)):
        chat.does(what, minutes * 60)
    return chat


@st.composite
def calendars(draw):
    minutes = st.sampled_from(range(240, 1441, 30))
    found = []
    for _ in range(draw(st.integers(0, 4))):
        opens, closes = sorted((draw(minutes), draw(minutes)))
        found.append(Period(draw(st.sampled_from([4, 5, 6, 0])), opens, closes))
    days = st.sampled_from([date(2026, 3, 27), date(2026, 3, 28), date(2026, 3, 30)])
    return Hours(
        zone=draw(st.sampled_from([UTC, BERLIN, NEW_YORK])),
        periods=tuple(found),
        holidays=draw(st.frozensets(days, max_size=2)),
    )


class Watch:
    """Three stopwatches in the hand of somebody who reads the log line by line."""

    def __init__(self):
        self.seconds = {"first_response": 0, "reply": 0, "resolution": 0}
        self.running = set()
        self.responded = False

    def sees(self, kind):
        if kind == V:
            self._visitor()
        elif kind == A:
            self.responded = self.responded or "first_response" in self.running
            self.running -= {"first_response", "reply"}
        elif kind == clocks.REOPENED:
            self.seconds |= {"first_response": 0, "reply": 0}
            self.running = {"first_response", "resolution"}
            self.responded = False
        elif kind in clocks.ENDS:
            self.running.clear()

    def _visitor(self):
        if "reply" not in self.running:
            self.seconds["reply"] = 0
        self.running |= {"reply", "resolution"}
        if not self.responded:
            self.running.add("first_response")

    def a_minute_passes(self, is_open):
        for name in self.running:
            self.seconds[name] += 60 * is_open


def waited_slowly(log, hours, now):
    """Let every minute pass, one after the other."""
    watch, pending, moment = Watch(), list(log), START
    while moment <= now:
        while pending and pending[0].at <= moment:
            watch.sees(pending.pop(0).kind)
        if moment < now:
            watch.a_minute_passes(hours.is_open(moment))
        moment += MINUTE
    return watch


@given(chats(), calendars(), st.integers(0, 600))
def test_the_clocks_count_what_somebody_who_waits_counts(chat, hours, later):
    now = chat.at + later * MINUTE

    found = clocks.clocks(chat.log, hours=hours, targets=TARGETS, now=now)

    watch = waited_slowly(chat.log, hours, now)
    assert {one.name: one.seconds for one in found.all} == watch.seconds
    assert {one.name for one in found.all if one.running} == watch.running


@given(chats(), calendars(), st.integers(0, 3000))
def test_routing_is_told_the_due_time_that_the_page_shows(chat, hours, later):
    now = chat.at + timedelta(seconds=later)
    shown = clocks.clocks(chat.log, hours=hours, targets=TARGETS, now=now).next_due

    due = clocks.next_due_at(chat.log, hours=hours, targets=TARGETS)

    assert due == (shown.due_at if shown else None)


def without_segments(found):
    return [replace(one, segments=()) for one in found.all]


@given(chats(), calendars(), st.integers(0, 3000))
def test_projections_give_the_same_clocks_as_the_whole_log(chat, hours, later):
    values = {"hours": hours, "targets": TARGETS, "now": chat.at + timedelta(seconds=later)}

    from_log = clocks.clocks(chat.log, **values)
    from_marks = clocks.clocks(timeline.from_marks(chat.marks), **values)

    assert without_segments(from_marks) == without_segments(from_log)


@given(chats(), calendars(), st.integers(0, 3000))
def test_the_segments_make_up_the_number(chat, hours, later):
    now = chat.at + timedelta(seconds=later)

    for clock in clocks.clocks(chat.log, hours=hours, targets=TARGETS, now=now).all:
        parts = clock.segments
        assert sum(one.seconds for one in parts if one.counted) == clock.seconds
        assert sum(one.seconds for one in parts) == clock.wall_seconds
        assert [one.start for one in parts[1:]] == [one.end for one in parts[:-1]]
        assert all(one.label for one in parts)


@given(chats(), calendars())
def test_notices_alone_tell_with_whom_the_time_was(chat, hours):
    values = {"hours": hours, "targets": TARGETS, "now": chat.at}
    notices = [line for line in chat.lines if line.kind == "notice"]
    events = timeline.from_marks(chat.marks)
    way = timeline.way_of(notices, events, queue="Sales", queues=QUEUES)

    shown = clocks.clocks(timeline.with_labels(events, way), **values)

    assert shown == clocks.clocks(chat.log, **values)


@given(chats(), calendars(), st.integers(1, 3000))
def test_a_clock_is_breached_from_its_due_time_on(chat, hours, later):
    now = chat.at + timedelta(seconds=later)

    for clock in clocks.clocks(chat.log, hours=hours, targets=TARGETS, now=now).all:
        if clock.running:
            assert clock.breached == (clock.due_at is not None and clock.due_at <= now)


# Each rule by its name.


def test_more_messages_of_the_visitor_do_not_restart_the_reply_clock():
    found = counted(log_of((V, 0), (A, 10), (V, 20), (V, 70), (V, 75)), 80)

    assert (found.reply.seconds, found.reply.state) == (60, clocks.ON_TIME)


def test_a_reply_stops_its_clock_and_the_next_message_starts_it_anew():
    log = log_of((V, 0), (A, 52), (V, 100))

    answered, waiting = counted(log[:2], 90), counted(log, 107)

    assert (answered.reply.state, answered.reply.seconds) == (clocks.MET, 52)
    assert (waiting.reply.running, waiting.reply.seconds) == (True, 7)


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, "on_time"), (89, "on_time"), (90, "due_soon"), (119, "due_soon"), (120, "overdue")],
)
def test_amber_begins_at_three_quarters_and_red_at_the_target(seconds, state):
    assert counted(log_of((V, 0)), seconds).reply.state == state


def test_an_answer_in_the_last_second_meets_the_target_and_later_ones_are_late():
    assert counted(log_of((V, 0), (A, 60)), 99).first_response.state == clocks.MET
    assert counted(log_of((V, 0), (A, 61)), 99).first_response.state == clocks.LATE


def test_reopening_starts_the_first_response_anew_and_lets_the_resolution_run_on():
    log = log_of((V, 0), (A, 30), (clocks.ARCHIVED, 600), (clocks.REOPENED, 1000))

    found = counted(log, 1040)

    assert (found.first_response.seconds, found.first_response.running) == (40, True)
    assert (found.resolution.seconds, found.resolution.running) == (1040, True)
    assert found.reply.state == clocks.IDLE


def test_an_archiving_that_was_undone_is_as_if_it_had_never_been():
    chat = Chat()
    for what in ("joined", "agent", "visitor"):
        chat.does(what, 10)
    untouched = counted(chat.log, 100)

    chat.does("archived", 30)
    chat.does("archive_undone", 5)

    assert counted(chat.log, 100) == untouched


def test_what_the_end_cut_off_was_not_met():
    archived = counted(log_of((V, 0), (clocks.ARCHIVED, 30)), 99)
    missed = counted(log_of((V, 0), (clocks.MISSED, 30)), 99)

    assert [one.state for one in archived.all] == ["stopped", "stopped", "met"]
    assert [one.state for one in missed.all] == ["stopped", "stopped", "stopped"]


def test_a_closed_queue_lets_a_clock_stand_still():
    closing = START + timedelta(hours=3)  # 18:00 in Berlin
    log = [Event(V, closing - timedelta(seconds=50))]

    found = clocks.clocks(log, hours=OFFICE, targets=TARGETS, now=closing + timedelta(hours=9))

    assert (found.reply.seconds, found.reply.paused) == (50, True)
    assert found.reply.state == clocks.ON_TIME
    assert found.reply.wall_seconds == 9 * 3600 + 50
    # 70 seconds are left on Monday; the clocks of Berlin have changed on Sunday.
    assert found.reply.due_at == datetime(2026, 3, 30, 7, 1, 10, tzinfo=UTC)


def test_while_somebody_waits_a_row_shows_whose_words_are_due_first():
    waiting = counted(log_of((V, 0)), 10)
    talking = counted(log_of((V, 0), (A, 5), (V, 8)), 1790)
    answered = counted(log_of((V, 0), (A, 5)), 10)

    assert waiting.next_due.name == clocks.FIRST_RESPONSE
    assert talking.next_due.name == clocks.REPLY
    assert answered.next_due.name == clocks.RESOLUTION


def test_a_completed_chat_has_nothing_due():
    assert counted(log_of((V, 0), (A, 5), (clocks.ARCHIVED, 9)), 10).next_due is None


def test_the_way_through_hands_is_told():
    chat = Chat()
    for what in ("joined", "agent", "forwarded to Agent Two", "forward_declined"):
        chat.does(what, 10)
    chat.does("forwarded to Billing", 10)
    chat.does("overflow", 10)

    found = clocks.clocks(chat.log, hours=ALWAYS, targets=TARGETS, now=chat.at + MINUTE)

    assert [(one.label, one.seconds) for one in found.resolution.segments][:5] == [
        ("Waiting in Sales", 10),
        ("With Agent One", 20),
        ("Waiting for Agent Two", 10),
        ("With Agent One", 10),
        ("Waiting in Billing", 10),
    ]


def test_closed_hours_are_a_segment_of_their_own():
    opening = START - timedelta(hours=6)  # 09:00 in Berlin
    log = [Event(V, opening - timedelta(hours=1), "Waiting in Sales")]

    found = clocks.clocks(log, hours=OFFICE, targets=TARGETS, now=opening + timedelta(seconds=20))

    assert [(one.label, one.seconds) for one in found.reply.segments] == [
        (clocks.CLOSED, 3600),
        ("Waiting in Sales", 20),
    ]


def test_the_first_response_is_counted_for_each_step():
    log = log_of(
        (clocks.QUEUED, 0, "Waiting in Sales"),
        (clocks.QUEUED, 100, "Waiting in Billing"),
        (clocks.ACCEPTED, 130, "With Agent One"),
        (A, 142),
    )

    steps = clocks.hops(log, hours=ALWAYS, now=after(200))

    assert [(one.label, one.seconds) for one in steps] == [
        ("Waiting in Billing", 42),
        ("With Agent One", 12),
    ]
