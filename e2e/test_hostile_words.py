"""Whatever a visitor sends is text on every surface: no element, no request, no dialog."""

import pytest
from playwright.sync_api import expect

from e2e.people import Agent, Visitor, talking

WORDS = [
    "<img src=/stolen onerror=alert(1)>",
    "<script>alert(1)</script>",
    '<div hx-get="/stolen" hx-trigger="load">a</div>',
    '<p data-hx-get="/stolen" data-hx-trigger="load">b</p>',
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    '<div id="conversation" hx-swap-oob="true">gone</div>',
    '<div hx-sse:connect="/stolen">c</div>',
    '"><svg onload=alert(1)>',
    "[a link](javascript:alert(1))",
    "{{ 7 * 7 }} {% raw %}",
    "event: bye\ndata: {}",
]
MADE_OF_THEM = (
    "[src*=stolen], [hx-get*=stolen], [data-hx-get], [hx-sse\\:connect*=stolen], "
    ".entry__body :is(img, script, svg, div, hx-partial), a[href^=javascript]"
)
NAME = "<img src=/stolen onerror=alert(1)> Vic"
TITLE = '<hx-partial hx-target="body">"><img src=/stolen onerror=alert(1)>'


@pytest.fixture
def asked(people):
    """The addresses that any browser has asked for because of such words."""
    found = []
    make = people.watch

    def watch(context):
        context.on(
            "request", lambda request: found.append(request.url) if "stolen" in request.url else 0
        )
        return make(context)

    people.watch = watch
    return found


def is_unharmed(person):
    """Every word is there as text, and nothing was made of any."""
    for words in WORDS:
        shown = words.replace("\n", " ")
        expect(person.log.locator(".entry__body").filter(has_text=shown)).to_have_count(1)
    assert person.chat.locator(MADE_OF_THEM).count() == 0
    expect(person.log).to_be_visible()


def test_a_visitors_words_do_nothing_on_either_side(people, asked):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat(WORDS[0])
    bob.sees_offer(WORDS[0])
    bob.accepts()
    for words in WORDS[1:]:
        vic.writes(words)
        vic.reads(words.replace("\n", " "))

    expect(bob.entries).to_have_count(len(WORDS) + 1)
    is_unharmed(bob)
    is_unharmed(vic)
    again = Agent(bob.context, bob.url)
    again.page.goto(bob.page.url)
    is_unharmed(again)
    vic_again = Visitor(vic.context, vic.url)
    vic_again.opens_chat()
    is_unharmed(vic_again)
    assert asked == []


def test_an_agents_words_do_nothing_on_either_side(people, asked):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)
    for words in WORDS:
        bob.answers(words)

    expect(vic.entries).to_have_count(len(WORDS) + 2)
    is_unharmed(vic)
    is_unharmed(bob)
    assert asked == []


def test_a_name_and_a_pages_title_do_nothing_in_the_workspace(people, parley, shops, asked):
    parley.change("UPDATE widgets SET ask_name = 'required'")
    vic = Visitor(people.context(), shops().url())
    vic.page.evaluate("title => { document.title = title; }", TITLE)
    vic.opens_chat()
    vic.chat.get_by_role("textbox", name="Name").fill(NAME)
    vic.chat.get_by_role("textbox", name="Message").fill("Hello")
    vic.chat.get_by_role("button", name="Start chat").click()
    vic.reads("Hello")
    bob = people.agent()

    expect(bob.offers.get_by_role("heading", name=NAME)).to_be_visible()
    expect(bob.offers).to_contain_text(TITLE)
    bob.accepts()
    expect(bob.page).to_have_title(f"{NAME} · Webchat · Parley")
    bob.sees_contact(TITLE)
    expect(bob.interactions).to_contain_text(NAME)
    bob.page.reload()
    expect(bob.page).to_have_title(f"{NAME} · Webchat · Parley")
    vic.ends_chat()
    expect(bob.log).to_contain_text(f"{NAME} ended the chat")
    bob.page.get_by_role("button", name="Archive", exact=True).click()
    expect(bob.archive_dialog).to_contain_text(NAME)

    assert bob.page.locator(MADE_OF_THEM).count() == 0
    assert asked == []


def test_text_that_hides_or_reorders_is_made_visible(people):
    vic, bob = people.visitor(), people.agent()
    talking(vic, bob)

    vic.writes("a\u202eb\u200bc")

    bob.reads("a\ufffdb\ufffdc")
