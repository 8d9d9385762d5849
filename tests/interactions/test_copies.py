"""A transcript to keep: complete, clean, and fetching nothing."""

import base64
import hashlib
import re

import pytest

from app.interactions import messages
from tests.builders import a_nonce, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE  # what is asked here, no SQL decides


@pytest.fixture
async def chat(vic, bob):
    made = await an_interaction(vic, agent=bob, words=["Hello\n**two** lines", "<b>&amp;</b>"])
    await messages.post_from_agent(
        made.id, by=bob, body="See *this* https://shop.example/a", nonce=a_nonce()
    )
    await messages.add_note(made.id, by=bob, body="Not for the visitor", nonce=a_nonce())
    return made


def transcript(chat, kind):
    return f"/workspace/interactions/{chat.id}/transcript?format={kind}"


async def test_the_text_is_clean(as_bob, chat):
    answer = await as_bob.get(transcript(chat, "text"))

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == f"Transcript {chat.id}"
    assert "  two lines" in lines
    assert any(line.endswith("Bob: See this https://shop.example/a") for line in lines)
    assert any(line.endswith("<b>&amp;</b>") for line in lines)


async def test_notes_are_marked_as_internal(as_bob, chat):
    text = (await as_bob.get(transcript(chat, "text"))).text
    page = (await as_bob.get(transcript(chat, "html"))).text

    assert "Bob (internal note, only agents see it): Not for the visitor" in text
    assert "Internal note, only agents see it" in page


async def test_the_page_fetches_nothing_and_runs_nothing(as_bob, chat):
    answer = await as_bob.get(transcript(chat, "html"))

    assert not re.search(r"<script|<link|<img|src=|@import|url\(", answer.text)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "<strong>two</strong>" in answer.text
    assert "&lt;b&gt;" in answer.text


async def test_a_file_name_is_safe_in_a_header(as_bob, chat):
    for kind, ending in (("text", "txt"), ("html", "html")):
        answer = await as_bob.get(transcript(chat, kind))
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(
            rf'inline; filename="transcript-C-\d+-{chat.id}\.{ending}"', disposition
        )
        assert answer.headers["cache-control"] == "no-store"


async def test_all_of_a_long_log_is_in_it(as_bob, bob, vic):
    chat = await an_interaction(vic, agent=bob, words=[f"Line {n}" for n in range(1000)])

    text = (await as_bob.get(transcript(chat, "text"))).text

    assert text.count("Line ") == 1000


async def test_an_unknown_format_is_the_text(as_bob, chat):
    assert (await as_bob.get(transcript(chat, "pdf"))).text.startswith("Transcript")


async def test_eve_gets_no_copy(as_eve, as_nobody, chat):
    foreign = await as_eve.get(transcript(chat, "text"))
    unknown = await as_eve.get("/workspace/interactions/999999/transcript?format=text")

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text == unknown.text
    assert (await as_nobody.get(transcript(chat, "text"))).status_code == 401


async def test_1000_entries_are_paged_backwards_without_a_gap(as_bob, bob, vic):
    chat = await an_interaction(vic, agent=bob, words=[f"Line {n}" for n in range(1000)])
    page = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    seen = numbers(page)

    for _ in range(19):
        page = await as_bob.get(f"/workspace/interactions/{chat.id}/entries?before={seen[0]}")
        seen = numbers(page.text) + seen

    assert seen == list(range(1, 1001))
    assert page.headers["parley-first"] == "true"


def numbers(page):
    return [int(found) for found in re.findall(r'data-seq="(\d+)"', page)]
