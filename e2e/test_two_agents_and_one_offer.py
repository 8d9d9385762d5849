"""One offer, many hands: it goes to one agent at a time, and one of them has the chat."""

import pytest
from playwright.sync_api import expect

from e2e.people import BOB, REFUSED, TWO


@pytest.fixture
def vic(people):
    return people.visitor()


@pytest.fixture
def team(people):
    return {email: people.agent(email) for email in (BOB, TWO)}


def who_was_asked(team):
    """The agent whose screen has the offer, and the other, who has none."""
    asked, other = team.values()
    expect(asked.offers.or_(other.offers)).to_have_count(1) if asked.page is other.page else None
    return (asked, other) if _is_offered(asked, other) else (other, asked)


def _is_offered(one, other):
    """Wait until either screen shows a card; whether it is the first."""
    for _ in range(300):
        for agent in (one, other):
            if agent.offers.count():
                return agent is one
        one.page.wait_for_timeout(50)
    raise AssertionError("Nobody was offered the chat.")


def test_one_is_asked_and_the_other_only_after_they_declined(vic, team, parley):
    vic.starts_chat("Who takes me?")
    first, second = who_was_asked(team)
    second.sees_no_offer()

    first.declines()
    second.sees_offer("Who takes me?")
    first.sees_no_offer()
    second.accepts()

    vic.sees_agent("Agent Two" if second.email == TWO else "Agent One")
    first.sees_no_offer()
    expect(first.active).to_have_count(0)
    expect(second.active).to_have_count(1)
    assert parley.rows("SELECT outcome FROM offers ORDER BY id") == [("declined",), ("accepted",)]


def test_an_offer_that_nobody_answers_goes_on_to_the_next(vic, team, parley):
    parley.change("UPDATE queues SET offer_seconds = 2")
    vic.starts_chat("Who takes me?")
    first, second = who_was_asked(team)

    second.sees_offer("Who takes me?")
    first.sees_no_offer()
    parley.change("UPDATE queues SET offer_seconds = 60")

    assert parley.rows("SELECT outcome FROM offers ORDER BY id LIMIT 1") == [("expired",)]


def test_an_agent_of_another_queue_is_asked_nothing(people, vic):
    eve = people.agent("agent3@demo.test")
    vic.starts_chat("For Sales")
    vic.reads("For Sales")
    bob = people.agent()

    bob.sees_offer()

    eve.sees_no_offer()
    expect(eve.interactions).to_have_count(0)


def test_an_agent_who_is_away_is_not_asked_until_they_return(vic, people):
    bob = people.agent()
    bob.chooses_status("Offline")
    vic.starts_chat("Hello?")
    expect(vic.log).to_contain_text("Nobody is free right now")
    bob.sees_no_offer()

    bob.chooses_status("Available")

    bob.sees_offer("Hello?")


def test_a_card_goes_at_once_from_the_other_window_of_the_same_agent(vic, people, parley):
    bob = people.agent()
    second_window = bob.another_tab()
    vic.starts_chat("Which window?")
    bob.sees_offer()
    second_window.sees_offer()

    bob.accepts()

    second_window.sees_no_offer()
    expect(second_window.active).to_have_count(1)
    second_window.opens()
    second_window.answers("From the second window")
    bob.reads("From the second window")
    vic.reads("From the second window")
    assert parley.rows("SELECT outcome FROM offers") == [("accepted",)]


@pytest.mark.console_may_say(REFUSED.format(409))
def test_both_windows_accept_at_the_same_moment_and_one_of_them_wins(vic, people, parley):
    bob = people.agent()
    second_window = bob.another_tab()
    vic.starts_chat("Race")
    bob.sees_offer()
    second_window.sees_offer()
    # Both requests wait at the door until both have been sent.
    doors = []
    for agent in (bob, second_window):
        agent.page.route("**/acceptance", doors.append)
        agent.page.get_by_role("button", name="Accept").click()
    while len(doors) < 2:
        bob.page.wait_for_timeout(10)

    for door in doors:
        door.continue_()

    bob.sees_no_offer()
    second_window.sees_no_offer()
    expect(bob.active).to_have_count(1)
    expect(second_window.active).to_have_count(1)
    boxes = bob.page.get_by_role("textbox", name="Message"), second_window.box
    notices = bob.notice, second_window.notice
    winner = 0 if parley and _appears(boxes[0], boxes[1]) else 1
    expect(notices[1 - winner]).to_contain_text("This offer has ended")
    assert parley.rows("SELECT outcome FROM offers") == [("accepted",)]
    assert [what for _, _, _, what in parley.entries()].count("joined") == 1


def _appears(one, other):
    for _ in range(300):
        if one.is_visible():
            return True
        if other.is_visible():
            return False
        one.page.wait_for_timeout(50)
    raise AssertionError("Neither appeared.")


@pytest.mark.console_may_say(REFUSED.format(409))
def test_accepting_what_the_visitor_has_left_is_told_in_a_sentence(vic, people):
    bob = people.agent()
    vic.starts_chat("Quick")
    bob.sees_offer()
    doors = []
    bob.page.route("**/acceptance", doors.append)
    bob.page.get_by_role("button", name="Accept").click()
    while not doors:
        bob.page.wait_for_timeout(10)
    vic.ends_chat()

    doors[0].continue_()

    expect(bob.notice).to_contain_text("This offer has ended")
    bob.sees_no_offer()
    expect(bob.active).to_have_count(0)
