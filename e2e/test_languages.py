"""Everybody in their own language: a German and an Arabic visitor, an agent who chooses French."""

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import OUTPUT
from e2e.test_every_screen import PHONE, fits

ARABIC_WORDS = "مرحبا, is the Alder lamp (E27) in stock?"


def says_in(page, words):
    """The chat in the frame, found whatever its language is."""
    page.get_by_role("button", name=words).click()
    chat = page.frame_locator("parley-chat iframe")
    expect(chat.locator("body")).to_have_attribute("data-shown", "yes")
    return chat


def picture(page, name):
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png")


def chooses(agent, language):
    """Choose the language in the account's menu, whatever the page's own is."""
    agent.page.locator("#account_button").click()
    agent.page.get_by_role("menuitemradio", name=language).click()


def test_a_german_visitor_and_an_agent_in_french_talk(people):
    bob = people.agent()
    chooses(bob, "Français")
    expect(bob.page.locator("html")).to_have_attribute("lang", "fr")
    bob.is_live()
    vic = people.visitor(locale="de-DE").page

    chat = says_in(vic, "Chat öffnen")
    chat.get_by_role("textbox", name="Nachricht", exact=True).fill("Guten Tag")
    chat.get_by_role("button", name="Senden", exact=True).click()
    offer = bob.page.get_by_role("region", name="Propositions").get_by_role("group")
    expect(offer).to_contain_text("Nouveau chat")
    offer.get_by_role("button", name="Accepter").click()

    expect(chat.get_by_role("log")).to_contain_text("Agent One ist dem Chat beigetreten")
    transcript = bob.page.get_by_role("log", name="Transcription")
    expect(transcript).to_contain_text("Agent One a rejoint le chat")
    expect(transcript).to_contain_text("Guten Tag")
    expect(chat.get_by_role("button", name="Chat beenden")).to_be_visible()


@pytest.mark.parametrize("look", [{}, PHONE], ids=["desktop", "phone"])
def test_arabic_is_written_from_right_to_left(people, look):
    bob = people.agent(**look)
    chooses(bob, "العربية")
    expect(bob.page.locator("html")).to_have_attribute("dir", "rtl")
    bob.is_live()
    visitor = people.visitor(locale="ar-EG", **look)
    chat = says_in(visitor.page, "فتح المحادثة")
    expect(chat.locator("html")).to_have_attribute("dir", "rtl")

    chat.get_by_role("textbox", name="الرسالة", exact=True).fill(ARABIC_WORDS)
    chat.get_by_role("button", name="إرسال", exact=True).click()
    bob.page.get_by_role("button", name="قبول").click()
    expect(chat.get_by_role("log")).to_contain_text(re.compile("انضم"))

    expect(bob.page.locator("#transcript")).to_be_visible()
    own = chat.locator(".entry--own").first.bounding_box()
    log = chat.get_by_role("log").bounding_box()
    assert own["x"] - log["x"] < log["width"] / 2, "an own message stands at the end: on the left"
    for document in (bob.page, visitor.frame, visitor.page):
        fits(document)
    kind = "phone" if look else "desktop"
    picture(bob.page, f"arabic-workspace-{kind}")
    picture(visitor.page, f"arabic-widget-{kind}")
