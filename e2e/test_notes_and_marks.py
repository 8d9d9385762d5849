"""Story: what only agents see, and how far the other side is: notes, marks, typing, pages."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from e2e.people import talking

SEEN = re.compile(r"Seen \d\d:\d\d")

# How many entries change, and which of them are moved on the screen.
WATCH = """() => {
  const entryOf = (node) => (node.closest ? node : node.parentElement)?.closest("[data-seq]");
  const touched = new Set();
  const moved = [];
  const note = (list) => {
    for (const { sources } of list)
      moved.push(...sources.map(({ node }) => node && entryOf(node)?.id).filter(Boolean));
  };
  const shifts = new PerformanceObserver((list) => note(list.getEntries()));
  const changes = new MutationObserver((records) => {
    for (const { target, addedNodes } of records)
      for (const node of [target, ...addedNodes]) touched.add(entryOf(node));
  });
  shifts.observe({ type: "layout-shift" });
  changes.observe(document.querySelector("[role=log]"), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  window.touched = () => [...touched].filter(Boolean).length;
  window.moved = () => (note(shifts.takeRecords()), moved);
}"""


@pytest.fixture
def vic(people):
    return people.visitor()


@pytest.fixture
def bob(people):
    return people.agent(permissions=["clipboard-read", "clipboard-write"])


def notes_on(agent):
    agent.page.get_by_role("tab", name="Internal note").click()
    return agent.page.get_by_role("textbox", name="Internal note")


def messages_on(agent):
    agent.page.get_by_role("tab", name="Message").click()


def marks(person):
    return person.log.locator(".entry__mark")


def typing(person):
    return person.chat.locator("[data-typing] typing-sign")


def test_an_agent_writes_a_note_that_the_visitor_never_sees(vic, bob):
    talking(vic, bob)
    bob.types("What I was about to say")

    field = notes_on(bob)
    expect(field).to_have_text("")
    field.fill("Fourteen in stock")
    bob.page.get_by_role("button", name="Send", exact=True).click()

    bob.reads("Fourteen in stock")
    expect(bob.log.get_by_text("Internal note, only agents see it")).to_have_count(1)
    messages_on(bob)
    bob.has_typed("What I was about to say")
    bob.box.press("Enter")
    vic.reads("What I was about to say")
    vic.does_not_read("Fourteen in stock")
    vic.page.reload()
    vic.opens_chat()
    vic.reads("What I was about to say")
    vic.does_not_read("Fourteen in stock")


def test_the_field_of_a_note_looks_like_a_note_and_stays_one_when_the_chat_changes(vic, bob):
    talking(vic, bob)
    plain = bob.page.locator(".composer__card").evaluate("e => getComputedStyle(e).backgroundColor")

    field = notes_on(bob)
    field.fill("Half a note")
    noted = bob.page.locator(".composer__card").evaluate("e => getComputedStyle(e).backgroundColor")
    vic.page.goto(f"{vic.url}?lamp=alder")  # header, panel and composer are sent anew
    expect(bob.page.locator("#contact_pages")).to_contain_text("Alder floor lamp")

    assert noted != plain
    expect(field).to_have_text("Half a note")
    expect(bob.page.get_by_role("tab", name="Internal note")).to_have_attribute(
        "aria-selected", "true"
    )
    field.press("Enter")
    expect(bob.log.locator(".entry--note")).to_have_count(1)
    vic.opens_chat()
    vic.does_not_read("Half a note")


def test_a_message_is_sent_then_delivered_then_seen(vic, bob):
    talking(vic, bob)
    expect(marks(vic)).to_have_text(SEEN)
    vic.closes_chat()

    bob.answers("Are you there?")
    expect(marks(bob)).to_have_text("Delivered")
    vic.opens_chat()

    expect(marks(bob)).to_have_text(SEEN)


def test_only_the_newest_own_group_has_a_mark(vic, bob):
    talking(vic, bob)
    for words in ("One", "Two"):
        bob.answers(words)
        vic.reads(words)
    vic.writes("Thanks")
    bob.reads("Thanks")
    bob.answers("Welcome")

    expect(marks(bob)).to_have_count(1)
    expect(bob.entries.last.locator(".entry__mark")).to_have_text(SEEN)


def test_both_sides_see_each_other_type(vic, bob):
    talking(vic, bob)

    vic.box.press_sequentially("I wonder")
    expect(typing(bob)).to_be_visible()
    expect(bob.active).to_contain_text("typing…")
    vic.box.press("Enter")
    bob.reads("I wonder")
    expect(typing(bob)).to_have_count(0)
    expect(bob.active).not_to_contain_text("typing…")
    bob.box.press_sequentially("Yes")
    expect(typing(vic)).to_be_visible()
    # and it goes by itself when nothing more is typed
    expect(typing(vic)).to_have_count(0)


def test_a_note_is_typed_unseen(vic, bob):
    talking(vic, bob)
    asked = []
    bob.page.on("request", lambda request: asked.append(request.url))

    notes_on(bob).press_sequentially("Nobody knows")
    messages_on(bob)
    bob.box.press_sequentially("Hello")
    expect(typing(vic)).to_be_visible()

    assert sum(url.endswith("/typing") for url in asked) == 1


def test_the_visitors_pages_are_quiet_notices_and_a_list(vic, bob):
    talking(vic, bob)

    vic.page.goto(f"{vic.url}?lamp=alder")
    bob.reads(re.compile("Visited Alder floor lamp"))
    vic.page.goto(f"{vic.url}?lamp=lumo")
    bob.reads(re.compile("Visited Lumo globe"))

    names = bob.page.locator("#contact_pages .pages__name")
    expect(names).to_have_text(["Lumo globe", "Alder floor lamp", re.compile(".+")])
    vic.opens_chat()
    expect(bob.page.locator("#header")).to_contain_text("on Lumo globe")
    vic.does_not_read("Visited")


def test_lines_show_where_a_day_and_where_the_news_begin(vic, bob, parley):
    talking(vic, bob)
    [(written,)] = parley.rows("SELECT created_at FROM entries WHERE seq = 1")
    before = (datetime.fromisoformat(written) - timedelta(days=1)).isoformat(" ")
    parley.change("UPDATE entries SET created_at = ? WHERE seq = 1", before)
    expect(marks(vic)).to_have_text(SEEN)
    bob.page.goto(f"{bob.url}/workspace/webchat")
    bob.is_live()
    vic.writes("While you were away")
    expect(bob.active.locator(".row__unread")).to_be_visible()

    bob.opens()

    line = bob.log.get_by_text("New since you left")
    expect(line).to_be_visible()
    expect(bob.entries.last).to_contain_text("While you were away")
    expect(bob.entries.last.get_by_text("New since you left")).to_have_count(1)
    days = bob.log.locator(".entry__day:visible:not(.entry__day--new)")
    expect(days).to_have_text([re.compile(r"^\w+ \d+ \w+$"), "Today"])


@pytest.mark.console_may_say("the server responded with a status of 422")
def test_the_details_are_changed_in_one_tab_and_seen_in_the_other(vic, bob):
    talking(vic, bob)
    other = bob.another_tab(bob.page.url.removeprefix(bob.url))
    panel = bob.page.get_by_role("region", name="Contact", exact=True)

    bob.page.set_viewport_size({"width": 1440, "height": 900})
    panel.get_by_role("button", name="Edit contact details").click()
    panel.get_by_label("Name").fill("Maria K.")
    panel.get_by_label("E-mail").fill("maria")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Enter a full address")).to_be_visible()
    expect(panel.get_by_label("Name")).to_have_value("Maria K.")
    panel.get_by_label("E-mail").fill("maria.k@mail.example")
    panel.get_by_role("button", name="Save").click()

    expect(panel.get_by_text("maria.k@mail.example")).to_be_visible()
    for page in (bob.page, other.page):
        expect(page.locator("#header")).to_contain_text("Maria K.")
        expect(page.locator(".row--active")).to_contain_text("Maria K.")
        expect(page.locator(".entry__name").filter(has_text="Maria K.")).to_have_count(1)
        expect(page).to_have_title("Maria K. · Webchat · Parley")
    expect(bob.box).to_have_attribute("aria-placeholder", "Write a message to Maria K.")


def test_a_transcript_is_copied_as_clean_text(vic, bob):
    talking(vic, bob, "Hello")
    vic.writes("It is **in stock**")
    bob.reads("It is in stock")

    bob.page.get_by_role("button", name="More").click()
    bob.page.get_by_role("menuitem", name="Copy transcript").click()

    expect(bob.notice).to_contain_text("The transcript is copied.")
    text = bob.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("Transcript ")
    assert ": It is in stock" in text
    assert "*" not in text.replace("] * ", "] ")


def test_a_transcript_is_printed_black_on_white_and_without_what_is_pressed(vic, bob):
    talking(vic, bob, "Hello")
    bob.page.emulate_media(media="print", color_scheme="dark")

    expect(bob.page.locator("body")).to_have_css("background-color", "oklch(1 0 0)")
    expect(bob.log.get_by_text("Hello")).to_have_css("color", "rgb(0, 0, 0)")
    for pressed in (bob.box, bob.page.get_by_role("button", name="Archive")):
        expect(pressed).to_be_hidden()


def test_a_transcript_is_downloaded(vic, bob):
    talking(vic, bob, "Hello")
    bob.page.get_by_role("button", name="More").click()

    with bob.page.expect_download() as download:
        bob.page.get_by_role("menuitem", name="Download as HTML").click()

    assert re.fullmatch(r"transcript-C-\d+-\d+\.html", download.value.suggested_filename)


def pages_back(person, *, shown):
    """Ask for the page before; the first message of the one after it stays where it was."""
    scroller = person.chat.locator("[data-scroll]")
    scroller.evaluate("e => { e.scrollTop = 0; }")
    name = person.entries.first.get_attribute("id")
    bubble = person.chat.locator(f"#{name} .entry__bubble")
    before = bubble.bounding_box()["y"]
    button = person.chat.get_by_role("button", name="Earlier messages")
    button.press("Enter")
    expect(person.entries).to_have_count(shown)
    expect(button).to_be_focused()
    assert abs(bubble.bounding_box()["y"] - before) <= 2
    return bubble, before


def test_paging_back_through_1000_lines_does_not_jump(vic, bob, parley):
    talking(vic, bob, "Line 0")
    [[last]] = parley.rows("SELECT last_seq FROM interactions")
    parley.change(
        "WITH RECURSIVE more(n) AS (SELECT 1 UNION SELECT n + 1 FROM more WHERE n < 999) "
        "INSERT INTO entries (interaction, seq, kind, author, notice, body, created_at) "
        "SELECT interaction, ? + n, kind, author, '', 'Line ' || n, created_at "
        "FROM entries, more WHERE seq = 1",
        last,
    )
    parley.change("UPDATE interactions SET last_seq = last_seq + 999")
    bob.page.reload()
    bob.is_live()

    for page in range(2, 21):
        bubble, before = pages_back(bob, shown=50 * page)

    # What then arrives moves nothing that is read, and touches little of the thousand.
    bob.page.evaluate(WATCH)
    vic.writes("One more")
    bob.reads("One more")
    assert bob.page.evaluate("() => window.touched()") <= 3
    assert bob.page.evaluate("() => window.moved()") == []
    assert abs(bubble.bounding_box()["y"] - before) <= 2

    vic.page.reload()
    vic.opens_chat()
    vic.reads("One more")
    pages_back(vic, shown=100)
    vic.reads("Line 901")
