"""What goes wrong is told to the person where it happened, and their text is never lost."""

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, REFUSED, talking, until

TOO_LONG = "x" * 8001


def test_a_message_that_is_too_long_stays_in_the_box_with_a_reason(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    for writer in (vic, bob):
        writer.writes(TOO_LONG)
        expect(writer.chat.get_by_role("alert").filter(has_text="at most 8")).to_be_visible()
        writer.has_typed(TOO_LONG)
        expect(writer.box).to_have_accessible_description(
            "A message has at most 8,000 characters. Your text is kept."
        )
        writer.writes("x" * 8000)

    expect(vic.entries).to_have_count(4)
    assert [len(text) for text in parley.messages()] == [5, 8000, 8000]


@pytest.mark.settings(message_length=20)
@pytest.mark.console_may_say(REFUSED.format(422))
def test_a_message_that_the_server_refuses_is_kept_with_its_reason(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    vic.writes("More than twenty characters")

    expect(vic.unsent).to_contain_text("More than twenty characters")
    expect(vic.unsent).to_contain_text("A message has at most 20 characters; this one has 27.")
    vic.writes("Shorter")
    bob.reads("Shorter")
    assert parley.messages() == ["Hello", "Shorter"]


@pytest.mark.settings(limit_messages=2)
@pytest.mark.console_may_say(REFUSED.format(429))
def test_a_visitor_who_writes_too_fast_is_told_when_to_try_again(people, parley):
    vic = people.visitor()
    vic.starts_chat("One")
    vic.writes("Two")
    vic.writes("Three")
    vic.reads("Three")

    vic.writes("Four")

    expect(vic.unsent).to_contain_text("Four")
    expect(vic.unsent).to_contain_text("You are writing very fast. Your text is kept.")
    expect(vic.unsent).to_contain_text("Try again in")
    expect(vic.unsent.get_by_role("button", name="Retry")).to_be_visible()
    assert parley.messages() == ["One", "Two", "Three"]


@pytest.mark.settings(limit_visitors=1)
@pytest.mark.console_may_say(REFUSED.format(429))
def test_a_new_visitor_over_the_limit_is_told_and_keeps_the_text(people):
    people.visitor().starts_chat("First")
    late = people.visitor()
    late.opens_chat()

    late.writes("Second")

    expect(late.unsent).to_contain_text("Second")
    expect(late.unsent).to_contain_text("Many new chats came from your network.")


@pytest.mark.console_may_say(NETWORK)
def test_a_message_that_did_not_arrive_is_sent_by_retry(people, parley, line):
    vic = people.visitor(at=f"{line.url}/demo")
    bob = people.agent(through=line)
    talking(vic, bob)

    for writer, text in ((vic, "From Vic"), (bob, "From Bob")):
        line.refuse("POST .*/messages")
        writer.writes(text)
        expect(writer.unsent).to_contain_text(text)
        retry = writer.unsent.get_by_role("button", name="Retry")
        expect(retry).to_be_visible()
        line.mend()
        retry.dispatch_event("click")  # at once, as the page soon tries again by itself
        expect(writer.unsent).to_have_count(0)

    expect(vic.log).to_contain_text("From Bob")
    expect(bob.log).to_contain_text("From Vic")
    expect(vic.unsent).to_have_count(0)
    expect(bob.unsent).to_have_count(0)
    assert sorted(parley.messages()) == ["From Bob", "From Vic", "Hello"]


@pytest.mark.console_may_say(REFUSED.format(409))
def test_an_answer_that_crosses_an_archive_keeps_its_text(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    other = bob.another_tab(bob.page.url.removeprefix(bob.url))
    doors = []

    def keep(door):
        doors.append(door)

    bob.page.route("**/messages", keep)
    bob.answers("Too late")
    until(lambda: doors, bob.page)
    other.archives_with("Refund")
    expect(bob.page.locator("#composer")).to_contain_text("Archived, Refund.")

    doors[0].continue_()

    expect(bob.unsent).to_contain_text("Too late")
    expect(bob.unsent).to_contain_text("This interaction is not active any more")
    assert parley.messages() == ["Hello"]


def test_words_of_a_visitor_that_cross_an_archive_begin_a_new_chat(people, parley):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    doors = []

    def keep(door):
        doors.append(door)

    vic.page.route("**/messages", keep)
    vic.writes("One more thing")
    until(lambda: doors, vic.page)
    bob.archives_with("Refund")
    vic.sees_the_end()

    doors[0].continue_()

    bob.sees_offer("One more thing")
    vic.reads_all("One more thing")
    expect(vic.box).to_be_visible()
    assert [(which, text) for which, _, who, text in parley.entries() if who == "contact"] == [
        (1, "Hello"),
        (2, "One more thing"),
    ]


def test_what_an_agent_had_typed_when_the_chat_was_archived_elsewhere_is_not_lost(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    other = bob.another_tab(bob.page.url.removeprefix(bob.url))
    bob.types("An unfinished thought")

    other.archives_with("Refund")

    expect(bob.page.locator("#composer")).to_contain_text("Archived, Refund.")
    kept = bob.page.evaluate("() => Object.values(localStorage).join()")
    assert "An unfinished thought" in kept


@pytest.mark.console_may_say(REFUSED.format(422))
def test_archiving_without_a_code_is_told_in_the_dialog_and_keeps_the_note(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    bob.page.get_by_role("button", name="Archive", exact=True).click()
    note = bob.archive_dialog.get_by_role("textbox", name="Note")
    note.fill("A friendly visitor")

    bob.archive_dialog.get_by_role("button", name="Assign").click()

    expect(bob.archive_dialog.get_by_text("Choose a wrap-up code.")).to_be_visible()
    expect(note).to_have_value("A friendly visitor")
    bob.archive_dialog.get_by_role("radio", name="Refund").check()
    bob.archive_dialog.get_by_role("button", name="Assign").click()
    vic.sees_the_end()


@pytest.mark.console_may_say(REFUSED.format(422))
def test_a_wrong_password_is_told_and_the_email_kept(people, parley):
    page = people.context().new_page()
    page.goto(f"{parley.url}/sign-in")
    page.get_by_label("E-mail").fill("agent1@demo.test")
    page.get_by_label("Password", exact=True).fill("not the password")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is not right.")
    expect(page.get_by_label("E-mail")).to_have_value("agent1@demo.test")


@pytest.mark.console_may_say(REFUSED.format(404))
def test_somebody_elses_interaction_and_an_unknown_one_are_the_same_page(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    eve = people.agent("agent3@demo.test")

    pages = []
    for number in (1, 999):
        eve.page.goto(f"{eve.url}/workspace/webchat/{number}")
        expect(eve.page.get_by_role("heading", name="Not found")).to_be_visible()
        pages.append(eve.page.content())

    assert pages[0] == pages[1]


@pytest.mark.console_may_say(NETWORK, REFUSED.format(401))
def test_a_visitor_who_is_not_known_any_more_is_told_so_and_can_begin_anew(people, line):
    vic = people.visitor(at=f"{line.url}/demo")
    vic.starts_chat("Hello")

    vic.context.clear_cookies()
    line.cut("/stream")

    vic.sees_bar("This chat is not known any more.")
    expect(vic.bar.get_by_role("link")).to_have_count(0)
    vic.writes("Somebody there?")
    vic.reads_all("Somebody there?")
    vic.is_live()
    vic.sees_no_bar()
