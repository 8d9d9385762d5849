"""Offers find their agent: away or not, in a hidden tab, several at once, taken by another."""

import json
import re

import pytest
from playwright.sync_api import expect

from e2e.people import BOB, TWO, talking, until

A_CHIME = 2  # tones

# What the operating system would show, kept where the story can read it.
NOTIFICATIONS = """(() => {
  window.shownByTheSystem = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, options) {
      super();
      window.shownByTheSystem.push({ title, ...options, at: Date.now(), open: true });
      this.index = window.shownByTheSystem.length - 1;
    }
    close() {
      window.shownByTheSystem[this.index].open = false;
    }
  };
})()"""


def notifications(agent):
    return agent.page.evaluate("() => window.shownByTheSystem")


def tones(agent):
    return int(agent.page.locator("html").get_attribute("data-test-tones") or 0)


# What Chromium does to a tab behind another one, which it does not do without a screen: the page
# is told that it is hidden, draws no frames, and its timers run once a second.
HIDDEN = """() => {
  Object.defineProperty(document, "hidden", { get: () => true });
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  for (const name of ["setTimeout", "setInterval"]) {
    const real = window[name];
    window[name] = (work, delay = 0, ...rest) => real(work, Math.max(1000, delay), ...rest);
  }
  window.requestAnimationFrame = () => 0;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def hides(agent):
    """Put another tab in front: the page is out of focus and hidden."""
    session = agent.context.new_cdp_session(agent.page)
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    agent.context.new_page().bring_to_front()
    agent.page.evaluate(HIDDEN)
    until(lambda: agent.page.evaluate("() => !document.hasFocus()"), agent.page)


@pytest.mark.settings(offer_again_seconds=1)
def test_a_status_holds_offers_back_and_two_missed_ones_set_it(people, parley):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    status, now = bob.page.get_by_role("button", name="Status"), bob.page.locator("#status")
    bob.chooses_status("Lunch")
    expect(now).to_contain_text(re.compile(r"Lunch\s+0:0\d"))
    another = people.visitor()
    another.starts_chat("Is anybody there?")
    expect(another.log).to_contain_text("Nobody is free right now")
    bob.sees_no_offer()
    bob.answers("For you I am still here")
    vic.reads("For you I am still here")

    parley.change("UPDATE queues SET offer_seconds = 1")
    bob.chooses_status("Available")

    told = bob.page.get_by_role("alert").filter(has_text="You are Away: not responding")
    expect(told).to_contain_text("Offers were not answered")
    bob.sees_no_offer()
    expect(bob.active).to_have_count(1)
    rows = parley.rows("SELECT status, reason FROM status_changes ORDER BY id DESC LIMIT 1")
    assert rows == [("Away: not responding", "not responding")]
    parley.change("UPDATE queues SET offer_seconds = 60")
    told.get_by_role("button", name="Become Available").click()
    bob.sees_offer("Is anybody there?")
    expect(told).to_have_count(0)
    status.click()
    expect(bob.page.get_by_role("menuitemradio", name="Available")).to_be_checked()


@pytest.mark.whole_browser
def test_a_hidden_tab_rings_and_offers_stack_until_others_take_them(people, parley):
    # R5
    parley.change("UPDATE queues SET mode = 'broadcast', offer_seconds = 60")
    context = people.context(permissions=["notifications"])
    context.add_init_script(NOTIFICATIONS)
    bob = people.of(context, BOB)
    bob.page.get_by_role("button", name="Status").click()
    bob.page.locator("#status_menu").get_by_role("switch", name="Desktop notifications").check()
    mute = bob.page.get_by_role("button", name="Mute the offer sound")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert tones(bob) == 0
    bob.page.get_by_role("button", name="Test", exact=True).click()
    expect(mute).to_have_attribute("aria-pressed", "false")
    assert tones(bob) == A_CHIME
    volume = bob.page.get_by_role("slider", name="Offer sound volume")
    volume.press("Home")
    bob.page.get_by_role("button", name="Test", exact=True).click()
    assert tones(bob) == A_CHIME  # turned all the way down, it is silent
    volume.press("End")
    bob.page.get_by_role("button", name="Test", exact=True).click()
    assert tones(bob) == 2 * A_CHIME
    bob.page.keyboard.press("Escape")
    hides(bob)
    vic = people.visitor()
    asked_at = vic.page.evaluate("() => Date.now()")
    vic.starts_chat("Hello from the shop")

    until(lambda: notifications(bob), bob.page)
    [shown] = notifications(bob)
    assert shown["at"] - asked_at < 5000
    assert (shown["title"], shown["body"]) == ("New chat, Sales", "Hello from the shop")
    until(lambda: tones(bob) > 3 * A_CHIME, bob.page)  # it rings, again and again
    assert bob.page.title().startswith("(1) New chat · ")
    assert "offer" in bob.page.locator("link[rel=icon]").get_attribute("href")
    assert bob.lives() == 1

    two = people.agent(TWO)
    people.visitor().starts_chat("Me too, please")
    expect(bob.offers).to_have_count(2)
    expect(two.offers).to_have_count(2)
    assert bob.page.title().startswith("(2) New chat · ")
    two.offers.filter(has_text="Hello from the shop").get_by_role("button", name="Accept").click()
    expect(two.box).to_be_visible()
    expect(bob.notice).to_contain_text("Agent Two took the chat with Contact C-")

    bob.sees_offer("Me too, please")
    assert [one["open"] for one in notifications(bob)] == [False, True]
    assert parley.rows("SELECT shown_at IS NULL FROM offers WHERE agent = 1") == []
    assert json.dumps(notifications(bob)).count("<") == 0
