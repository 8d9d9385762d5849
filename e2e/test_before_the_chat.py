"""What a widget asks before the first words: name and e-mail, as its settings say."""

import pytest
from playwright.sync_api import expect

from e2e.people import REFUSED, Visitor

REFUSED_FORM = REFUSED.format(422)
KEPT = """() => [localStorage, sessionStorage].map((all) =>
  Object.keys(all).filter((key) => /draft|details/.test(key)).join())"""


@pytest.fixture
def asking(parley):
    """Let the widget ask; called with how it asks for name and e-mail."""

    def ask(name, email):
        parley.change("UPDATE widgets SET ask_name = ?, ask_email = ?", name, email)

    return ask


@pytest.fixture
def vic(people, shops):
    return Visitor(people.context(), shops().url())


def field(vic, name):
    return vic.chat.get_by_role("textbox", name=name)


def starts(vic):
    vic.chat.get_by_role("button", name="Start chat").click()


def test_name_and_email_reach_the_agent(asking, people, vic, parley):
    asking("required", "required")
    vic.opens_chat()
    expect(field(vic, "Name")).to_be_focused()
    field(vic, "Name").fill("Vic Tor")
    field(vic, "E-mail").fill("vic@mail.example")
    field(vic, "Message").fill("Hello from a form")

    starts(vic)

    vic.reads("Hello from a form")
    vic.is_live()
    bob = people.agent()
    expect(bob.offers.get_by_role("heading", name="Vic Tor")).to_be_visible()
    bob.accepts()
    bob.sees_contact("vic@mail.example")
    bob.answers("Hello Vic")
    vic.reads_all("Hello from a form", "Hello Vic")
    assert parley.rows("SELECT name, email FROM contacts") == [("Vic Tor", "vic@mail.example")]


@pytest.mark.console_may_say(REFUSED_FORM)
def test_what_is_missing_is_told_beside_its_field_and_the_text_is_kept(asking, vic, parley):
    asking("required", "required")
    vic.opens_chat()
    field(vic, "E-mail").fill("no address")
    field(vic, "Message").fill("My long question")

    starts(vic)

    expect(field(vic, "Name")).to_have_accessible_description("Enter your name.")
    expect(field(vic, "Name")).to_be_focused()
    expect(field(vic, "E-mail")).to_have_accessible_description(
        "Enter a full address, such as name@mail.example"
    )
    expect(field(vic, "E-mail")).to_have_value("no address")
    expect(field(vic, "Message")).to_have_value("My long question")
    assert parley.entries() == []

    field(vic, "Name").fill("Vic")
    field(vic, "E-mail").fill("vic@mail.example")
    starts(vic)
    vic.reads("My long question")
    assert parley.messages() == ["My long question"]


def test_what_is_typed_stands_there_after_a_reload_and_is_gone_when_it_is_sent(
    asking, people, shops, parley
):
    # A shop on the chat's own site, where browsers let the frame keep what is unsent.
    vic = Visitor(people.context(), shops().url("chat.localhost"))
    asking("required", "optional")
    told = {"Name": "Vic Tor", "E-mail": "vic@mail.example", "Message": "My long question"}
    vic.opens_chat()
    for name, text in told.items():
        field(vic, name).fill(text)

    vic.page.reload()
    vic.opens_chat()

    for name, text in told.items():
        expect(field(vic, name)).to_have_value(text)
    starts(vic)
    vic.reads_all("My long question")
    assert parley.messages() == ["My long question"]
    assert vic.frame.evaluate(KEPT) == ["", ""]
    vic.ends_chat()
    vic.starts_new_chat()
    expect(vic.box).to_have_value("")


def test_who_comes_back_after_hours_is_asked_to_leave_a_message_with_their_words(
    asking, people, shops, parley
):
    asking("optional", "no")
    vic = Visitor(people.context(clock=True), shops().url())
    vic.opens_chat()
    vic.types("Half a question")
    field(vic, "Name").fill("Vic")
    vic.closes_chat()

    parley.change(
        "INSERT INTO queue_holidays (queue, day, name) "
        "SELECT q.id, date('now', d.value || ' days'), 'Closed' FROM queues q, "
        "(SELECT -1 AS value UNION SELECT 0 UNION SELECT 1) d"
    )
    people.agent()  # the server looks anew when somebody comes
    vic.page.clock.fast_forward("02:00")
    vic.opens_chat()

    expect(vic.chat.get_by_text("We are closed now.")).to_be_visible()
    expect(field(vic, "Message")).to_have_value("Half a question")
    expect(field(vic, "Name")).to_have_value("Vic")
    expect(field(vic, "E-mail")).to_be_visible()
    expect(vic.chat.get_by_role("button", name="Leave message")).to_be_visible()


@pytest.mark.console_may_say(REFUSED_FORM)
def test_an_empty_message_is_told_beside_its_field(asking, vic):
    asking("optional", "no")
    vic.opens_chat()

    starts(vic)

    expect(field(vic, "Message")).to_have_accessible_description("Write a message first.")
    expect(field(vic, "Message")).to_be_focused()


def test_optional_questions_may_stay_open(asking, people, vic):
    asking("optional", "optional")
    vic.opens_chat()
    expect(vic.chat.get_by_text("optional")).to_have_count(2)
    field(vic, "Message").fill("Just this")

    starts(vic)

    vic.reads("Just this")
    bob = people.agent()
    expect(bob.offers.get_by_role("heading", name="Contact C-1001")).to_be_visible()


@pytest.mark.console_may_say(REFUSED_FORM)
def test_a_visitor_cannot_come_under_an_agents_name(asking, vic):
    asking("required", "no")
    vic.opens_chat()
    field(vic, "Name").fill("Agent One")
    field(vic, "Message").fill("It is me")

    starts(vic)

    expect(field(vic, "Name")).to_have_accessible_description(
        "Somebody of the team has this name. Add your family name, please."
    )


def test_who_was_asked_once_is_not_asked_for_the_next_chat(asking, vic):
    asking("required", "no")
    vic.opens_chat()
    field(vic, "Name").fill("Vic Tor")
    field(vic, "Message").fill("First chat")
    starts(vic)
    vic.reads("First chat")
    vic.ends_chat()

    vic.starts_new_chat()

    expect(field(vic, "Name")).to_have_count(0)
    vic.writes("Second chat")
    vic.reads_all("Second chat")
