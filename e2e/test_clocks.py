"""Bob sees what is due: clocks count by themselves, turn amber and red, and say what they count."""

import re

import pytest
from playwright.sync_api import expect

from e2e.people import talking

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
SHORT = "UPDATE queues SET first_response_target = 4, reply_target = 8"


def clock(agent, name):
    return agent.page.get_by_role("group", name=name, exact=True)


def shows(agent, name, state):
    expect(clock(agent, name).locator("[data-word-here]")).to_have_text(state)


def row_says(agent, words):
    expect(agent.interactions.first.locator("sla-clock")).to_contain_text(words)


def is_told(agent, words):
    expect(agent.log.get_by_text(words)).to_have_count(1)


def test_clocks_turn_amber_and_red_by_themselves_and_an_answer_stops_them(people, parley):
    parley.change(SHORT)
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    bob.marks_the_page()

    shows(bob, "Time to reply", "Due soon")
    shows(bob, "Time to first response", "Overdue")
    row_says(bob, "Overdue")
    is_told(bob, "Time to first response passed 0:04")
    shows(bob, "Time to reply", "Overdue")
    is_told(bob, "Time to reply passed 0:08")
    vic.does_not_read("passed")

    bob.answers("I am sorry for the wait")

    shows(bob, "Time to first response", "Late")
    shows(bob, "Time to reply", "Answered late")
    shows(bob, "Time to resolution", "On time")
    row_says(bob, "Resolve")
    bob.is_on_the_same_page()


def test_a_new_message_starts_the_reply_clock_and_more_of_them_do_not(people):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    bob.answers("Hi")
    shows(bob, "Time to first response", "Met")
    shows(bob, "Time to reply", "Answered")

    vic.writes("A question")
    value = clock(bob, "Time to reply").locator("[data-value]")
    expect(value).to_have_text(re.compile("^0:0[3-9]$"))
    vic.writes("and another")
    bob.reads("and another")

    expect(value).to_have_text(re.compile("^0:(0[3-9]|1.)$"))


def test_what_makes_up_the_number_is_shown_on_focus_and_goes_with_escape(people):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    resolution = clock(bob, "Time to resolution")
    parts = resolution.locator(".clock__parts")
    expect(parts).to_be_hidden()
    first = clock(bob, "Time to first response")
    first.hover()
    expect(first.locator(".clock__parts")).to_be_visible()

    bob.page.keyboard.press("Shift+Tab")  # the keyboard has the last word, wherever the mouse is
    resolution.focus()
    expect(first.locator(".clock__parts")).to_be_hidden()

    expect(parts).to_contain_text("Waiting in Sales")
    expect(parts).to_contain_text("With Agent One")
    expect(parts).to_contain_text("Wall time")
    expect(parts).to_be_visible()
    bob.page.keyboard.press("Escape")
    expect(parts).to_be_hidden()


def test_a_closed_queue_stops_the_clock_and_wall_time_goes_on(people, parley):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    parley.change(
        "INSERT INTO queue_holidays (queue, day, name) "
        "SELECT q.id, date('now', d.value || ' days'), 'Closed' FROM queues q, "
        "(SELECT -1 AS value UNION SELECT 0 UNION SELECT 1) d"
    )
    bob.page.reload()
    bob.is_live()
    shows(bob, "Time to reply", "Paused")
    value = clock(bob, "Time to reply").locator("[data-value]")
    expect(value).to_have_text("0:00")

    bob.page.get_by_role("button", name="Wall time").click()

    expect(value).not_to_have_text("0:00")
    bob.page.reload()
    expect(bob.page.get_by_role("button", name="Wall time")).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("look", [{}, PHONE], ids=["desktop", "phone"])
def test_the_full_names_stay_however_narrow_the_window(people, look):
    bob, vic = people.agent(**look), people.visitor()
    talking(vic, bob)

    for name in ("Time to first response", "Time to reply", "Time to resolution"):
        expect(clock(bob, name)).to_be_visible()
    if look:
        expect(clock(bob, "Time to reply").get_by_text("Reply", exact=True)).to_be_visible()
        clock(bob, "Time to reply").tap()
        expect(clock(bob, "Time to reply").get_by_text("Wall time")).to_be_visible()
