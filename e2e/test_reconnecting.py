"""Lines are cut, servers killed and laptops closed; what was written is there once, in order."""

import re

import pytest
from playwright.sync_api import expect

from e2e.people import NETWORK, REFUSED, talking, until

pytestmark = pytest.mark.console_may_say(NETWORK)

STREAMS = "/stream"
MESSAGES = "POST .*/messages"


@pytest.fixture
def vic(people, line):
    return people.visitor(at=f"{line.url}/demo")


@pytest.fixture
def bob(people, line):
    return people.agent(through=line)


@pytest.fixture
def in_conversation(vic, bob):
    talking(vic, bob, "One")
    vic.marks_the_page()
    bob.marks_the_page()


def expect_both_to_show_what_is_stored(parley, vic, bob, *, own_of_vic, own_of_bob):
    """Each text is stored once; both see the same messages in the order of the log."""
    everything = parley.messages()
    assert sorted(everything) == sorted([*own_of_vic, *own_of_bob])
    assert [text for text in everything if text in own_of_vic] == own_of_vic
    assert [text for text in everything if text in own_of_bob] == own_of_bob
    numbers = [seq for _, seq, _, _ in parley.entries()]
    assert numbers == list(range(1, len(numbers) + 1))
    vic.reads_all(*everything)
    bob.reads_all(*everything)
    expect(vic.log.locator("..").locator(".entry--pending")).to_have_count(0)
    expect(bob.log.locator("..").locator(".entry--pending")).to_have_count(0)
    vic.is_on_the_same_page()
    bob.is_on_the_same_page()


def test_a_cut_stream_comes_back_by_itself(in_conversation, parley, line, vic, bob):
    before = vic.lives(), bob.lives()

    line.cut(STREAMS)
    vic.writes("Two")
    bob.answers("Three")

    vic.is_live_again(before[0])
    bob.is_live_again(before[1])
    expect(vic.entries).to_have_count(4)
    expect_both_to_show_what_is_stored(
        parley, vic, bob, own_of_vic=["One", "Two"], own_of_bob=["Three"]
    )


def test_a_killed_server_loses_nothing_of_what_both_write_meanwhile(
    in_conversation, parley, vic, bob
):
    before = vic.lives(), bob.lives()
    bob.answers("Two")
    vic.reads("Two")

    parley.kill()
    vic.writes("Three of Vic")
    vic.writes("Four of Vic")
    bob.answers("Three of Bob")
    bob.answers("Four of Bob")
    vic.sees_reconnecting()
    bob.sees_reconnecting()
    expect(vic.unsent).to_have_count(2)
    expect(bob.unsent).to_have_count(2)
    parley.start()

    vic.is_live_again(before[0])
    bob.is_live_again(before[1])
    vic.sees_no_bar()
    bob.sees_no_bar()
    expect(vic.entries).to_have_count(7)
    expect(bob.entries).to_have_count(7)
    expect_both_to_show_what_is_stored(
        parley,
        vic,
        bob,
        own_of_vic=["One", "Three of Vic", "Four of Vic"],
        own_of_bob=["Two", "Three of Bob", "Four of Bob"],
    )


def test_a_server_killed_again_and_again_while_both_write(in_conversation, parley, vic, bob):
    for number in range(3):
        vic.writes(f"Vic {number}")
        bob.answers(f"Bob {number}")
        parley.restart()

    expect(vic.entries).to_have_count(8)
    expect(bob.entries).to_have_count(8)
    expect_both_to_show_what_is_stored(
        parley,
        vic,
        bob,
        own_of_vic=["One", "Vic 0", "Vic 1", "Vic 2"],
        own_of_bob=["Bob 0", "Bob 1", "Bob 2"],
    )


def test_a_server_that_is_stopped_politely_ends_and_both_come_back(
    in_conversation, parley, vic, bob
):
    before = vic.lives(), bob.lives()

    parley.stop()
    parley.start()

    vic.is_live_again(before[0])
    bob.is_live_again(before[1])
    vic.writes("Still here")
    bob.reads("Still here")


def test_an_offer_made_while_the_line_was_cut_is_seen_afterwards(people, parley, line, bob):
    line.refuse(STREAMS)
    bob.sees_reconnecting()

    people.visitor().starts_chat("Anybody?")
    line.mend()

    bob.sees_offer("Anybody?")
    bob.accepts()
    bob.reads("Anybody?")


def test_new_messages_are_asked_for_while_streams_do_not_get_through(
    in_conversation, line, vic, bob
):
    before = vic.lives(), bob.lives()

    line.refuse(STREAMS)
    vic.sees_reconnecting()
    bob.sees_reconnecting()
    vic.writes("By another way")
    vic.reads("By another way")
    bob.answers("And back")
    bob.reads("By another way")
    vic.reads("And back")
    assert (vic.lives(), bob.lives()) == before

    line.mend()
    vic.sees_no_bar()
    bob.sees_no_bar()
    vic.is_live_again(before[0])
    bob.is_live_again(before[1])
    vic.reads_all("One", "By another way", "And back")
    bob.reads_all("One", "By another way", "And back")


def test_a_half_open_line_is_noticed_by_its_silence(people, line):
    vic = people.visitor(at=f"{line.url}/demo", clock=True)
    bob = people.agent()
    talking(vic, bob, "One")
    before = vic.lives()

    line.silence(STREAMS)
    bob.answers("Can you hear me?")
    bob.reads("Can you hear me?")
    vic.page.clock.fast_forward("00:41")

    vic.is_live_again(before)
    vic.reads_all("One", "Can you hear me?")


def test_a_laptop_that_slept_shows_everything_when_it_wakes(people, parley, line):
    bob = people.agent(through=line, clock=True)
    vic = people.visitor()
    talking(vic, bob, "One")
    bob.marks_the_page()
    before = bob.lives()
    lid = bob.context.new_cdp_session(bob.page)

    lid.send("Page.setWebLifecycleState", {"state": "frozen"})
    line.silence(STREAMS)
    line.cut("^(?!.*/stream)")
    vic.writes("Two")
    vic.writes("Three")
    vic.reads("Three")
    lid.send("Page.setWebLifecycleState", {"state": "active"})
    bob.page.clock.fast_forward("03:00:00")

    bob.is_live_again(before)
    bob.reads_all("One", "Two", "Three")
    bob.answers("Good morning")
    vic.reads_all("One", "Two", "Three", "Good morning")
    bob.is_on_the_same_page()


def test_what_is_written_without_a_network_is_sent_when_it_is_back(
    in_conversation, parley, vic, bob
):
    vic.context.set_offline(True)
    bob.context.set_offline(True)
    vic.writes("Two of Vic")
    bob.answers("Two of Bob")
    vic.sees_reconnecting()
    bob.sees_reconnecting()

    bob.context.set_offline(False)
    vic.context.set_offline(False)

    expect(vic.entries).to_have_count(4)
    expect(bob.entries).to_have_count(4)
    expect_both_to_show_what_is_stored(
        parley, vic, bob, own_of_vic=["One", "Two of Vic"], own_of_bob=["Two of Bob"]
    )


def test_a_message_whose_answer_was_lost_is_stored_once(in_conversation, parley, line, vic, bob):
    line.refuse(STREAMS)
    line.lose_answers_to(MESSAGES)
    vic.writes("Two of Vic")
    bob.answers("Two of Bob")
    expect(vic.unsent).to_be_visible()
    expect(bob.unsent).to_be_visible()

    line.mend()

    expect(vic.entries).to_have_count(4)
    expect(bob.entries).to_have_count(4)
    expect_both_to_show_what_is_stored(
        parley, vic, bob, own_of_vic=["One", "Two of Vic"], own_of_bob=["Two of Bob"]
    )


def test_an_answer_that_the_stream_has_overtaken_undoes_nothing(people):
    vic, bob = people.visitor(), people.agent()
    vic.starts_chat("Hello")
    bob.sees_offer("Hello")
    held, ended = [], []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    vic.page.route("**/widget/demo/entries*", hold_the_first)
    vic.page.on(
        "requestfinished", lambda request: "/entries" in request.url and ended.append(request)
    )
    vic.chat.locator("html").evaluate(
        "() => document.dispatchEvent(new CustomEvent('parley:catch-up'))"
    )
    until(lambda: held, vic.page)
    bob.accepts()
    vic.sees_agent("Agent One")

    [(route, as_it_was)] = held
    route.fulfill(response=as_it_was)

    until(lambda: len(ended) >= 2, vic.page)
    vic.sees_agent("Agent One")
    expect(vic.chat.get_by_text("Waiting for an agent")).to_have_count(0)


def test_first_words_whose_answer_was_lost_open_one_chat(parley, line, vic):
    vic.opens_chat()
    line.lose_answers_to(MESSAGES)
    vic.writes("First words")
    expect(vic.unsent).to_be_visible()
    line.mend()

    # The page tries again by itself too, and may be quicker than the hand.
    vic.chat.locator("[data-retry]").evaluate_all("all => all.forEach((one) => one.click())")

    vic.reads_all("First words")
    assert parley.rows("SELECT count(*) FROM visitors") == [(1,)]
    assert parley.messages() == ["First words"]
    vic.is_live()


def test_a_server_that_hangs_keeps_the_message_and_takes_it_later(
    in_conversation, parley, vic, bob
):
    parley.pause()
    vic.writes("Slow")
    expect(vic.chat.get_by_text("Sending")).to_be_visible()
    parley.resume()

    vic.reads_all("One", "Slow")
    bob.reads_all("One", "Slow")


@pytest.mark.console_may_say(REFUSED.format(401))
def test_signing_out_in_another_tab_ends_the_stream_with_a_way_back_and_keeps_the_text(
    in_conversation, bob
):
    bob.types("Half a sentence")
    other = bob.another_tab()

    other.signs_out()

    bob.sees_bar("You have been signed out.")
    expect(bob.bar.get_by_role("link", name="Sign in")).to_be_visible()
    bob.has_typed("Half a sentence")
    bob.box.press("Enter")
    expect(bob.unsent).to_contain_text("Half a sentence")
    expect(bob.unsent).to_contain_text("You have been signed out.")


@pytest.mark.console_may_say(REFUSED.format(401))  # what is asked while one leaves
def test_words_not_yet_sent_survive_signing_in_again(in_conversation, bob):
    bob.types("Half a sentence")
    address = bob.page.url
    other = bob.another_tab()
    other.signs_out()

    bob.bar.get_by_role("link", name="Sign in").click()
    bob.signs_in(at=re.sub("^https?://[^/]+", "", address))

    bob.has_typed("Half a sentence")
