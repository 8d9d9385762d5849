"""The main story: from the chat icon on a shop's page to a definite end, and the next chat."""

import re

from playwright.sync_api import expect

from e2e.people import Agent, Visitor, talking

MOVING = {"reduced_motion": "no-preference"}


def test_a_visitor_and_an_agent_talk(people, parley):
    bob = Agent(people.context(**MOVING), parley.url).signs_in()
    bob.marks_the_page()
    expect(bob.page.get_by_text("Nothing waits for you")).to_be_visible()
    vic = people.visitor(**MOVING)

    vic.opens_chat()
    vic.marks_the_page()
    expect(vic.chat.get_by_text("How can we help?")).to_be_visible()
    vic.writes("Is the oak lamp in stock?")
    vic.reads("Is the oak lamp in stock?")
    expect(vic.chat.get_by_text("Waiting for an agent")).to_be_visible()

    bob.sees_offer("Is the oak lamp in stock?")
    expect(bob.offers).to_contain_text("Sales")
    expect(bob.page).to_have_title(re.compile(r"^\(1\) New chat · "))
    bob.accepts()
    bob.sees_no_offer()
    expect(bob.page).to_have_title(re.compile("^(?!.*New chat)"))
    expect(bob.active).to_have_count(1)
    bob.reads("Is the oak lamp in stock?")
    vic.sees_agent("Agent One")

    bob.answers("It is. Shall I keep one for you?")
    vic.reads("It is. Shall I keep one for you?")
    vic.writes("Yes, please.")
    bob.reads("Yes, please.")
    vic.reads_all(
        "Is the oak lamp in stock?", "It is. Shall I keep one for you?", "Yes, please."
    )  # fmt: skip

    bob.archives_with("Product advice")
    expect(bob.page.locator("#composer")).to_contain_text("Archived, Product advice.")
    expect(bob.active).to_have_count(0)
    vic.sees_the_end()
    vic.reads("Yes, please.")

    vic.starts_new_chat()
    vic.writes("One more question")
    vic.reads("One more question")
    vic.does_not_read("Yes, please.")
    bob.sees_offer("One more question")

    vic.is_on_the_same_page()
    bob.is_on_the_same_page()
    assert parley.entries() == [
        (1, 1, "contact", "Is the oak lamp in stock?"),
        (1, 2, "system", "joined"),
        (1, 3, "agent", "It is. Shall I keep one for you?"),
        (1, 4, "contact", "Yes, please."),
        (1, 5, "system", "archived"),
        (2, 1, "contact", "One more question"),
    ]


def test_an_offer_rings_and_its_seconds_count_down(people):
    bob = people.agent(**MOVING)
    vic = people.visitor()

    vic.starts_chat("Anybody there?")

    ring = bob.offers.get_by_role("timer", name="Seconds left")
    expect(ring).to_have_text(re.compile(r"\d+"))
    began = int(ring.inner_text())
    fewer = "|".join(str(seconds) for seconds in range(began))
    expect(ring).to_have_text(re.compile(rf"^\s*({fewer})\s*$"))
    assert 0 < began <= 20
    expect(bob.page.locator("html")).to_have_attribute("data-test-tones", re.compile("[1-9]"))
    assert ring.locator(".ring__arc").evaluate("arc => arc.getAnimations().length") == 1


def test_bold_and_italic_by_buttons_and_keys_reach_the_visitor(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    bob.types("oak")
    bob.box.select_text()
    bob.page.get_by_role("button", name="Bold").click()
    expect(bob.box.locator("b")).to_have_text("oak")
    expect(bob.page.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    bob.page.get_by_role("button", name="Bold").click()
    expect(bob.box.locator("b")).to_have_count(0)
    bob.page.get_by_role("button", name="Italic").click()
    bob.page.get_by_role("button", name="Send").click()
    expect(bob.box).to_be_focused()
    bob.box.press("Control+b")
    bob.box.press_sequentially("two")
    bob.box.press("Enter")
    bob.box.press("Control+i")
    bob.box.press_sequentially("three")
    bob.box.press("Enter")

    expect(vic.log.locator("em").filter(has_text=re.compile("^oak$"))).to_have_count(1)
    expect(vic.log.locator("strong").filter(has_text=re.compile("^two$"))).to_have_count(1)
    expect(vic.log.locator("em").filter(has_text=re.compile("^three$"))).to_have_count(1)
    assert parley.messages() == ["Hello", "*oak*", "**two**", "*three*"]


def test_return_sends_and_shift_return_breaks_the_line(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    for writer, reader in ((bob, vic), (vic, bob)):
        writer.box.press_sequentially("first")
        writer.box.press("Shift+Enter")
        writer.box.press_sequentially("second")
        writer.has_typed("first\nsecond")
        writer.box.press("Enter")
        writer.has_typed("")
        expect(reader.log.locator(".entry__body br").last).to_be_attached()

    expect(vic.log.locator(".entry__body br")).to_have_count(2)
    assert parley.messages() == ["Hello", "first\nsecond", "first\nsecond"]


def test_an_empty_message_is_not_sent(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    vic.writes("   ")
    bob.answers("")
    bob.answers("The end")

    vic.reads("The end")
    assert parley.messages() == ["Hello", "The end"]


def test_contact_is_left_and_agent_right_in_dark_blue_and_notices_are_centred(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    bob.answers("Good morning")
    vic.reads("Good morning")

    log = bob.log.bounding_box()
    middle = log["x"] + log["width"] / 2
    theirs = bob.log.locator(".entry--message:not(.entry--own) .entry__bubble").bounding_box()
    own = bob.log.locator(".entry--own .entry__bubble")
    notice = bob.log.locator(".entry__notice > span").bounding_box()

    assert theirs["x"] - log["x"] < log["width"] / 4
    assert log["x"] + log["width"] - (own.bounding_box()["x"] + own.bounding_box()["width"]) < 80
    assert abs(notice["x"] + notice["width"] / 2 - middle) < 30
    colour = own.evaluate("bubble => getComputedStyle(bubble).backgroundColor")
    lightness, _, hue = re.findall(r"[\d.]+", colour)[:3]
    assert colour.startswith("oklch")
    assert float(lightness) < 0.45
    assert 240 < float(hue) < 280


def test_a_page_opened_afresh_shows_exactly_what_the_live_page_shows(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    bob.answers("One word, a line\nand https://lamps.example/oak?a=1&b=2")
    bob.answers("and at once another")
    vic.writes("**thanks**")
    vic.writes("& goodbye <b>")
    bob.reads("& goodbye <b>")
    vic.reads("and at once another")
    expect(bob.entries).to_have_count(6)
    expect(vic.entries).to_have_count(6)

    bob_again = Agent(bob.context, bob.url)
    bob_again.page.goto(bob.page.url)
    vic_again = Visitor(vic.context, vic.url)
    vic_again.opens_chat()
    expect(bob_again.entries).to_have_count(6)
    expect(vic_again.entries).to_have_count(6)

    assert bob_again.lines() == bob.lines()
    assert vic_again.lines() == vic.lines()

    bob.archives_with("Availability")
    vic.sees_the_end()
    expect(bob_again.page.locator("#composer")).to_contain_text("Archived, Availability.")
    vic_again.sees_the_end()
    bob_again.page.reload()
    vic_again.page.reload()
    vic_again.opens_chat()
    vic_again.sees_the_end()
    assert bob_again.lines() == bob.lines()
    assert vic_again.lines() == vic.lines()


def test_the_visitor_ends_the_chat_and_the_agent_still_archives_it(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    vic.ends_chat()

    bob.reads(re.compile("Contact C-1001 ended the chat"))
    expect(bob.box).to_be_visible()
    bob.archives_with("Not for us")
    assert parley.rows("SELECT state, wrap_up_code IS NOT NULL FROM interactions") == [
        ("archived", 1)
    ]


def test_a_visitor_who_leaves_before_an_agent_comes_is_offered_to_nobody(people, parley):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat("Never mind")
    bob.sees_offer()

    vic.ends_chat()

    bob.sees_no_offer()
    assert parley.rows("SELECT state FROM interactions") == [("missed",)]


def test_a_visitor_is_told_when_nobody_is_free_and_answered_when_somebody_comes(people):
    vic = people.visitor()

    vic.starts_chat("Is it night already?")

    vic.reads(re.compile("Nobody is free right now. You are in line"))
    bob = people.agent()
    bob.sees_offer("Is it night already?")
    bob.accepts()
    vic.sees_agent()


def test_a_question_that_is_open_stays_open_when_news_arrive(people):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat("Hello")
    bob.sees_offer()
    vic.chat.get_by_role("button", name="End chat", exact=True).click()
    question = vic.chat.get_by_role("dialog", name="End this chat?")
    expect(question).to_be_visible()

    bob.accepts()
    bob.answers("Good morning")
    vic.reads("Good morning")

    expect(question).to_be_visible()
    question.get_by_role("button", name="Keep chatting").click()
    expect(question).to_be_hidden()
    vic.sees_agent()
    vic.writes("Good morning to you")
    bob.reads("Good morning to you")
