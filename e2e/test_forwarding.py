"""A chat goes from hand to hand: to an agent by name, back when they decline, and to a queue."""

import pytest
from playwright.sync_api import expect

from e2e.people import TWO, talking

EVE = "agent3@demo.test"
WORDS, NOTE = "My invoice is wrong", "Reads invoices better than I do"


def forwards(agent, to, *, note=""):
    page = agent.page
    page.get_by_role("button", name="Forward").click()
    dialog = page.get_by_role("dialog", name="Forward")
    dialog.get_by_role("radio", name=to).check()
    dialog.get_by_label("Note").fill(note)
    dialog.get_by_role("button", name="Forward").click()
    expect(dialog).to_be_hidden()
    expect(agent.active).to_have_count(0)


# A mark of reading that crosses the forwarding is refused.
@pytest.mark.console_may_say("status of 404")
def test_declined_it_comes_back_and_a_queue_takes_it(people):
    bob, two, eve = people.agent(), people.agent(TWO), people.agent(EVE)
    two.chooses_status("Lunch")
    vic = people.visitor()
    talking(vic, bob, WORDS)

    bob.page.get_by_role("button", name="Forward").click()
    dialog = bob.page.get_by_role("dialog", name="Forward")
    expect(dialog.get_by_role("group", name="Not now")).to_contain_text("Lunch")
    expect(dialog.get_by_role("radio", name="Agent Two")).to_be_disabled()
    expect(dialog.get_by_text("The visitor reads")).to_be_hidden()
    dialog.get_by_role("radio", name="Billing").check()
    expect(dialog.get_by_text("You are being connected to Billing")).to_be_visible()
    bob.page.keyboard.press("Escape")
    two.chooses_status("Available")

    forwards(bob, "Agent Two", note=NOTE)
    two.sees_offer("Forwarded by Agent One")
    two.sees_offer(NOTE)
    expect(bob.active).to_have_count(0)  # else the row that goes is taken for the one that comes
    two.declines()

    expect(bob.active).to_have_count(1)
    bob.opens()
    expect(bob.log).to_contain_text("Agent Two declined it, so it is with you again")

    forwards(bob, "Billing", note=NOTE)
    eve.sees_offer()
    eve.accepts()
    eve.reads(WORDS)
    expect(eve.log.get_by_text(NOTE)).to_have_count(2)
    eve.answers("Billing here, good day")

    vic.reads("Billing here, good day")
    vic.sees_agent("Agent Three")
    expect(vic.log).to_contain_text("You are being connected to Billing")
    vic.does_not_read(NOTE)
    vic.does_not_read("declined")
