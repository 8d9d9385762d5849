"""Bob archives by mistake, takes it back, archives for good, and opens it again later."""

from playwright.sync_api import expect

from e2e.people import talking, until

# Too long ago to be an undoing.
A_MINUTE_AGO = """
UPDATE interactions
SET archived_at = strftime('%Y-%m-%d %H:%M:%f', archived_at, '-1 minute') || '+00:00'
"""


def first_response(agent):
    return agent.page.get_by_role("group", name="Time to first response", exact=True)


def test_an_archiving_is_undone_and_a_completed_chat_opened_again(people, parley):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    bob.answers("Hi")
    vic.reads("Hi")

    bob.archives_with("Order status")
    expect(bob.notice).to_contain_text("Archived, Order status")
    vic.sees_the_end()
    bob.notice.get_by_role("button", name="Undo").click()

    expect(bob.box).to_be_visible()
    expect(bob.notice.get_by_role("button", name="Undo")).to_have_count(0)
    expect(bob.log).to_contain_text("Agent One undid the archiving")
    expect(first_response(bob).locator("[data-word-here]")).to_have_text("Met")
    expect(vic.log).to_contain_text("Agent One is here again")
    vic.writes("Good that you are back")
    bob.reads("Good that you are back")

    bob.archives_with("Order status")
    expect(bob.active).to_have_count(0)
    parley.change(A_MINUTE_AGO)
    bob.opens()
    bob.page.get_by_role("button", name="Reopen").click()

    expect(bob.box).to_be_visible()
    expect(first_response(bob).locator("[data-word-here]")).to_have_text("On time")
    expect(bob.active).to_have_count(1)


def test_a_page_that_the_stream_has_overtaken_undoes_nothing(people):
    bob, vic = people.agent(), people.visitor()
    talking(vic, bob)
    bob.archives_with("Order status")
    expect(bob.active).to_have_count(0)
    other = bob.another_tab()
    held = []
    asked = []

    def hold_the_first(route):
        asked.append(route)
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    bob.page.route("**/workspace/webchat/1", hold_the_first)
    bob.opens()
    until(lambda: held, bob.page)
    other.opens()
    other.page.get_by_role("button", name="Reopen").click()
    expect(bob.active).to_have_count(1)

    [(route, as_it_was)] = held
    route.fulfill(response=as_it_was)

    expect(bob.box).to_be_visible()
    bob.archives_with("Refund")  # its dialog came along, and is not swapped from under the hand
    assert len(asked) == 1
