"""Both sides without a mouse: everything is reached, and the focus is never lost."""

import re

import pytest
from playwright.sync_api import expect

from e2e.people import Visitor, talking

FOCUSED = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one?.getAttribute("aria-label") ?? one?.textContent.trim() ?? "";
}"""


def tabs_to(page, name, *, at_most=40):
    """Press Tab until this has the focus."""
    seen = []
    for _ in range(at_most):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if seen[-1] == name:
            return
    raise AssertionError(f"{name} is not reached: {seen}")


def test_a_visitor_opens_writes_and_closes_by_keys(people, shops, parley):
    vic = Visitor(people.context(), shops().url())
    expect(vic.launcher).to_be_visible()
    keys = vic.page.keyboard

    tabs_to(vic.page, "Open chat")
    keys.press("Enter")
    expect(vic.box).to_be_focused()
    keys.type("By keys alone")
    keys.press("Enter")
    vic.reads("By keys alone")
    expect(vic.box).to_be_focused()
    keys.press("Escape")

    expect(vic.launcher).to_be_focused()
    expect(vic.launcher).to_have_accessible_name("Open chat")
    keys.press("Enter")
    expect(vic.box).to_be_focused()
    assert parley.messages() == ["By keys alone"]


def test_a_visitor_ends_the_chat_by_keys_and_begins_another(people, shops, parley):
    vic = Visitor(people.context(), shops().url())
    vic.starts_chat("Hello")
    keys = vic.page.keyboard
    end = vic.chat.get_by_role("button", name="End chat", exact=True)

    end.focus()
    keys.press("Enter")
    expect(vic.chat.get_by_role("button", name="Keep chatting")).to_be_focused()
    keys.press("Escape")
    expect(end).to_be_focused()
    expect(vic.launcher).to_have_accessible_name("Close chat")
    keys.press("Enter")
    expect(vic.chat.get_by_role("button", name="Keep chatting")).to_be_focused()
    keys.press("Shift+Tab")
    expect(vic.chat.get_by_role("button", name="End chat now")).to_be_focused()
    keys.press("Enter")
    vic.sees_the_end()
    expect(vic.chat.get_by_role("region", name="This chat has ended")).to_be_focused()
    keys.press("Tab")
    expect(vic.chat.get_by_role("link", name="Transcript", exact=True)).to_be_focused()
    keys.press("Tab")
    expect(vic.chat.get_by_role("button", name="New chat")).to_be_focused()
    keys.press("Enter")

    expect(vic.box).to_be_focused()
    keys.type("Again")
    keys.press("Enter")
    vic.reads_all("Again")
    assert parley.rows("SELECT state FROM interactions WHERE id = 1") == [("missed",)]


def test_an_agent_accepts_answers_and_archives_by_keys(people, parley):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat("Keys only, please")
    bob.sees_offer()
    keys = bob.page.keyboard

    tabs_to(bob.page, "Accept")
    keys.press("Enter")
    expect(bob.box).to_be_focused()
    keys.type("With pleasure")
    keys.press("Enter")
    vic.reads("With pleasure")
    archive = bob.page.get_by_role("button", name="Archive", exact=True)
    archive.focus()
    keys.press("Enter")
    expect(bob.archive_dialog.get_by_role("searchbox")).to_be_focused()
    keys.press("Escape")
    expect(bob.archive_dialog).to_be_hidden()
    expect(archive).to_be_focused()
    keys.press("Enter")
    keys.type("refund")
    keys.press("ArrowDown")
    expect(bob.archive_dialog.get_by_role("radio", name="Refund").first).to_be_checked()
    keys.press("Enter")

    expect(bob.page.locator("#composer")).to_contain_text("Archived, Refund.")
    vic.sees_the_end()
    expect(bob.page.locator("#composer")).to_be_focused()


# What a browser tells of the key where J is on an English keyboard, and of the one of E.
PRESSED = """([key, code]) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true })
)"""


def shows(agent, words):
    """The chat with these words is open, and is marked in the list."""
    agent.reads(words)
    link = agent.interactions.filter(has_text=words).get_by_role("link")
    expect(link).to_have_attribute("aria-current", re.compile("."))


def test_letters_work_with_caps_lock_and_on_other_scripts_keyboards(people):
    first, second, bob = people.visitor(), people.visitor(), people.agent()
    talking(first, bob, "I came first")
    talking(second, bob, "I came second")
    bob.interactions.first.get_by_role("link").click()
    shows(bob, "I came first")

    bob.page.evaluate(PRESSED, ["J", "KeyJ"])  # Caps Lock
    shows(bob, "I came second")
    second.writes("And I wait")  # its row is drawn anew, and keeps the focus
    bob.reads("And I wait")
    expect(bob.interactions.filter(has_text="And I wait").get_by_role("link")).to_be_focused()
    bob.page.evaluate(PRESSED, ["л", "KeyK"])  # Russian
    shows(bob, "I came first")
    bob.page.evaluate(PRESSED, ["ت", "KeyJ"])  # Arabic
    shows(bob, "And I wait")
    bob.page.evaluate(PRESSED, ["ε", "KeyE"])  # Greek
    expect(bob.archive_dialog).to_be_visible()
    bob.archive_dialog.get_by_role("button", name="Close").click()

    bob.page.evaluate(PRESSED, ["F", "KeyF"])
    forward = bob.page.get_by_role("dialog", name="Forward")
    expect(forward).to_be_visible()
    forward.get_by_role("button", name="Close").click()
    bob.page.evaluate(PRESSED, ["?", "Slash"])
    keys = bob.page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Next interaction")
    keys.get_by_role("button", name="Close").click()

    bob.page.evaluate(PRESSED, ["к", "KeyR"])
    expect(bob.box).to_be_focused()
    bob.page.evaluate(PRESSED, ["J", "KeyJ"])
    bob.reads("I came second")
    bob.has_typed("")


def test_arrows_choose_a_wrap_up_code_and_the_search_narrows_them(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    keys = bob.page.keyboard
    bob.page.get_by_role("button", name="Archive", exact=True).click()

    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(bob.archive_dialog.get_by_role("radio", name="Availability")).to_be_checked()
    keys.press("ArrowUp")
    expect(bob.archive_dialog.get_by_role("radio", name="Product advice")).to_be_checked()
    keys.type("zzz")
    expect(bob.archive_dialog.get_by_text("No wrap-up code has this in its name.")).to_be_visible()
    keys.press("Enter")

    expect(bob.archive_dialog).to_be_visible()


def test_the_status_menu_by_keys(people):
    bob = people.agent()
    keys = bob.page.keyboard
    status = bob.page.get_by_role("button", name="Status")

    status.focus()
    keys.press("Enter")
    expect(bob.page.get_by_role("menuitemradio", name="Available")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Escape")
    expect(status).to_be_focused()
    keys.press("ArrowDown")
    expect(bob.page.get_by_role("menuitemradio", name="Available")).to_be_focused()
    keys.press("End")
    expect(bob.page.get_by_role("menuitemradio", name="Offline")).to_be_focused()
    keys.press("Enter")

    expect(bob.page.locator("#status_now")).to_contain_text("Offline")
    expect(status).to_be_focused()


def test_signing_in_by_keys(people, parley):
    page = people.context().new_page()
    page.goto(f"{parley.url}/workspace/webchat")
    expect(page.get_by_label("E-mail")).to_be_focused()

    page.keyboard.type("agent1@demo.test")
    page.keyboard.press("Tab")
    page.keyboard.type("parley-demo")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


@pytest.mark.parametrize("typing", [False, True], ids=["idle", "while typing"])
def test_an_offer_never_takes_the_focus_away(people, typing):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    other = people.visitor()
    bob.types("Half a sent") if typing else bob.log.locator("..").focus()
    before = bob.page.evaluate("() => document.activeElement.className")

    other.starts_chat("Me too")
    bob.sees_offer("Me too")

    assert bob.page.evaluate("() => document.activeElement.className") == before
    if typing:
        bob.page.keyboard.type("ence")
        bob.has_typed("Half a sentence")
