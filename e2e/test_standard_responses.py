"""Standard responses: found by a slash and by their button, filled, and made by an agent."""

import re

from playwright.sync_api import expect

from e2e.people import talking
from e2e.test_every_screen import is_accessible


def test_a_slash_finds_a_response_and_return_inserts_it(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    pop_up = bob.page.get_by_role("dialog", name="Standard responses")

    bob.box.press_sequentially("Well, /deliv")
    option = pop_up.get_by_role("option").first
    expect(option).to_contain_text("Delivery time")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(bob.box).to_be_focused()
    is_accessible(bob.page)
    bob.box.press("Enter")
    expect(pop_up).to_be_hidden()
    expect(bob.box).to_contain_text("Well, Lamps in stock leave us within two working days")
    bob.box.press("Enter")
    vic.reads("two working days")

    # A slash that was not meant so.
    bob.box.press_sequentially("/")
    expect(pop_up).to_be_visible()
    bob.box.press("Escape")
    expect(pop_up).to_be_hidden()
    bob.box.press_sequentially("deliver it is")
    expect(pop_up).to_be_hidden()
    bob.box.press("Enter")
    vic.reads("/deliver it is")


def test_an_agent_makes_one_of_their_own_and_uses_it(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    mine = bob.another_tab("/workspace/responses")
    mine.page.get_by_role("link", name="Import").click()
    expect(mine.page.get_by_label("CSV file")).to_be_visible()
    is_accessible(mine.page)
    mine.page.get_by_role("link", name="Your standard responses").click()
    mine.page.get_by_role("link", name="New response").click()
    mine.page.get_by_label("Title").fill("Shop hours")
    mine.page.get_by_label("Shortcut").fill("hours")
    mine.page.get_by_label("Text").fill("Open from 9 to 6. Yours, {agent.name}, {contact.name}")
    is_accessible(mine.page)
    mine.page.get_by_role("button", name="Create response").click()
    expect(mine.page.get_by_role("link", name="Shop hours")).to_be_visible()
    mine.page.goto(f"{bob.url}/workspace/responses")
    is_accessible(mine.page)
    mine.page.get_by_role("link", name="Shop hours").click()
    # All the time: a key may be quicker than the browser is told to hand the chooser over.
    mine.page.on("filechooser", lambda _chooser: None)
    with mine.page.expect_file_chooser() as chooser:
        mine.page.get_by_role("button", name="Add a file").click()
    chooser.value.set_files({"name": "map.txt", "mimeType": "text/plain", "buffer": b"Left.\n"})
    expect(mine.page.get_by_role("link", name="map.txt")).to_be_visible()
    mine.page.get_by_role("button", name="Remove map.txt").click()
    expect(mine.page.get_by_role("link", name="map.txt")).to_have_count(0)
    expect(mine.page.get_by_role("button", name="Add a file")).to_be_focused()
    with mine.page.expect_file_chooser() as chooser:
        mine.page.keyboard.press("Enter")
    chooser.value.set_files({"name": "map.txt", "mimeType": "text/plain", "buffer": b"Left.\n"})
    expect(mine.page.get_by_role("link", name="map.txt")).to_be_visible()
    is_accessible(mine.page)
    mine.page.close()

    bob.types("Hi. ")
    bob.page.get_by_role("button", name="Standard responses").click()
    search = bob.page.get_by_role("combobox", name="Search standard responses")
    expect(search).to_be_focused()
    search.fill("shop")
    pop_up = bob.page.get_by_role("dialog", name="Standard responses")
    expect(pop_up.get_by_role("option")).to_have_count(1)
    expect(pop_up.get_by_text("{contact.name}").first).to_be_visible()
    is_accessible(bob.page)
    search.press("Escape")
    expect(bob.box).to_be_focused()
    bob.page.get_by_role("button", name="Standard responses").click()
    search.fill("hours")
    expect(pop_up.get_by_role("option")).to_have_count(1)
    search.press("Enter")

    expect(bob.box).to_be_focused()
    expect(bob.box).to_contain_text(
        re.compile(r"Hi\.\s+Open from 9 to 6\. Yours, Agent One, \{contact\.name\}")
    )
    files = bob.page.get_by_role("list", name="Files to send")
    expect(files.get_by_role("button", name="Remove map.txt")).to_be_visible()
