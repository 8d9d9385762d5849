"""A supervisor reads how chats went, by day, queue and agent; an agent reads of their own."""

import csv

import pytest
from playwright.sync_api import expect

from e2e.people import REFUSED, talking
from e2e.test_every_screen import LOOKS, fits, is_accessible

ADA = "supervisor@demo.test"


def goes_to_the_reports(agent):
    agent.page.get_by_role("link", name="Reports").click()
    expect(agent.page.get_by_role("heading", name="Reports")).to_be_visible()


@LOOKS
def test_the_reports_are_accessible_and_fit(people, parley, look):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    bob.answers("Here I am")
    vic.reads("Here I am")
    ada = people.agent(ADA, **look)
    goes_to_the_reports(ada)

    expect(ada.page.get_by_role("row", name="Agent One").first).to_contain_text("100 %")
    ada.page.get_by_text("How this is counted").click()
    is_accessible(ada.page)
    fits(ada.page)


@pytest.mark.console_may_say(REFUSED.format(422))
def test_days_and_queue_are_chosen_and_the_chats_are_taken_away(people, tmp_path):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob, "Mine")
    goes_to_the_reports(bob)
    numbers = bob.page.locator("#report .numbers")
    expect(numbers).to_contain_text("Chats1")

    with bob.page.expect_download() as download:
        bob.page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(tmp_path / "chats.csv")
    with (tmp_path / "chats.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["queue"], row["agents"], row["state"]) == ("Sales", "Agent One", "active")

    bob.page.get_by_role("combobox", name="Queue").select_option("Billing")
    bob.page.get_by_role("button", name="Show").click()
    expect(bob.page.get_by_text("No chat began in these days.")).to_be_visible()
    bob.page.get_by_label("To", exact=True).fill("2020-01-01")
    bob.page.get_by_role("button", name="Show").click()
    expect(bob.page.get_by_text("The last day is before the first.")).to_be_visible()
    is_accessible(bob.page)
    bob.page.get_by_role("link", name="Today").click()
    expect(bob.page.get_by_role("combobox", name="Queue")).to_have_value("2")
