"""What a visitor wrote is sent once, whatever happens to the page; and tabs show the same chat."""

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, Visitor, talking, until
from e2e.test_every_screen import is_accessible

HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.console_may_say(NETWORK)
def test_first_words_without_a_line_survive_a_reload_and_are_sent_once(people, line, parley):
    vic = Visitor(people.context(), f"{line.url}/demo")
    vic.opens_chat()
    line.refuse("POST")
    vic.writes("My first words")
    expect(vic.unsent).to_contain_text("My first words")

    vic.page.reload()
    vic.opens_chat()
    expect(vic.unsent).to_contain_text("My first words")
    line.mend()

    vic.reads_all("My first words")
    expect(vic.unsent).to_have_count(0)
    assert parley.messages() == ["My first words"]


@pytest.mark.console_may_say(NETWORK)
def test_an_answer_that_was_lost_before_a_reload_makes_no_second_message(people, line, parley):
    vic = Visitor(people.context(), f"{line.url}/demo")
    vic.starts_chat("One")
    line.lose_answers_to("POST")
    line.refuse("/stream")
    vic.writes("Two")
    expect(vic.unsent).to_contain_text("Two")
    line.mend()

    vic.page.reload()
    vic.opens_chat()

    vic.reads_all("One", "Two")
    assert parley.messages() == ["One", "Two"]


def test_two_tabs_show_one_chat_its_end_and_the_next_one(people, shops, parley):
    shop = shops()
    context = people.context()
    one, other = Visitor(context, shop.url()), Visitor(context, shop.url() + "other")
    bob = people.agent()
    other.opens_chat()

    talking(one, bob, "From the first tab")

    other.reads_all("From the first tab")
    other.is_live()
    other.writes("From the second")
    one.reads_all("From the first tab", "From the second")
    one.ends_chat()
    other.sees_the_end()
    one.starts_new_chat()
    one.writes("Once more")
    other.reads("Once more")
    assert parley.messages() == ["From the first tab", "From the second", "Once more"]
    assert parley.rows("SELECT count(*) FROM visitors") == [(1,)]


def test_the_title_of_a_hidden_page_counts_what_is_unread_and_is_restored(people, shops):
    vic = Visitor(people.context(), shops().url())
    bob = people.agent()
    talking(vic, bob)
    vic.closes_chat()
    vic.page.evaluate(HIDE, True)

    bob.answers("Are you there?")

    expect(vic.page).to_have_title("(1) Teapots")
    vic.page.evaluate(HIDE, False)
    expect(vic.page).to_have_title("Teapots")


def tones(*tabs):
    return sum(int(tab.chat.locator("html").get_attribute("data-test-tones") or 0) for tab in tabs)


def test_who_wants_it_hears_a_tone_in_one_tab_for_what_comes_while_they_look_elsewhere(
    people,
):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    vic.closes_chat()
    bob.answers("Silence, at first")
    vic.reads("Silence, at first")
    vic.opens_chat()
    assert tones(vic) == 0

    options = vic.chat.get_by_role("button", name="Chat options")
    options.press("Enter")
    sound = vic.chat.get_by_role("menuitemcheckbox", name="Sound")
    expect(sound).to_be_focused()
    expect(sound).not_to_be_checked()
    is_accessible(vic.frame)
    sound.press("Space")
    expect(sound).to_be_checked()
    is_accessible(vic.frame)
    assert tones(vic) == 1
    sound.press("Escape")
    expect(options).to_be_focused()
    expect(sound).to_be_hidden()

    bob.answers("To whoever looks")
    vic.reads("To whoever looks")
    assert tones(vic) == 1
    vic.closes_chat()
    bob.answers("Are you there?")
    until(lambda: tones(vic) == 2, vic.page)

    other = Visitor(vic.context, vic.url)
    other.opens_chat()
    other.writes("Here now")
    bob.answers("There you are")
    vic.reads("There you are")
    other.reads("There you are")
    assert [tones(vic), tones(other)] == [2, 0]
    other.frame.evaluate(HIDE, True)
    bob.answers("And gone again")
    until(lambda: tones(vic, other) == 3, vic.page)
