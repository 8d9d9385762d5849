"""The chat on somebody else's site: a true cross-site frame, with every kind of cookie setting."""

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from e2e.conftest import ARGUMENTS
from e2e.people import NETWORK, REFUSED, Agent, Visitor, talking
from e2e.test_attachments import a_file, chooses, ready, sends
from e2e.test_every_screen import is_accessible
from tests.attachments.samples import SAMPLES, mp3

BLOCKED_FRAME = r"frame-ancestors|Framing 'http"
THIRD_PARTY_BLOCKED = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
ALL_BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
def persistent(playwright, chromium, people):
    """Browsers with a profile of their own, whose preferences a person has set."""
    opened = []

    @contextmanager
    def profile(preferences):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            _write_preferences(folder, preferences)
            context = playwright.chromium.launch_persistent_context(
                folder, executable_path=chromium, args=ARGUMENTS, locale="en-GB"
            )
            try:
                yield context
            finally:
                context.close()

    def open_browser(preferences):
        manager = profile(preferences)
        opened.append(manager)
        return people.watch(manager.__enter__())

    yield open_browser
    for manager in opened:
        manager.__exit__(None, None, None)


def _write_preferences(folder, preferences):
    where = Path(folder, "Default")
    where.mkdir()
    (where / "Preferences").write_text(json.dumps(preferences))


def cookies_of(context):
    return {cookie["name"]: cookie for cookie in context.cookies()}


def test_before_the_click_there_is_one_request_and_nothing_else(people, shops, parley):
    shop = shops()
    context = people.context()
    asked = []
    context.on("request", lambda request: asked.append(request.url))

    vic = Visitor(context, shop.url())
    expect(vic.launcher).to_be_visible()
    vic.page.wait_for_load_state("networkidle")

    ours = [url for url in asked if str(parley.port) in url]
    assert ours == [f"http://chat.localhost:{parley.port}/widget.js"]
    assert context.cookies() == []
    assert vic.page.locator("iframe").count() == 0
    assert vic.page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_a_chat_on_a_site_with_a_strict_policy(people, shops, parley):
    vic = Visitor(people.context(), shops().url())
    bob = people.agent()

    talking(vic, bob, "From my shop")
    bob.answers("Welcome")
    vic.reads("Welcome")

    cookie = cookies_of(vic.context)["__Host-parley-demo"]
    assert cookie["secure"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "None"
    assert cookie["domain"] == "chat.localhost"
    assert cookie.get("partitionKey")
    expect(bob.page.get_by_text("Here now, on Teapots")).to_be_visible()
    vic.page.reload()
    vic.opens_chat()
    vic.reads_all("From my shop", "Welcome")


@pytest.mark.parametrize("preferences", [{}, THIRD_PARTY_BLOCKED], ids=["allowed", "blocked"])
def test_a_chat_goes_on_after_a_reload_with_third_party_cookies(
    persistent, people, shops, preferences
):
    vic = Visitor(persistent(preferences), shops().url())
    bob = people.agent()
    talking(vic, bob, "Before")

    vic.page.reload()

    vic.opens_chat()
    vic.reads("Before")
    vic.is_live()
    bob.answers("Still there?")
    vic.reads_all("Before", "Still there?")
    vic.writes("Yes")
    bob.reads_all("Before", "Still there?", "Yes")


def test_a_chat_works_while_the_page_lasts_with_all_cookies_and_storage_blocked(
    persistent, people, shops, parley
):
    # V7
    vic = Visitor(persistent(ALL_BLOCKED), shops().url())
    bob = people.agent()

    talking(vic, bob, "No cookies please")
    bob.answers("That works too")
    vic.reads("That works too")
    vic.writes("Good")
    bob.reads_all("No cookies please", "That works too", "Good")
    assert vic.context.cookies() == []

    vic.page.reload()
    vic.opens_chat()
    vic.does_not_read("No cookies please")
    vic.writes("Me again")
    vic.reads_all("Me again")
    assert parley.rows("SELECT count(*) FROM visitors") == [(2,)]


@pytest.mark.console_may_say(NETWORK, REFUSED.format(404))
def test_sound_and_film_come_with_the_visitors_token_where_cookies_are_blocked(
    persistent, people, shops
):
    # V4: and it is in no address
    vic = Visitor(persistent(ALL_BLOCKED), shops().url())
    bob = people.agent()
    talking(vic, bob)
    asked = []
    vic.page.on("request", lambda request: asked.append(request.url))
    bob.page.route("**/attachments/*?inline", lambda route: route.abort())
    chooses(bob, a_file("hello.mp3", mp3()), a_file("empty.mp4", SAMPLES["mp4"]))
    ready(bob, 2)
    sends(bob)

    # What the browser has not got is told, and tried again.
    theirs, mine = (one.log.get_by_role("group", name="hello.mp3") for one in (bob, vic))
    expect(theirs).to_contain_text("This file cannot be fetched right now.")
    is_accessible(bob.page)
    bob.page.unroute("**/attachments/*?inline")
    theirs.get_by_role("button", name="Retry").click()
    plays(theirs)
    expect(theirs).not_to_contain_text("cannot")

    expect(mine.get_by_text("0:00", exact=True)).to_be_visible()
    assert not [url for url in asked if "inline" in url]
    vic.page.route("**/attachments/*?inline", lambda route: route.abort())
    mine.get_by_role("button", name="Play").click()
    expect(mine).to_contain_text("This file cannot be fetched right now.")
    is_accessible(vic.frame)
    vic.page.unroute("**/attachments/*?inline")
    mine.get_by_role("button", name="Retry").click()
    plays(mine)

    film = vic.log.get_by_role("group", name="empty.mp4")
    film.get_by_role("button", name="Play").click()
    expect(film).to_contain_text("This file cannot be played here.")
    assert {urlsplit(url).query for url in asked if "/attachments/" in url} == {"inline"}


def plays(player):
    expect(player.get_by_text("0:01 / 0:01")).to_be_visible()
    assert player.evaluate("(one) => one.media.currentTime") > 1


@pytest.fixture
def elsewhere(playwright, chromium, people):
    """A browser for which names on the net lead here: no secure context, as on a plain network."""
    rules = "--host-resolver-rules=MAP *.test 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, rules])
    yield lambda: people.watch(browser.new_context())
    people.close()
    browser.close()


@pytest.mark.console_may_say("Cross-Origin-Opener-Policy header has been ignored")
def test_where_cookies_do_not_come_back_the_chat_survives_a_reload(elsewhere, parley):
    site = f"http://parley.test:{parley.port}"
    parley.change("UPDATE widgets SET allowed_sites = ?", site)
    vic = Visitor(elsewhere(), f"{site}/demo")
    bob = Agent(elsewhere(), site).signs_in()
    talking(vic, bob, "Over plain http")
    assert vic.context.cookies() == []

    vic.page.reload()

    vic.opens_chat()
    vic.reads_all("Over plain http")
    vic.is_live()
    bob.answers("Still here")
    vic.reads_all("Over plain http", "Still here")
    vic.writes("Good")
    bob.reads_all("Over plain http", "Still here", "Good")
    assert parley.rows("SELECT count(*) FROM visitors") == [(1,)]


def test_two_shops_in_one_browser_do_not_mix(people, shops, parley):
    # V2
    context = people.context()
    teapots, hats = shops(), shops(title="Hats")
    at_teapots = Visitor(context, teapots.url("teapots.localhost"))
    at_hats = Visitor(context, hats.url("hats.localhost"))

    at_teapots.starts_chat("A teapot")
    at_hats.starts_chat("A hat")

    at_teapots.reads_all("A teapot")
    at_hats.reads_all("A hat")
    assert parley.rows("SELECT count(*) FROM visitors") == [(2,)]


@pytest.mark.console_may_say(BLOCKED_FRAME, REFUSED.format(403), NETWORK)
def test_an_unlisted_site_can_neither_frame_nor_start_a_chat(elsewhere, shops, parley):
    # V6
    page = elsewhere().new_page()
    page.goto(shops(strict=False).url("shop.test"))
    with page.expect_response("**/widget/demo?**") as answered:
        page.get_by_role("button", name="Open chat").click()
    assert answered.value.status == 403
    expect(page.frame_locator("iframe").get_by_role("textbox")).to_have_count(0)

    # Even if its script leaves out where it is, the browser refuses to show the frame.
    page.evaluate(
        """chat => new Promise(loaded => {
          const frame = document.createElement("iframe");
          frame.title = "Stolen";
          frame.onload = loaded;
          frame.src = `${chat}/widget/demo`;
          document.body.append(frame);
        })""",
        f"http://chat.localhost:{parley.port}",
    )
    stolen = page.frame_locator("iframe[title=Stolen]")
    expect(stolen.get_by_role("textbox", name="Message")).to_have_count(0)

    # And its page cannot write for anybody.
    page.evaluate(
        """chat => fetch(`${chat}/widget/demo/messages`, {
          method: "POST", mode: "no-cors",
          body: new URLSearchParams({body: "stolen", nonce: "12345678-stolen"})
        }).catch(() => {})""",
        f"http://chat.localhost:{parley.port}",
    )
    assert parley.entries() == []


@pytest.mark.parametrize("path", ["/sign-in", "/workspace/webchat"])
@pytest.mark.console_may_say(BLOCKED_FRAME, NETWORK)
def test_the_workspace_and_the_sign_in_page_are_never_framed(people, parley, path):
    page = people.context().new_page()
    page.goto(f"{parley.url}/demo")

    page.evaluate(
        """address => new Promise(loaded => {
          const frame = document.createElement("iframe");
          frame.title = "Stolen";
          frame.onload = loaded;
          frame.src = address;
          document.body.append(frame);
        })""",
        parley.url + path,
    )

    expect(page.frame_locator("iframe[title=Stolen]").get_by_label("E-mail")).to_have_count(0)


def test_an_unread_badge_counts_while_the_chat_is_closed(people, shops):
    vic = Visitor(people.context(), shops().url())
    bob = people.agent()
    talking(vic, bob)
    vic.closes_chat()

    bob.answers("One")
    bob.answers("Two")

    expect(vic.page.get_by_text("2 unread messages")).to_be_attached()
    expect(vic.launcher.locator("b")).to_have_text("2")
    vic.opens_chat()
    vic.reads_all("Hello", "One", "Two")
    vic.ends_chat()
    bob.archives_with("Refund")
    vic.starts_new_chat()
    vic.writes("Another thing")
    bob.accepts()
    vic.sees_agent()
    vic.closes_chat()
    expect(vic.launcher.locator("b")).to_be_hidden()

    bob.answers("Three")

    expect(vic.launcher.locator("b")).to_have_text("1")


def test_a_returning_visitor_with_an_open_chat_sees_the_badge_before_any_click(people, shops):
    shop = shops()
    vic = Visitor(people.context(), shop.url())
    bob = people.agent()
    talking(vic, bob)
    vic.page.goto("about:blank")
    bob.answers("Are you still there?")
    bob.reads("Are you still there?")

    vic.page.goto(shop.url() + "other")

    expect(vic.launcher.locator("b")).to_have_text("1")
    expect(vic.page.get_by_role("button", name="Open chat")).to_be_visible()
    vic.opens_chat()
    vic.reads("Are you still there?")
    vic.closes_chat()
    expect(vic.launcher.locator("b")).to_be_hidden()


def test_a_visitor_whose_chat_has_ended_loads_nothing_before_the_click(people, shops):
    shop = shops()
    vic = Visitor(people.context(), shop.url())
    vic.starts_chat("Short")
    vic.ends_chat()
    expect(vic.chat.get_by_role("button", name="New chat")).to_be_visible()

    vic.page.goto(shop.url() + "other")

    expect(vic.launcher).to_be_visible()
    assert vic.page.locator("iframe").count() == 0


def test_forged_messages_to_the_loader_and_to_the_frame_are_ignored(people, shops):
    # V5
    vic = Visitor(people.context(), shops().url())
    vic.starts_chat("Hello")

    vic.page.evaluate("""() => {
      for (const type of ["close", "unread", "ready"]) {
        postMessage({parley: 1, type, count: 99}, "*");
      }
      const other = document.createElement("iframe");
      document.body.append(other);
      other.contentWindow.parent.postMessage({parley: 1, type: "close"}, "*");
    }""")
    vic.frame.evaluate("""() => {
      for (const type of ["close", "unread"]) parent.postMessage({parley: 2, type, count: 99}, "*");
      parent.postMessage({parley: 1, type: "constructor"}, "*");
      parent.postMessage({parley: 1, type: "unread", count: "<b>9</b>"}, "*");
      parent.postMessage(null, "*");
      window.postMessage({parley: 1, type: "closed"}, "*");
    }""")
    vic.writes("Still open")

    vic.reads("Still open")
    expect(vic.page.get_by_role("button", name="Close chat").first).to_be_visible()
    expect(vic.chat.locator("body")).to_have_attribute("data-shown", "yes")
    expect(vic.launcher.locator("b")).to_be_hidden()


@pytest.mark.console_may_say("target origin provided")
def test_what_the_page_tells_the_chat_reaches_nobody_else_in_its_frame(people, shops):
    # V4, V5
    listens = "window.heard = []; addEventListener('message', (event) => heard.push(event.data))"
    context = people.context()
    context.route(
        "http://elsewhere.localhost/",
        lambda route: route.fulfill(content_type="text/html", body=f"<script>{listens}</script>"),
    )
    vic = Visitor(context, shops(strict=False).url())
    vic.opens_chat()
    with vic.page.expect_event("framenavigated") as led_elsewhere:
        vic.frame.evaluate("() => void setTimeout(() => location.assign('//elsewhere.localhost/'))")

    vic.page.evaluate("""() => {
      Parley.identify({external_id: "4711", name: "Maria", email: "", exp: 1}, "signature")
        .catch(() => {});
      Parley.close();
    }""")
    vic.page.locator("iframe").evaluate("(its) => its.contentWindow.postMessage('the last', '*')")

    frame = led_elsewhere.value
    frame.wait_for_function("() => heard.includes('the last')")
    assert frame.evaluate("() => heard") == ["the last"]


def test_nothing_secret_is_in_an_address_or_a_posted_message(people, shops):
    # V4
    context = people.context()
    context.add_init_script(
        "window.heard = []; addEventListener('message', e => window.heard.push(e.data))"
    )
    addresses = []
    context.on("request", lambda request: addresses.append(request.url))
    vic = Visitor(context, shops().url())
    bob = people.agent()
    talking(vic, bob, "A secret matter")
    bob.answers("Of course")
    vic.reads("Of course")

    token = cookies_of(context)["__Host-parley-demo"]["value"]
    heard = json.dumps(vic.page.evaluate("() => window.heard"))

    assert '"type": "ready"' in heard
    for secret in (token, "A secret matter", "Of course"):
        assert secret not in heard
        assert not [url for url in addresses if secret in url]
