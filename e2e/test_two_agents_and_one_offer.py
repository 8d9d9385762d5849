"""One offer, many hands: it goes to one agent at a time, and one of them has the chat."""

import pytest
from playwright.sync_api import expect

from e2e.people import BOB, REFUSED, TWO, until


@pytest.fixture
def vic(people):
    return people.visitor()


@pytest.fixture
def team(people):
    return {email: people.agent(email) for email in (BOB, TWO)}


def who_was_asked(team):
    """The agent whose screen has the offer, and the other, who has none."""
    one, two = team.values()
    until(lambda: one.offers.count() or two.offers.count(), one.page)
    return (one, two) if one.offers.count() else (two, one)


def holding(pages, address):
    """Keep requests to this address at the door, until there is one of each page."""
    doors = []

    def keep(door):
        doors.append(door)

    for page in pages:
        page.route(address, keep)
        page.get_by_role("button", name="Accept").click()
    until(lambda: len(doors) == len(pages), pages[0])
    return doors


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
    windows = [bob, second_window]
    doors = holding([window.page for window in windows], "**/acceptance")

    for door in doors:
        door.continue_()

    bob.sees_no_offer()
    second_window.sees_no_offer()
    expect(bob.active).to_have_count(1)
    expect(second_window.active).to_have_count(1)
    until(lambda: bob.box.count() + second_window.box.count() == 1, bob.page)
    loser = next(window for window in windows if not window.box.count())
    expect(loser.notice).to_contain_text("This offer has ended")
    assert parley.rows("SELECT outcome FROM offers") == [("accepted",)]
    assert [what for _, _, _, what in parley.entries()].count("joined") == 1


@pytest.mark.console_may_say(REFUSED.format(409))
def test_accepting_what_the_visitor_has_left_is_told_in_a_sentence(vic, people):
    bob = people.agent()
    vic.starts_chat("Quick")
    bob.sees_offer()
    doors = holding([bob.page], "**/acceptance")
    vic.ends_chat()

    doors[0].continue_()

    expect(bob.notice).to_contain_text("This offer has ended")
    bob.sees_no_offer()
    expect(bob.active).to_have_count(0)
