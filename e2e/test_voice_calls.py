"""Voice calls between two browsers: they hear each other, and no end is left open."""

import time

import pytest
from playwright.sync_api import expect

from e2e.conftest import ARGUMENTS
from e2e.people import BOB, REFUSED, Visitor, talking, until
from e2e.test_every_screen import is_accessible

CALLING = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
pytestmark = [
    pytest.mark.settings(calls=True),
    # A page beats, or signals, once more while the other side ends the call.
    pytest.mark.console_may_say(REFUSED.format(409)),
]

# What a page sends and hears is counted in its connections, which only its own script has.
LISTEN = """(() => {
  window.parleyConnections = [];
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given);
      window.parleyConnections.push(this);
    }
  };
})()"""
# Less is what opus makes of nothing.
SILENCE = 0.0005
BEEPS_EVERY = 1.0  # seconds, the fake microphone
HEARD = """async () => {
  const heard = { bytes: 0, energy: 0, sent: 0 };
  const connection = window.parleyConnections.at(-1);
  for (const one of (await connection.getStats()).values()) {
    if (one.type === "inbound-rtp") {
      heard.bytes = one.bytesReceived;
      heard.energy = one.totalAudioEnergy;
    }
    if (one.type === "media-source") heard.sent = one.totalAudioEnergy;
  }
  return heard;
}"""


@pytest.fixture(scope="module")
def browser(playwright, chromium):
    """One with a microphone that beeps, and nobody to ask for it."""
    launched = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *CALLING])
    yield launched
    launched.close()


@pytest.fixture
def listening(people):
    """Makes a context whose pages count what they hear."""

    def make():
        context = people.context()
        context.add_init_script(LISTEN)
        return context

    return make


@pytest.fixture
def vic(parley, shops, listening):
    parley.change("UPDATE widgets SET calls = 1")
    return Visitor(listening(), shops().url())


@pytest.fixture
def bob(people, listening):
    return people.of(listening(), BOB)


def calls(vic, bob):
    """The visitor calls, and the agent answers by the keyboard."""
    vic.chat.get_by_role("button", name="Call", exact=True).click()
    expect(ring(bob)).to_be_visible()
    bob.page.keyboard.press("Alt+a")
    expect(bob.page.locator("agent-panel")).to_have_attribute("data-state", "talks")


def ring(agent):
    return agent.page.get_by_role("button", name="Answer")


def button(agent, name):
    return agent.page.get_by_role("region", name="Agent panel").get_by_role(
        "button", name=name, exact=True
    )


def hears(page, *, more):
    """The page hears more than silence; or nothing, for longer than from beep to beep."""
    began, before = time.monotonic(), page.evaluate(HEARD)

    def heard():
        now = page.evaluate(HEARD)
        return now["energy"] - before["energy"] > SILENCE and now["bytes"] > before["bytes"]

    def silent():
        nonlocal began, before
        if heard():  # what was on its way is still heard
            began, before = time.monotonic(), page.evaluate(HEARD)
        return time.monotonic() - began > BEEPS_EVERY * 1.5

    until(heard if more else silent, page)


def is_over(agent):
    expect(agent.page.locator("agent-panel")).to_have_attribute("data-state", "idle")


def test_they_hear_each_other_but_for_mute_and_hold(vic, bob):
    talking(vic, bob)
    calls(vic, bob)

    hears(bob.page, more=True)
    hears(vic.frame, more=True)
    is_accessible(bob.page)
    button(bob, "Mute").press("Enter")
    expect(button(bob, "Mute").last).to_have_attribute("aria-pressed", "true")
    hears(vic.frame, more=False)
    button(bob, "Mute").press("Enter")
    button(bob, "Hold").press("Enter")
    expect(bob.page.locator("#agent_call[data-held]")).to_be_attached()
    hears(bob.page, more=False)
    hears(vic.frame, more=False)
    button(bob, "Hold").press("Enter")
    expect(bob.page.locator("#agent_call[data-held]")).not_to_be_attached()
    hears(vic.frame, more=True)
    button(bob, "Hang up").press("Enter")

    is_over(bob)
    expect(vic.frame.locator("#widget_call")).not_to_have_attribute("data-call", "1")
    expect(bob.log).to_contain_text("Voice call ended after")


def test_a_reload_goes_on_with_the_call(vic, bob):
    talking(vic, bob)
    calls(vic, bob)

    bob.page.reload()
    expect(bob.page.locator("agent-panel")).to_have_attribute("data-state", "talks")

    hears(bob.page, more=True)
    hears(vic.frame, more=True)
    assert bob.page.locator("#agent_call").get_attribute("data-round") == "2"


def test_one_of_two_tabs_has_the_call_and_it_ends_when_the_visitor_is_gone(vic, bob):
    talking(vic, bob)
    other = bob.another_tab()
    vic.chat.get_by_role("button", name="Call", exact=True).click()
    expect(ring(bob)).to_be_visible()
    ring(other).click()

    expect(other.page.locator("agent-panel")).to_have_attribute("data-state", "talks")
    expect(ring(bob)).to_have_count(0)
    expect(bob.page.locator("agent-panel")).to_have_attribute("data-state", "elsewhere")
    vic.page.close()
    is_over(other)
    is_over(bob)
