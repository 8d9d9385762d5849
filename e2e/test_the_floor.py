"""A supervisor keeps an eye on the floor: sees who waits and why, takes over, sets a status."""

import re

import pytest
from playwright.sync_api import expect

from e2e.people import BOB, REFUSED, talking
from e2e.test_every_screen import LOOKS, fits, is_accessible

ADA = "supervisor@demo.test"


@pytest.fixture
def ada(people):
    return people.agent(ADA)


@pytest.fixture
def bob(people):
    return people.agent(BOB)


@pytest.fixture
def vic(people):
    return people.visitor()


def goes_to_the_floor(supervisor):
    supervisor.page.get_by_role("link", name="Floor").click()
    expect(supervisor.page.get_by_role("heading", name="Floor", exact=True)).to_be_visible()
    supervisor.is_live()
    expect(supervisor.page.locator("[data-live]")).to_have_text("Live")


def row(supervisor, name):
    """The row of a queue or of an agent."""
    header = supervisor.page.get_by_role("rowheader", name=re.compile(name))
    return supervisor.page.get_by_role("row").filter(has=header)


def test_the_floor_is_live_and_says_why_nobody_takes_a_chat(ada, bob, vic):
    goes_to_the_floor(ada)
    expect(row(ada, "Agent One")).to_contain_text("Available")
    ada.marks_the_page()

    bob.chooses_status("Lunch")
    vic.starts_chat("Is anybody there?")

    expect(row(ada, "Agent One")).to_contain_text("Lunch")
    ada.page.get_by_role("button", name="1 waiting in Sales").click()
    ada.page.get_by_role("menuitem", name=re.compile("^Why nobody has")).click()
    dialog = ada.page.get_by_role("dialog", name=re.compile("^Who gets"))
    expect(dialog).to_contain_text("Nobody of Sales can take it now.")
    expect(dialog.get_by_role("listitem").filter(has_text="Agent One")).to_contain_text("Lunch")
    ada.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    ada.is_on_the_same_page()


def test_a_supervisor_sets_a_status_and_the_agent_reads_who_did(ada, bob, vic):
    bob.chooses_status("Lunch")
    goes_to_the_floor(ada)

    ada.page.get_by_role("button", name="Chats and status of Agent One").press("Enter")
    available = ada.page.get_by_role("menuitemradio", name="Available")
    expect(ada.page.get_by_role("menuitemradio").first).to_be_focused()
    available.press("Enter")

    expect(bob.page.get_by_role("alert")).to_contain_text(
        "Demo Supervisor set this status for you."
    )
    expect(row(ada, "Agent One")).to_contain_text("Available")
    vic.starts_chat("Now?")
    bob.sees_offer("Now?")


@pytest.mark.console_may_say(REFUSED.format(404))
# A mark of reading that crosses the take-over is refused.
@pytest.mark.console_may_say("status of 404")
def test_a_supervisor_reads_along_and_takes_over(ada, bob, vic):
    talking(vic, bob, "My lamp is on fire")
    goes_to_the_floor(ada)
    ada.page.get_by_role("button", name="Chats and status of Agent One").click()
    ada.page.get_by_role("menuitem", name=re.compile("My lamp is on fire")).click()
    ada.reads("My lamp is on fire")
    expect(ada.box).to_have_count(0)

    vic.writes("Still burning")
    ada.reads("Still burning")
    note = ada.page.get_by_role("textbox", name="Internal note")
    note.fill("Ask for the serial number")
    note.press("Enter")
    ada.reads("Ask for the serial number")
    bob.reads("Ask for the serial number")
    ada.page.get_by_role("button", name="Take over").click()

    expect(ada.box).to_be_visible()
    expect(note).to_have_count(0)
    expect(bob.notice).to_contain_text("Demo Supervisor took over the chat")
    expect(bob.box).to_have_count(0)
    expect(bob.active).to_have_count(0)
    ada.answers("Pull the plug, please")
    vic.reads("Pull the plug, please")
    vic.does_not_read("Ask for the serial number")
    vic.sees_agent("Demo Supervisor")
    bob.does_not_read("Pull the plug, please")


# A mark of reading that crosses the take-over is refused.
@pytest.mark.console_may_say(REFUSED.format(404))
def test_taking_over_to_forward_opens_the_dialog(ada, bob, vic):
    talking(vic, bob)
    here = f"{ada.url}/workspace/webchat/1"
    dialog = ada.page.get_by_role("dialog", name=re.compile("Forward"))
    ada.page.goto(here)
    with ada.page.expect_event("load"):
        ada.page.get_by_role("button", name="Take over").click()
    expect(ada.box).to_be_visible()

    ada.page.goto(f"{here}#forward")  # from the page itself: the browser loads nothing
    expect(dialog).to_be_visible()
    expect(ada.page).to_have_url(here)

    ada.page.goto("about:blank")
    ada.page.goto(f"{here}#forward")
    expect(dialog).to_be_visible()


def test_an_agent_sees_whether_the_visitor_still_looks(bob, vic):
    talking(vic, bob)
    presence = bob.page.locator(".header__presence")
    expect(presence).to_contain_text("Here now, on ")

    vic.closes_chat()
    expect(presence).to_contain_text(re.compile(r"Tab hidden for \d:\d\d"))
    vic.opens_chat()
    expect(presence).to_contain_text("Here now, on ")
    vic.page.close()
    expect(presence).to_contain_text(re.compile(r"Gone for \d:\d\d"))


def test_the_floor_is_searched_by_contact_agent_or_number(ada, bob, vic):
    talking(vic, bob)
    goes_to_the_floor(ada)
    search = ada.page.get_by_role("searchbox", name="Search")

    search.fill("c-10")
    expect(row(ada, "Agent One")).to_be_visible()
    expect(row(ada, "Agent Two")).to_be_hidden()
    search.fill("nobody of this name")
    expect(ada.page.get_by_text("Nobody like that here.")).to_be_visible()
    search.fill("")
    ada.page.get_by_role("combobox", name="Queue").select_option("Billing")
    expect(row(ada, "Agent Three")).to_be_visible()
    expect(row(ada, "Agent One")).to_be_hidden()


@LOOKS
def test_the_floor_is_accessible_and_fits(people, look):
    bob = people.agent(BOB)
    vic = people.visitor()
    talking(vic, bob)
    bob.chooses_status("Lunch")
    people.visitor().starts_chat("Who takes me?")
    ada = people.agent(ADA, **look)
    goes_to_the_floor(ada)
    expect(ada.page.get_by_role("button", name="1 waiting in Sales")).to_be_visible()
    is_accessible(ada.page)
    fits(ada.page)

    ada.page.get_by_role("button", name="1 waiting in Sales").click()
    expect(ada.page.get_by_role("menuitem").first).to_be_visible()
    is_accessible(ada.page)
    ada.page.get_by_role("menuitem", name=re.compile("^Why nobody has")).click()
    expect(ada.page.get_by_role("dialog", name=re.compile("^Who gets"))).to_be_visible()
    is_accessible(ada.page)
    fits(ada.page)
