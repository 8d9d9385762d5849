"""The log of the visitor's current chat, a page at a time, and never a note."""

import re

import pytest

from app.interactions import messages
from tests.builders import a_nonce, an_interaction
from tests.databases import ON_SQLITE

ENTRIES = "/widget/shop/entries"
OLDER = "data-older"


def numbers(text):
    return [int(seq) for seq in re.findall(r'data-seq="(\d+)"', text)]


@pytest.fixture
async def long_chat(vic, bob):
    """A note, which counts, and 120 lines."""
    chat = await an_interaction(vic, agent=bob, words=["Line 1"])
    await messages.add_note(chat.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    for line in range(3, 121):
        await messages.post_from_visitor(vic, body=f"Line {line}", nonce=a_nonce())
    return chat


@ON_SQLITE
async def test_a_visitor_pages_back_to_the_beginning(as_vic, long_chat):
    page = (await as_vic.get("/widget/shop")).text
    middle = await as_vic.get(f"{ENTRIES}?before=71")
    first = await as_vic.get(f"{ENTRIES}?before=21")

    assert OLDER in page
    assert numbers(page) == list(range(71, 121))
    assert numbers(middle.text) == list(range(21, 71))
    assert "parley-first" not in middle.headers
    assert numbers(first.text) == [1, *range(3, 21)]
    assert first.headers["parley-first"] == "true"
    assert first.headers["parley-log"] == f"log_{long_chat.id}"
    assert "Not for the visitor" not in first.text


@ON_SQLITE
async def test_what_visitors_do_not_see_is_nothing_to_page_back_to(as_vic, vic, bob):
    chat = await an_interaction(vic, agent=bob, words=[])
    await messages.add_note(chat.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    await messages.post_from_visitor(vic, body="Hello", nonce=a_nonce())

    assert OLDER not in (await as_vic.get("/widget/shop")).text
    assert (await as_vic.get(f"{ENTRIES}?before=2")).headers["parley-first"] == "true"


@ON_SQLITE
@pytest.mark.parametrize("before", ["0", "-5", "1", str(10**12)])
async def test_strange_numbers_give_what_there_is(as_vic, long_chat, before):
    answer = await as_vic.get(f"{ENTRIES}?before={before}")

    assert answer.status_code == 200
    assert len(numbers(answer.text)) == (50 if before == str(10**12) else 0)


@ON_SQLITE
async def test_pages_are_the_visitors_own(as_mallory, as_nobody, long_chat):
    assert numbers((await as_mallory.get(f"{ENTRIES}?before=71")).text) == []
    assert (await as_nobody.get(f"{ENTRIES}?before=71")).status_code == 401
