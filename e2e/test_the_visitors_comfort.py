"""What makes a visitor's chat pleasant: how it was, who is before me, a message left at night."""

import pytest
from playwright.sync_api import expect

from e2e.people import REFUSED, talking
from e2e.test_every_screen import fits, is_accessible


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
