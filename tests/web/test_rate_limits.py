import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contacts.tables import Visitor
from app.interactions.tables import Entry
from app.problems import TooMany
from app.web.rate_limits import RateLimit, in_words
from tests.builders import a_nonce, a_visitor
from tests.databases import ON_SQLITE
from tests.people import ELSEWHERE, HOME, browser


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


# The rule.


def allowed(limit, key="vic"):
    try:
        limit.spend(key, "Too fast.")
    except TooMany:
        return False
    return True


def test_so_many_are_allowed_and_no_more():
    limit = RateLimit(3, 60, Watch())

    assert [allowed(limit) for _ in range(5)] == [True, True, True, False, False]


def test_each_key_has_its_own_count():
    limit = RateLimit(1, 60, Watch())

    assert allowed(limit, "vic")
    assert allowed(limit, "mallory")
    assert not allowed(limit, "vic")


def test_a_flood_locks_its_key_for_no_longer_than_the_window():
    # S2
    watch = Watch()
    limit = RateLimit(2, 60, watch)
    for _ in range(100):
        allowed(limit)
        watch.time += 0.5

    watch.time += 60

    assert allowed(limit)


def test_a_refusal_says_when_to_try_again():
    watch = Watch()
    limit = RateLimit(1, 300, watch)
    limit.spend("vic", "Too fast.")
    watch.time += 180

    with pytest.raises(TooMany, match=r"Too fast\. Try again in 2 minutes\.") as refused:
        limit.spend("vic", "Too fast.")

    watch.time += refused.value.retry_after
    limit.spend("vic", "Too fast.")


def test_a_try_that_turned_out_well_is_given_back():
    limit = RateLimit(1, 60, Watch())
    limit.spend("vic", "Too fast.")

    limit.give_back("vic")

    assert allowed(limit)


def test_keys_that_are_over_are_forgotten():
    # L1: memory does not grow with the number of addresses ever seen
    watch = Watch()
    limit = RateLimit(1, 60, watch)
    for number in range(1000):
        allowed(limit, number)

    watch.time += 61
    allowed(limit, "vic")

    assert list(limit._tries) == ["vic"]


@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=40))
def test_no_window_ever_has_more_than_the_limit(count, pauses):
    watch = Watch()
    limit = RateLimit(count, 60, watch)
    times = []
    for pause in pauses:
        watch.time += pause
        if allowed(limit):
            times.append(watch.time)

    for start in times:
        assert sum(start <= time < start + 60 for time in times) <= count


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (300, "5 minutes")],
)
def test_a_waiting_time_is_said_in_words(seconds, words):
    assert in_words(seconds) == words


# Where it stands.


def says_when(answer):
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "Try again in" in answer.text
    return True


@ON_SQLITE
@pytest.mark.settings(limit_messages=3)
async def test_a_visitor_who_writes_too_fast_is_told_when_to_try_again(as_vic, shop, app):
    # L2
    answers = await asyncio.gather(
        *(
            as_vic.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})
            for _ in range(10)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 7
    assert all(says_when(answer) for answer in answers if answer.status_code != 200)
    assert await Entry.count().where(Entry.author == "contact") == 3


@ON_SQLITE
@pytest.mark.settings(limit_messages=1)
async def test_a_flood_of_one_visitor_stops_no_other(app, as_vic, shop):
    # S2
    await a_visitor(shop, token="token-of-another")
    another = browser(app, visitor="token-of-another", address=HOME)
    for _ in range(5):
        await as_vic.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})

    answer = await another.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})

    assert answer.status_code == 200


@ON_SQLITE
@pytest.mark.settings(limit_visitors=2)
async def test_only_so_many_visitors_come_from_one_address(app, shop):
    # L2
    answers = [
        await browser(app, address=address).post(
            "/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()}
        )
        for address in (HOME, HOME, HOME, ELSEWHERE)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert says_when(answers[2])
    assert await Visitor.count() == 3


@ON_SQLITE
@pytest.mark.settings(limit_visitors=2)
async def test_an_ipv6_network_counts_as_one_address(app, shop):
    # L2, S2: each customer has 2^64 addresses to spend
    answers = [
        await browser(app, address=f"2001:db8:1:2:{number}::1").post(
            "/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()}
        )
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


@ON_SQLITE
@pytest.mark.settings(limit_messages_address=2)
async def test_only_so_many_messages_come_from_one_address(app, as_vic, shop):
    # L2: whatever headers claim
    answers = [
        await as_vic.post(
            "/widget/shop/messages",
            data={"body": "Hi", "nonce": a_nonce()},
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"},
        )
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


@ON_SQLITE
@pytest.mark.settings(limit_messages=1)
async def test_a_wrong_form_costs_nothing(as_vic):
    for _ in range(5):
        await as_vic.post("/widget/shop/messages", data={"body": "", "nonce": a_nonce()})

    answer = await as_vic.post("/widget/shop/messages", data={"body": "Hi", "nonce": a_nonce()})

    assert answer.status_code == 200
