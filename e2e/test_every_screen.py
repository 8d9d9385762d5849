"""Phones, dark rooms, calm motion, and readers who do not see: every page and state."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, REFUSED, Visitor, talking

AXE = (Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js").read_text()
RUN = "() => axe.run(document, {iframes: false, resultTypes: ['violations']})"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


def is_accessible(document):
    """Axe finds nothing in this page or frame."""
    if not document.evaluate("() => 'axe' in window"):
        document.evaluate(AXE)
    found = document.evaluate(RUN)["violations"]
    told = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
    assert told == []


def fits(document):
    """Nothing makes the page scroll sideways."""
    width, inner = document.evaluate(
        "() => [document.scrollingElement.scrollWidth, window.innerWidth]"
    )
    assert width <= inner


LOOKS = pytest.mark.parametrize(
    "look",
    [{}, {**PHONE, "color_scheme": "dark"}],
    ids=["desktop light", "phone dark"],
)


@LOOKS
def test_every_state_of_a_chat_is_accessible_and_fits(people, look):
    bob = people.agent(**look)
    vic = people.visitor(**look)
    is_accessible(bob.page)
    is_accessible(vic.page)
    fits(bob.page)

    vic.opens_chat()
    is_accessible(vic.page)
    is_accessible(vic.frame)
    vic.writes("A **first** question, with https://lamps.example/a/very/long/address/" + "x" * 90)
    vic.is_live()
    bob.sees_offer()
    is_accessible(vic.frame)
    is_accessible(bob.page)
    fits(bob.page)

    bob.accepts()
    bob.answers("An answer in *many* words. " * 12)
    vic.sees_agent()
    expect(vic.entries).to_have_count(3)
    for document in (bob.page, vic.frame):
        is_accessible(document)
        fits(document)

    bob.page.get_by_role("button", name="Archive", exact=True).click()
    expect(bob.archive_dialog).to_be_visible()
    is_accessible(bob.page)
    fits(bob.page)
    bob.page.keyboard.press("Escape")
    vic.chat.get_by_role("button", name="End chat", exact=True).click()
    expect(vic.chat.get_by_role("button", name="Keep chatting")).to_be_visible()
    is_accessible(vic.frame)
    vic.chat.get_by_role("button", name="End chat now").click()
    vic.sees_the_end()
    is_accessible(vic.frame)
    fits(vic.frame)

    bob.archives_with("Not for us")
    is_accessible(bob.page)
    fits(bob.page)


@LOOKS
@pytest.mark.console_may_say(REFUSED.format("4.."))
def test_sign_in_errors_menus_and_forms_are_accessible_and_fit(people, parley, look):
    page = people.context(**look).new_page()
    page.goto(f"{parley.url}/sign-in")
    is_accessible(page)
    fits(page)
    page.get_by_label("E-mail").fill("agent1@demo.test")
    page.get_by_label("Password", exact=True).fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_accessible(page)
    page.goto(f"{parley.url}/nowhere")
    is_accessible(page)
    fits(page)
    page.goto(f"{parley.url}/widget/unknown")
    is_accessible(page)

    parley.change("UPDATE widgets SET ask_name = 'required', ask_email = 'optional'")
    vic = people.visitor(**look)
    vic.opens_chat()
    is_accessible(vic.frame)
    fits(vic.frame)
    vic.chat.get_by_role("button", name="Start chat").click()
    expect(vic.chat.get_by_text("Enter your name.")).to_be_visible()
    is_accessible(vic.frame)

    bob = people.agent(**look)
    bob.page.get_by_role("button", name="Status").click()
    expect(bob.page.get_by_role("menuitemradio", name="Offline")).to_be_visible()
    is_accessible(bob.page)
    fits(bob.page)
    bob.page.keyboard.press("Escape")
    bob.page.get_by_role("button", name="Account").click()
    expect(bob.page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    is_accessible(bob.page)


@pytest.mark.console_may_say(REFUSED.format(404))  # a page may ask once more for what is gone
def test_erasing_a_contact_is_accessible_and_nobody_sees_them_any_more(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob, "My broken lamp")
    amy = people.agent("admin@demo.test", viewport={"width": 1440, "height": 900})
    amy.page.goto(bob.page.url)
    amy.reads("My broken lamp")
    amy.page.get_by_role("button", name="Erase contact").click()
    dialog = amy.page.get_by_role("dialog", name="Erase contact")
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    is_accessible(amy.page)
    fits(amy.page)
    amy.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    amy.page.get_by_role("button", name="Erase contact").press("Enter")
    dialog.get_by_role("button", name="Erase contact").click()

    expect(amy.log).to_be_hidden()
    expect(bob.active).to_have_count(0)
    is_accessible(amy.page)


@pytest.mark.console_may_say(NETWORK)
def test_what_is_shown_while_reconnecting_is_accessible(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    parley.kill()
    vic.writes("On its way")
    vic.sees_reconnecting()
    bob.sees_reconnecting()
    expect(vic.unsent).to_be_visible()

    is_accessible(vic.frame)
    is_accessible(bob.page)


def test_a_whole_chat_on_two_phones(people):
    bob = people.agent(**PHONE)
    vic = people.visitor(**PHONE)
    vic.page.get_by_role("button", name="Open chat").tap()
    chat = vic.page.locator("iframe[title=Chat]")
    expect(chat).to_be_visible()
    assert chat.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    vic.types("From my phone")
    vic.chat.get_by_role("button", name="Send").tap()
    vic.reads("From my phone")

    bob.sees_offer()
    bob.page.get_by_role("button", name="Accept").tap()
    bob.reads("From my phone")
    bob.types("From mine")
    bob.page.get_by_role("button", name="Send").tap()
    vic.reads("From mine")
    for document in (bob.page, vic.page, vic.frame):
        fits(document)
    for button in (
        vic.chat.get_by_role("button", name="Send"),
        vic.chat.get_by_role("button", name="Close chat"),
        vic.chat.get_by_role("button", name="End chat", exact=True),
    ):
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44

    bob.page.get_by_role("link", name="Back to the list").tap()
    expect(bob.active).to_be_visible()
    bob.active.tap()
    bob.reads("From mine")
    bob.archives_with("Refund")
    vic.sees_the_end()
    vic.chat.get_by_role("button", name="Close chat").tap()
    expect(vic.page.get_by_role("button", name="Open chat")).to_be_visible()


def test_dark_rooms_get_dark_pages(people, shops):
    bob = people.agent(color_scheme="dark")
    vic = Visitor(people.context(color_scheme="dark"), shops().url())
    talking(vic, bob)

    for document in (bob.page, vic.frame):
        colour, text = document.locator("body").evaluate(
            "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
        )
        assert lightness(colour) < 0.35
        assert lightness(text) > 0.75


def lightness(colour):
    return float(re.search(r"oklch\(([\d.]+)", colour).group(1))


def test_calm_motion_keeps_the_seconds_and_leaves_out_the_sweep(people):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat("Calmly")
    bob.sees_offer()

    ring = bob.offers.get_by_role("timer", name="Seconds left")
    expect(ring).to_have_text(re.compile(r"\d"))
    assert ring.locator(".ring__arc").evaluate("arc => arc.getAnimations().length") == 0


def test_at_twice_the_size_everything_is_still_there(people):
    """200 % zoom of a 1280 pixel window is a window of 640 with twice the pixels."""
    half = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    vic, bob = people.visitor(**half), people.agent(**half)

    talking(vic, bob)
    bob.answers("Readable")
    vic.reads("Readable")

    for document in (bob.page, vic.page, vic.frame):
        fits(document)
