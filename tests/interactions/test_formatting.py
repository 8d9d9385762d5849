import re
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.interactions import formatting
from app.interactions.formatting import (
    LONGEST,
    SCHEMES,
    has_words,
    message_html,
    plain,
    plain_lines,
    visible,
)

ATTRIBUTES = {"a": {"href", "target", "rel"}}
TAGS = {"p", "br", "strong", "em", "a"}
# Made of what parsers stumble over, so that few examples find much.
HOSTILE = [
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "<hx-partial hx-target='#x'>",
    'hx-get="/sign-out"', "data-hx-post=", "hx-swap-oob", "sse-connect", "<svg/onload=", "<!--",
    "-->", "]]>", "&lt;", "&#60;", "&amp;", "javascript:", "JaVaScRiPt:alert(1)", "data:text/html,",
    "vbscript:", "https://", "http://a.example/?a=1&b=2", "mailto:a@b.example", "https://a\"b'",
    "**", "*", "_", "__", "`", "\\", "[", "](", ")", "\n", "\r\n", "  \n", "#", "> ", "- ", "\t",
    "\x00", "\u202e", "\u200b", "\ufeff", "é", "漢", "🙂", " ", "a", "1", "'", '"', "<", ">",
    "=", "/",
]  # fmt: skip
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=30).map("".join)


class Parsed(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.depth_of_links = [], [], 0
        self.nested_links = self.others = 0
        self.feed(html)
        self.close()

    @property
    def text(self):
        return "".join(self.texts)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.nested_links += self.depth_of_links
            self.depth_of_links += 1

    def handle_endtag(self, tag):
        self.depth_of_links -= tag == "a"

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.others += 1

    handle_decl = handle_pi = unknown_decl = handle_comment


@given(hostile)
@example("[x](javascript:alert(1))")
@example("https://a.example/<script>alert(1)</script>")
@example("**https://a.example/**")
@example("<https://a.example>")
def test_only_what_is_allowed_comes_out(body):
    # T1, T2
    parsed = Parsed(message_html(body))

    assert parsed.others == 0
    assert parsed.nested_links == 0
    for tag, attributes in parsed.tags:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set())
        if tag == "a":
            assert urlsplit(attributes["href"]).scheme.lower() in SCHEMES
            assert {"noopener", "noreferrer"} <= set(attributes["rel"].split())


@given(hostile)
@example("a <b>bold</b> & c")
@example("1 * 2 * 3")
@example("snake_case_name")
def test_every_word_comes_through(body):
    # T1: markup may vanish, words may not
    words = re.findall(r"\w+", re.sub(r"[*_\\]", " ", visible(body)))

    shown = re.sub(r"[*_\\]", " ", Parsed(message_html(visible(body))).text)

    assert re.findall(r"\w+", shown) == words


@given(st.text(alphabet="abc <>&\"'=hx-", max_size=60))
def test_text_without_markup_is_shown_as_it_was_written(text):
    shown = Parsed(message_html(text)).text

    assert shown.split() == text.split()


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("**bold**", "<p><strong>bold</strong></p>"),
        ("*italic*", "<p><em>italic</em></p>"),
        ("***both***", "<p><em><strong>both</strong></em></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("- no list", "<p>- no list</p>"),
        ("`no code`", "<p>`no code`</p>"),
        ("<b>no tag</b>", "<p>&lt;b&gt;no tag&lt;/b&gt;</p>"),
    ],
)
def test_the_subset_is_bold_italic_and_line_breaks(body, html):
    assert message_html(body).strip() == html


@pytest.mark.parametrize(
    ("body", "href", "text"),
    [
        ("see https://a.example/x", "https://a.example/x", "https://a.example/x"),
        ("(https://a.example/x).", "https://a.example/x", "https://a.example/x"),
        ("mailto:vic@mail.example", "mailto:vic@mail.example", "mailto:vic@mail.example"),
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("**https://a.example**", "https://a.example", "https://a.example"),
    ],
)
def test_an_address_becomes_a_link_to_what_is_shown(body, href, text):
    # A link never says one address and leads to another.
    [attributes] = [found for tag, found in Parsed(message_html(body)).tags if tag == "a"]

    assert (attributes["href"], attributes["target"]) == (href, "_blank")
    assert f">{text.replace('&', '&amp;')}</a>" in message_html(body)


@pytest.mark.parametrize(
    "body", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "a.example"]
)
def test_other_schemes_stay_text(body):
    assert [tag for tag, _ in Parsed(message_html(body)).tags] == ["p"]


@pytest.mark.parametrize(
    "unit",
    ["*", "**a", "_a_ ", "[", "](", "\\", "<", "&", "https://a.example/", "mailto:", "a@", "> ",
     "http://", "`", "\n", "*a **b ", "_*", "!["],
)  # fmt: skip
def test_64_kilobytes_of_anything_take_a_moment(unit):
    # T4: twenty times the budget, for a busy machine; what is quadratic takes minutes
    body = unit * (64 * 1024 // len(unit))

    before = time.process_time()
    message_html(body)
    plain(body)

    assert time.process_time() - before < 1


def test_the_length_limit_comes_before_the_formatting():
    # T4
    assert len(Parsed(message_html("a" * (LONGEST + 1000))).text.strip()) == LONGEST


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x00", "\x1b"])
def test_marks_that_hide_or_reorder_are_made_visible(mark):
    # T6
    assert visible(f"abc{mark}def") == "abc\ufffddef"


@pytest.mark.parametrize("body", ["", " ", "\n\t", "\u200b\u200b", "\u202e", "\x00", "\u00a0"])
def test_what_cannot_be_seen_is_no_message(body):
    # T6
    assert not has_words(body)


def test_a_preview_is_the_words_on_one_line():
    assert plain("**Hello** *there*,\nhow\n\nare <b>you</b>?") == "Hello there, how are <b>you</b>?"


SIMPLE = [
    "*",
    "**",
    "***",
    " ",
    "a",
    "b",
    "1",
    "é",
    "漢",
    ".",
    ",",
    "(",
    "<",
    "&amp;",
    "\u00a0",
    "-",
    "_",
]
lines = st.lists(st.sampled_from(SIMPLE), max_size=12).map("".join)


@given(lines | hostile)
@example("m7x Do you have the *Alder* floor lamp in **oak & steel**, and when?")
@example(" *a* **b** *c d* ")
@example("*a**b*")
def test_what_is_simple_is_shown_as_if_it_were_parsed(body):
    simple = formatting._is_simple(body)

    if simple:
        parsed = formatting._cleaner().clean(formatting._rendered(body))
        assert message_html(body) == parsed
        assert plain(body) == " ".join(plain_lines(body).split())


@pytest.mark.parametrize("body", ["Hello", "Is the *Alder* there?", "**Now**, or never: 1 < 2"])
def test_most_messages_are_simple(body):
    assert formatting._is_simple(body)
