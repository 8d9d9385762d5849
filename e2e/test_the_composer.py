"""Story: what an agent writes looks as it will be read, is never lost, and goes out once."""

import re

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, REFUSED, TWO, Agent, talking

PASTED = """
<style>b { color: red }</style><h2>Offer</h2><p style="color:red">An <b>oak</b> lamp<br>for
<span style="font-style:italic">you</span></p><img src="nowhere.png" alt="">
<script>alert(1)</script>
"""
# Writing to the clipboard would parse the styles, and complain; another program does not.
PASTE = """(field, html) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", "plain");
  field.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
BRING = """(field, [kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["Hello"], name, { type: "text/plain" }));
  field.dispatchEvent(kind === "paste"
    ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
SELECTED = """() => {
  const { anchorOffset, focusOffset } = getSelection();
  return [anchorOffset, focusOffset, String(getSelection()), document.activeElement.className];
}"""
SHIFTS = """() => {
  window.shifted = [];
  const note = (list) => window.shifted.push(...list.getEntries().map((one) => one.value));
  new PerformanceObserver(note).observe({ type: "layout-shift" });
}"""


@pytest.fixture
def vic(people):
    return people.visitor()


@pytest.fixture
def bob(people):
    return people.agent()


def button(agent, name):
    return agent.page.get_by_role("button", name=name, exact=True)


def pressed(agent, name):
    return expect(button(agent, name)).to_have_attribute("aria-pressed", "true")


def test_bold_looks_bold_while_it_is_typed_and_signs_stay_signs(vic, bob, parley):
    talking(vic, bob)
    keys = bob.page.keyboard
    bob.box.focus()

    keys.type("2 * 3, *really* ")
    keys.press("Control+b")
    pressed(bob, "Bold")
    keys.type("bold ")
    button(bob, "Italic").click()
    keys.type("both")
    keys.press("Shift+Enter")
    keys.press("Control+b")
    keys.press("Control+i")
    keys.type("snake_case")
    expect(button(bob, "Bold")).to_have_attribute("aria-pressed", "false")
    expect(bob.box.locator("b")).to_have_text(["bold ", "both"])
    keys.press("Control+z")
    keys.press("Control+y")
    keys.press("Control+Home")
    for _ in range(18):
        keys.press("ArrowRight")
    pressed(bob, "Bold")
    button(bob, "Emoji").click()
    expect(bob.page.locator("emoji-picker input")).to_be_focused()
    keys.type("thumbs up")
    keys.press("Enter")
    expect(bob.box).to_contain_text("bo👍ld")
    keys.press("Enter")

    vic.reads(re.compile("snake_case"))
    shown = vic.log.locator(".entry__body").last
    expect(shown).to_have_text("2 * 3, *really* bo👍ld both snake_case")
    expect(shown.locator("strong")).to_have_text("bo👍ld both")
    expect(shown.locator("em")).to_have_text("both")
    assert parley.messages()[-1] == "2 * 3, \\*really\\* **bo👍ld *both***\nsnake_case"


def test_what_is_pasted_keeps_its_words_and_nothing_else(vic, bob, parley):
    talking(vic, bob)

    bob.box.focus()
    bob.box.evaluate(PASTE, PASTED)

    expect(bob.box.locator("b")).to_have_text(["Offer", "oak"])
    expect(bob.box.locator("i")).to_have_text("you")
    expect(bob.box.locator("[style], img, p, h2")).to_have_count(0)
    bob.sends()
    vic.reads(re.compile("An oak lamp"))
    assert parley.messages()[-1] == "**Offer**\n\nAn **oak** lamp\nfor *you*"


@pytest.mark.console_may_say(REFUSED.format(401))  # what is asked while one leaves
def test_drafts_are_kept_for_each_conversation_and_each_agent(people, vic, bob, parley):
    talking(vic, bob)
    other = people.visitor()
    first = bob.page.url
    bob.box.focus()
    bob.page.keyboard.press("Control+b")
    bob.page.keyboard.type("For the first")
    other.starts_chat("And me?")
    bob.accepts()
    expect(bob.log.get_by_text("And me?", exact=True)).to_be_visible()
    bob.has_typed("")
    bob.types("For the second")
    bob.page.goto(first)
    expect(bob.box.locator("b")).to_have_text("For the first")

    bob.signs_out()
    bob.signs_in(at=first.removeprefix(bob.url))
    expect(bob.box.locator("b")).to_have_text("For the first")
    bob.signs_out()
    two = Agent(bob.context, bob.url, TWO).is_signed_in()
    parley.change("UPDATE interactions SET agent = (SELECT id FROM agents WHERE email = ?)", TWO)
    two.page.goto(first)
    expect(two.box).to_be_visible()
    two.has_typed("")


@pytest.mark.console_may_say(NETWORK)
def test_a_message_is_one_bubble_though_its_answer_is_lost(people, parley, line, vic):
    bob = people.agent(through=line)
    talking(vic, bob)
    bubbles = bob.page.locator(".entry__body").filter(has_text=re.compile(r"^\s*Only once\s*$"))
    line.lose_answers_to("POST .*/messages")

    bob.box.focus()
    bob.page.keyboard.type("Only ")
    bob.page.keyboard.press("Control+b")
    bob.page.keyboard.type("once")
    bob.page.keyboard.press("Enter")
    assert bubbles.count() == 1
    expect(bob.log.locator("strong")).to_have_text("once")  # the push came, the answer never does
    expect(bubbles).to_have_count(1)
    vic.reads("Only once")

    assert parley.messages() == ["Hello", "Only **once**"]


def test_the_caret_and_a_selection_stay_while_header_and_composer_are_sent_anew(vic, bob):
    talking(vic, bob)
    bob.box.focus()
    bob.page.keyboard.type("Half a sent")
    for _ in range(3):
        bob.page.keyboard.press("Shift+ArrowLeft")
    before = bob.page.evaluate(SELECTED)

    vic.page.goto(f"{vic.url}?lamp=alder")
    expect(bob.page.locator("#contact_pages")).to_contain_text("Alder floor lamp")

    assert bob.page.evaluate(SELECTED) == before
    assert before[2] == "ent"
    bob.page.keyboard.type("uite")
    bob.has_typed("Half a suite")


def test_what_arrives_moves_nothing_for_somebody_who_reads_above(vic, bob):
    talking(vic, bob)
    for number in range(8):
        bob.answers("\n".join([f"Line {number}"] * 6))
    expect(bob.entries).to_have_count(10)
    bob.page.locator("[data-scroll]").evaluate("e => { e.scrollTop = 40; }")
    expect(button(bob, "Jump to latest")).to_be_visible()
    bob.page.evaluate(SHIFTS)

    vic.writes("Are you there?")
    bob.reads("Are you there?")
    expect(button(bob, "Jump to latest 1")).to_be_visible()

    assert sum(bob.page.evaluate("() => window.shifted")) < 0.001
    expect(bob.entries.last).not_to_be_in_viewport()
    button(bob, "Jump to latest 1").press("Enter")
    expect(bob.page.locator("[data-scroll]")).to_be_focused()
    expect(bob.entries.last).to_be_in_viewport()


def test_a_place_to_fill_is_shown_and_asked_for_before_it_is_sent(vic, bob, parley):
    talking(vic, bob)
    bob.types("Dear {contact.name},")

    assert bob.page.evaluate("() => [...CSS.highlights.get('unfilled')].map(String)") == [
        "{contact.name}"
    ]
    bob.sends()
    expect(bob.page.get_by_role("alert").filter(has_text="Not filled in yet")).to_be_visible()
    bob.has_typed("Dear {contact.name},")
    bob.sends()

    vic.reads("Dear {contact.name},")


def test_files_that_are_pasted_or_dropped_go_along(vic, bob, parley):
    talking(vic, bob)

    for writer in (vic, bob):
        who = type(writer).__name__
        writer.box.evaluate(BRING, ["paste", f"{who}-pasted.txt"])
        writer.log.evaluate(BRING, ["drop", f"{who}-dropped.txt"])
        expect(writer.chat.locator("upload-list [data-state=ready]")).to_have_count(2)
        writer.box.press("Enter")

    for reader in (vic, bob):
        links = reader.log.get_by_role("link", name=re.compile("^Download .*-(pasted|dropped).txt"))
        expect(links).to_have_count(4)
    assert parley.messages() == ["Hello", "", ""]


def test_an_input_method_has_its_own_return_and_the_field_grows_to_eight_lines(vic, bob, parley):
    talking(vic, bob)
    method = bob.context.new_cdp_session(bob.page)
    bob.box.focus()
    method.send(
        "Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3}
    )
    bob.page.keyboard.press("Enter")
    method.send("Input.insertText", {"text": "日本"})
    bob.has_typed("日本")
    assert parley.messages() == ["Hello"]
    bob.box.press("Enter")
    vic.reads("日本")

    for writer in (vic, bob):
        heights = []
        for _ in range(10):
            heights.append(round(writer.box.evaluate("(field) => field.offsetHeight")))
            writer.box.press("Shift+Enter")
        assert heights[:8] == sorted(set(heights[:8]))
        assert heights[8:] == heights[8:9] * 2
        assert heights[8] - heights[7] < heights[7] - heights[6]
