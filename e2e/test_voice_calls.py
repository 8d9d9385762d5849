"""Voice calls between two browsers: they hear each other, and no end is left open."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.calls.ice import ice_servers
from app.settings import Settings
from e2e.conftest import ARGUMENTS
from e2e.people import BOB, REFUSED, Visitor, talking, until
from e2e.test_every_screen import is_accessible
from tests.services import relay_server

# A microphone that beeps, which each context lends or refuses to its pages.
CALLING = ["--use-fake-device-for-media-stream", "--allow-loopback-in-peer-connection"]
MICROPHONE = ["microphone"]
# A page beats, or signals, once more while the other side ends the call.
pytestmark = pytest.mark.console_may_say(REFUSED.format(409))

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
# The name of the way between the two, which a new one does not have.
WAY = """() => {
  const connection = window.parleyConnections.at(-1);
  const found = connection.currentRemoteDescription?.sdp.match(/a=ice-ufrag:(.+)/);
  return connection.connectionState === "connected" && found ? found[1] : "";
}"""
NO_MICROPHONE = """if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("Requested device not found", "NotFoundError"))"""
RELAY_ALONE = """(() => {
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(given) {
      super({ ...given, iceTransportPolicy: "relay" });
    }
  };
})()"""

# What the relay says to who asks it for a place: 200, or the code of its refusal.
ASKED = """async (ice) => {
  const connection = new RTCPeerConnection({ iceServers: ice, iceTransportPolicy: "relay" });
  connection.createDataChannel("x");
  const said = new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) => candidate?.candidate && resolve(200);
    connection.onicecandidateerror = ({ errorCode }) => errorCode !== 701 && resolve(errorCode);
  });
  await connection.setLocalDescription();
  return said;
}"""
WAY_TAKEN = """async () => {
  const stats = await window.parleyConnections.at(-1).getStats();
  const way = [...stats.values()].find((one) => one.type === "candidate-pair" && one.nominated);
  return [way.localCandidateId, way.remoteCandidateId].map((id) => stats.get(id).candidateType);
}"""
SECRET = "the-secret-of-both"


@pytest.fixture(scope="module")
def browser(playwright, chromium):
    """One with a microphone."""
    launched = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *CALLING])
    yield launched
    launched.close()


@pytest.fixture
def relay(request):
    """A coturn of the story's own, which its Parley knows."""
    with relay_server(SECRET) as address:
        request.applymarker(pytest.mark.settings(turn_urls=address, turn_secret=SECRET))
        yield address


@pytest.fixture
def listening(people):
    """Makes a context whose pages may speak, and count what they hear."""

    def make(*scripts, **options):
        context = people.context(**{"permissions": MICROPHONE, **options})
        for script in (LISTEN, *scripts):
            context.add_init_script(script)
        return context

    return make


@pytest.fixture
def vic(shops, listening):
    return Visitor(listening(), shops().url())


@pytest.fixture
def bob(people, listening):
    return people.of(listening(), BOB)


def calls(vic, bob):
    """The visitor calls, and the agent answers by the keyboard."""
    rings(vic, bob)
    bob.page.keyboard.press("Alt+a")
    stands(bob, "talks")


def rings(vic, bob):
    vic.chat.get_by_role("button", name="Call", exact=True).click()
    expect(ring(bob)).to_be_visible()


def tones(person):
    """How many have sounded on their page."""
    return int(person.chat.locator("html").get_attribute("data-test-tones"))


def stands(agent, state):
    """How the agent panel has the call."""
    expect(agent.page.locator("agent-panel")).to_have_attribute("data-state", state)


def talks(visitor):
    expect(visitor.chat.locator("body")).to_have_attribute("data-voice", "talks")


def bar(visitor):
    return visitor.chat.get_by_role("group", name="Voice call")


def has_ended(vic, bob):
    stands(bob, "idle")
    expect(bar(vic)).to_have_count(0)


def ring(agent):
    return agent.page.get_by_role("button", name="Answer")


def button(agent, name):
    return agent.page.get_by_role("region", name="Agent panel").get_by_role(
        "button", name=name, exact=True
    )


def hear(*pages):
    """Each of these pages hears more than silence."""
    for page in pages:
        before = page.evaluate(HEARD)
        until(lambda page=page, before=before: _heard(page, before), page)


def hear_nothing(*pages):
    """None of these pages hears anything, for longer than from beep to beep."""
    began, before = time.monotonic(), [page.evaluate(HEARD) for page in pages]

    def silent():
        nonlocal began, before
        if any(_heard(*one) for one in zip(pages, before, strict=True)):
            # What was on its way is still heard.
            began, before = time.monotonic(), [page.evaluate(HEARD) for page in pages]
        return time.monotonic() - began > BEEPS_EVERY * 1.5

    until(silent, pages[0])


def _heard(page, before):
    now = page.evaluate(HEARD)
    return now["energy"] - before["energy"] > SILENCE and now["bytes"] > before["bytes"]


def test_they_hear_each_other_but_for_mute_and_hold(vic, bob):
    talking(vic, bob)
    calls(vic, bob)

    hear(bob.page, vic.frame)
    is_accessible(bob.page)
    button(bob, "Mute").press("Enter")
    expect(button(bob, "Mute").last).to_have_attribute("aria-pressed", "true")
    hear_nothing(vic.frame)
    button(bob, "Mute").press("Enter")
    button(bob, "Hold").press("Enter")
    expect(bob.page.locator("#agent_call[data-held]")).to_be_attached()
    hear_nothing(bob.page, vic.frame)
    button(bob, "Hold").press("Enter")
    expect(bob.page.locator("#agent_call[data-held]")).not_to_be_attached()
    hear(vic.frame)
    button(bob, "Hang up").press("Enter")

    has_ended(vic, bob)
    expect(bob.log).to_contain_text("Voice call ended after")


def test_a_reload_on_either_side_goes_on_with_the_call(parley, listening, bob):
    # Where the frame of another site may keep nothing, as in private windows, the call ends.
    vic = Visitor(listening(), f"{parley.url}/demo")
    talking(vic, bob)
    calls(vic, bob)

    bob.page.reload()
    stands(bob, "talks")

    hear(bob.page, vic.frame)
    vic.page.reload()
    talks(vic)
    hear(bob.page, vic.frame)
    assert bob.page.locator("#agent_call").get_attribute("data-round") == "3"


def test_one_of_two_tabs_has_the_call_and_it_ends_when_the_visitor_is_gone(vic, bob):
    talking(vic, bob)
    other = bob.another_tab()
    rings(vic, bob)
    ring(other).click()

    stands(other, "talks")
    expect(ring(bob)).to_have_count(0)
    stands(bob, "elsewhere")
    vic.page.close()
    stands(other, "idle")
    stands(bob, "idle")


@pytest.mark.console_may_say(REFUSED.format(422))
def test_an_invitation_is_answered_by_keyboard_and_outlives_another_network(vic, bob):
    talking(vic, bob)
    other = Visitor(vic.context, vic.page.url)
    bob.page.get_by_role("button", name="Expand agent panel").press("Enter")
    button(bob, "Invite to call").press("Enter")
    invitation = vic.chat.get_by_role("group", name="Agent One would like to talk to you")
    is_accessible(vic.frame)
    until(lambda: tones(vic) > 0, vic.page)
    invitation.get_by_role("button", name="Answer").press("Enter")
    talks(vic)
    expect(other.chat.get_by_text("The call is in another tab.")).to_be_attached()
    before = bob.page.evaluate(WAY)

    vic.frame.evaluate("window.dispatchEvent(new Event('online'))")
    until(lambda: bob.page.evaluate(WAY) not in ("", before), bob.page)
    hear(bob.page, vic.frame)

    bob.page.get_by_role("button", name="Forward").click()
    dialog = bob.page.get_by_role("dialog", name="Forward")
    dialog.get_by_role("radio", name="Billing").check()
    dialog.get_by_role("button", name="Forward").click()
    expect(dialog.get_by_role("alert")).to_contain_text("call")
    bob.page.keyboard.press("Escape")
    stands(bob, "talks")
    bar(vic).get_by_role("button", name="Hang up").press("Enter")
    has_ended(vic, bob)
    expect(bob.log).to_contain_text("Voice call ended after")
    expect(vic.log).to_contain_text("Voice call ended after")


def test_who_does_not_answer_or_declines_is_not_talked_to(vic, bob, parley):
    talking(vic, bob)
    before = tones(bob)
    rings(vic, bob)
    until(lambda: tones(bob) > before, bob.page)

    parley.change("UPDATE calls SET rang_at = datetime(rang_at, '-30 seconds')")

    expect(ring(bob)).to_have_count(0)
    has_ended(vic, bob)
    expect(vic.log).to_contain_text("Nobody answered your call.")
    expect(bob.log).to_contain_text("Agent One missed a call of")
    rings(vic, bob)
    bob.declines()
    has_ended(vic, bob)
    expect(vic.log).to_contain_text("Agent One cannot take calls right now.")


def test_without_a_microphone_nothing_rings_and_a_sentence_says_why(
    listening, people, shops, parley
):
    vic = Visitor(listening(permissions=[]), shops().url())
    bob = people.of(listening(NO_MICROPHONE), BOB)
    talking(vic, bob)

    vic.chat.get_by_role("button", name="Call", exact=True).click()
    expect(vic.chat.get_by_text("The browser keeps the microphone from this page.")).to_be_visible()
    bob.page.get_by_role("button", name="Expand agent panel").click()
    button(bob, "Invite to call").click()
    expect(bob.page.get_by_role("alert")).to_contain_text("There is no microphone.")
    assert parley.rows("SELECT id FROM calls") == []

    vic.context.grant_permissions(MICROPHONE)
    rings(vic, bob)
    ring(bob).click()
    expect(bob.page.get_by_role("alert")).to_contain_text("There is no microphone.")
    bob.declines()
    has_ended(vic, bob)


def test_without_a_way_to_each_other_the_call_ends_and_both_read_so(listening, people, shops):
    vic = Visitor(listening(clock=True), shops().url())
    bob = people.of(listening(RELAY_ALONE), BOB)  # and there is none
    talking(vic, bob)
    rings(vic, bob)
    ring(bob).click()
    expect(bar(vic)).to_contain_text("Connecting…")

    signs = []
    vic.page.on("response", lambda said: said.url.endswith("/presence") and signs.append(said))

    def is_over():
        before = len(signs)
        vic.page.clock.run_for(3000)  # in which they say once that they are there
        until(lambda: len(signs) > before or not bar(vic).count(), vic.page)
        return not bar(vic).count()

    until(is_over, vic.page)

    expect(vic.chat.get_by_text("The two browsers find no way to each other")).to_be_visible()
    has_ended(vic, bob)
    expect(bob.log).to_contain_text("the browsers found no way to each other")
    expect(vic.log).to_contain_text("found no way through")


def test_answered_in_another_page_and_over_when_the_agent_vanishes(vic, bob):
    talking(vic, bob)
    bob.page.goto(f"{bob.url}/workspace/responses")
    bob.is_live()
    rings(vic, bob)
    ring(bob).click()
    stands(bob, "talks")
    hear(vic.frame)

    bob.page.close()
    began = time.monotonic()

    expect(bar(vic)).to_have_count(0)
    assert time.monotonic() - began < 10
    expect(vic.log).to_contain_text("broke off after")


def test_sound_flows_over_the_relay_alone_and_only_with_right_credentials(
    relay, listening, people, shops, monkeypatch
):
    vic = Visitor(listening(RELAY_ALONE), shops().url())
    bob = people.of(listening(RELAY_ALONE), BOB)
    talking(vic, bob)
    calls(vic, bob)

    hear(bob.page, vic.frame)
    assert bob.page.evaluate(WAY_TAKEN) == ["relay", "relay"]
    assert bob.page.evaluate(ASKED, credentials(relay)) == 200
    assert bob.page.evaluate(ASKED, credentials(relay, "another")) == 401
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    monkeypatch.setattr("app.calls.ice.now", lambda: two_hours_ago)
    assert bob.page.evaluate(ASKED, credentials(relay)) == 401


def credentials(relay, secret=SECRET):
    return ice_servers(Settings(turn_urls=relay, turn_secret=secret), "call-1")
