from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.routing.choice import (
    FULL,
    NOT_AVAILABLE,
    NOT_PRESENT,
    PASSED_IT,
    Candidate,
    can_take,
    choose,
    in_order,
    why_not,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOB = Candidate(agent=1, available=True, present=True, load=0, capacity=4, last_offer_at=NOON)
moments = st.integers(-60, 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
candidates = st.lists(
    st.builds(
        Candidate,
        agent=st.integers(1, 50),
        available=st.booleans(),
        present=st.booleans(),
        load=st.integers(0, 5),
        capacity=st.integers(0, 4),
        last_offer_at=st.none() | moments,
        passed=st.integers(0, 3),
        passed_at=st.none() | moments,
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.agent,
)


def chosen(*some):
    return choose(some, passed_before=NOON).agent


def test_nobody_is_chosen_of_nobody():
    assert choose([], passed_before=NOON) is None


def test_who_is_away_gone_or_full_is_not_asked():
    away = replace(BOB, available=False)
    gone = replace(BOB, present=False)
    full = replace(BOB, load=4)

    assert choose([away, gone, full], passed_before=NOON) is None


def test_the_longest_idle_gets_it():
    later = replace(BOB, agent=2, last_offer_at=NOON + timedelta(seconds=1))

    assert chosen(later, BOB) == BOB.agent


def test_who_never_had_an_offer_is_idle_longest():
    new = replace(BOB, agent=2, last_offer_at=None)

    assert chosen(BOB, new) == new.agent


def test_the_lowest_load_for_their_capacity_comes_before_the_longest_idle():
    half = replace(BOB, load=2, capacity=4)
    third = replace(BOB, agent=2, load=2, capacity=6, last_offer_at=NOON + timedelta(hours=1))

    assert chosen(half, third) == third.agent


def test_who_has_let_it_pass_comes_after_who_has_not():
    passed = replace(BOB, passed=1, passed_at=NOON)
    busier = replace(BOB, agent=2, load=3)

    assert chosen(passed, busier) == busier.agent


def test_who_has_let_it_pass_a_moment_ago_is_not_asked_yet():
    just_now = replace(BOB, passed=1, passed_at=NOON + timedelta(seconds=1))
    before = replace(BOB, passed=1, passed_at=NOON)

    assert not can_take(just_now, passed_before=NOON)
    assert can_take(before, passed_before=NOON)


@given(candidates)
def test_whoever_is_chosen_can_take_it_and_somebody_is_chosen_when_anybody_can(some):
    found = choose(some, passed_before=NOON)

    able = [one for one in some if can_take(one, passed_before=NOON)]
    assert (found is None) == (not able)
    assert found is None or found in able
    assert found is None or found.load < found.capacity


@given(candidates, st.randoms(use_true_random=False))
def test_the_order_of_the_members_changes_nothing(some, random):
    shuffled = random.sample(some, len(some))

    assert choose(shuffled, passed_before=NOON) == choose(some, passed_before=NOON)


@given(candidates)
def test_nobody_who_passed_it_less_often_is_left_out(some):
    found = choose(some, passed_before=NOON)

    able = [one for one in some if can_take(one, passed_before=NOON)]
    assert all(found.passed <= one.passed for one in able)


def test_the_reason_is_the_first_that_holds():
    everything = replace(BOB, available=False, present=False, load=4, passed_at=NOON)
    before = NOON - timedelta(seconds=20)
    steps = [{"available": True}, {"present": True}, {"load": 0}, {"passed_at": None}]

    reasons = [why_not(everything, passed_before=before)]
    for step in steps:
        everything = replace(everything, **step)
        reasons.append(why_not(everything, passed_before=before))

    assert reasons == [NOT_AVAILABLE, NOT_PRESENT, FULL, PASSED_IT, ""]


@given(candidates)
def test_who_is_told_to_be_next_is_who_is_chosen(some):
    waiting = in_order(some, passed_before=NOON)

    assert (waiting[0] if waiting else None) == choose(some, passed_before=NOON)
    assert {one.agent for one in waiting} == {
        one.agent for one in some if not why_not(one, passed_before=NOON)
    }
