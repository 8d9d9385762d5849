"""What makes a visitor's chat pleasant: how it was, who is before me, a message left at night."""

import pytest
from playwright.sync_api import expect

from e2e.people import REFUSED, talking
from e2e.test_every_screen import PHONE, fits, is_accessible


def rates(vic, score, comment=""):
    vic.chat.get_by_role("radio", name=str(score)).check(force=True)
    vic.chat.get_by_role("textbox", name="Comment").fill(comment)
    vic.chat.get_by_role("button", name="Send rating").click()


@pytest.mark.console_may_say(REFUSED.format(422))
def test_a_chat_is_rated_and_the_agent_sees_it(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    vic.ends_chat()
    is_accessible(vic.frame)
    fits(vic.frame)
    vic.chat.get_by_role("textbox", name="Comment").fill("Quick")
    bob.archives_with("Refund")
    expect(vic.log.get_by_text("Agent One ended the chat")).to_have_count(1)
    expect(vic.chat.get_by_role("textbox", name="Comment")).to_have_value("Quick")

    vic.chat.get_by_role("button", name="Send rating").click()
    expect(vic.chat.get_by_role("group", name="How was this chat?")).to_have_accessible_description(
        "Choose a number from 1 to 5."
    )
    rates(vic, 4, "Quick and kind")

    expect(vic.chat.get_by_text("You rated this chat 4 of 5, good.")).to_be_visible()
    expect(bob.log.get_by_text("Rated 4 of 5: Quick and kind")).to_have_count(1)
    is_accessible(vic.frame)


def test_who_waits_sees_the_line_move(people):
    first, second = people.visitor(), people.visitor()
    first.starts_chat("I am first")
    second.starts_chat("I am second")
    expect(second.chat.get_by_text("1 person is before you")).to_be_visible()
    is_accessible(second.frame)
    second.marks_the_page()

    first.ends_chat()

    expect(second.chat.get_by_text("You are next")).to_be_visible()
    second.is_on_the_same_page()


def test_outside_the_hours_one_leaves_a_message(people, parley):
    parley.change(
        "INSERT INTO queue_holidays (queue, day, name) "
        "SELECT q.id, date('now', d.value || ' days'), 'Closed' FROM queues q, "
        "(SELECT -1 AS value UNION SELECT 0 UNION SELECT 1) d"
    )
    vic = people.visitor(**PHONE)
    vic.page.get_by_role("button", name="Open chat").tap()
    expect(vic.chat.get_by_text("We open")).to_be_visible()
    is_accessible(vic.frame)
    fits(vic.frame)
    vic.chat.get_by_role("textbox", name="E-mail").fill("vic@mail.example")
    vic.box.fill("Do you ship to Norway?")
    vic.chat.get_by_role("button", name="Leave message").tap()

    expect(vic.chat.get_by_text("Your message is with us")).to_be_visible()
    vic.reads("Do you ship to Norway?")
    is_accessible(vic.frame)
    fits(vic.frame)

    parley.change("DELETE FROM queue_holidays")
    bob = people.agent()
    bob.sees_offer("Message left, Sales")
    expect(bob.offers).to_contain_text("vic@mail.example")
    is_accessible(bob.page)
    bob.accepts()
    bob.answers("We do")
    vic.reads("We do")


def test_who_comes_back_reads_their_earlier_chat_and_keeps_the_transcript(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob, "Is the Alder in stock?")
    bob.answers("It is")
    vic.reads("It is")
    vic.ends_chat()
    with vic.page.expect_download() as download:
        vic.chat.get_by_role("link", name="Transcript", exact=True).click()
    kept = download.value.path().read_text()
    assert "Is the Alder in stock?" in kept
    assert "It is" in kept
    bob.archives_with("Refund")

    vic.starts_new_chat()
    earlier = vic.chat.get_by_text("Earlier chat,")
    earlier.click()

    expect(vic.chat.get_by_text("Is the Alder in stock?")).to_be_visible()
    is_accessible(vic.frame)
    fits(vic.frame)
    vic.writes("And the Hedda?")
    vic.reads_all("And the Hedda?")


def test_on_a_small_phone_the_composer_stays_above_the_keyboard(people):
    vic = people.visitor(**PHONE)
    vic.page.get_by_role("button", name="Open chat").tap()
    vic.writes("From my phone")
    vic.reads("From my phone")
    assert vic.box.evaluate("box => parseFloat(getComputedStyle(box).fontSize)") >= 16

    # What a keyboard leaves of the window.
    vic.page.set_viewport_size({"width": 360, "height": 380})

    expect(vic.box).to_be_in_viewport(ratio=1)
    expect(vic.chat.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(vic.log.get_by_text("From my phone")).to_be_in_viewport()
    fits(vic.frame)
