"""Messages: a small Markdown subset (bold, italic, links, line breaks) made into safe HTML."""

import re
import unicodedata
from dataclasses import replace
from functools import cache, lru_cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

LONGEST = 8000
TAGS = {"p", "br", "strong", "em", "a"}
SCHEMES = {"http", "https", "mailto"}
LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`]{1,2000}", re.IGNORECASE)
BREAKS = {"softbreak", "hardbreak"}
# Most messages are one line with at most a few *plainly* marked words; what is not as plain as
# this, and whatever may be a link, is parsed.
ONE_LINE = re.compile(r"[^\x00-\x1f\x7f\\_\u0085\u2028\u2029]+")
MARKED = re.compile(r"(?:(?<= )|^)(\*\*?)([^\W_](?:[^*]*[^\W_])?)\1(?=[ .,;:!?]|$)")
TAG = {"*": "em", "**": "strong"}
TRAILING = ".,;:!?)]}…"
# Marks that reorder or hide text; a reader must see that something is there.
UNSEEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u0000-\u0008\u000b-\u001f\u007f]"
)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True})
    return parser.enable(["emphasis", "newline", "escape"])


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href", "target"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


# Both sides, every tab and the list show the same new message within moments.
@lru_cache(maxsize=256)
def _parsed(body: str) -> tuple[Token, ...]:
    return tuple(_parser().parse(body[:LONGEST]))


@lru_cache(maxsize=256)
def message_html(body: str) -> Markup:
    """The body as HTML with only TAGS and, in links, SCHEMES.

    Everything is escaped while it is parsed; links are then made from text alone, never from
    markup; the allow-list at the end is a second lock on the same door.
    """
    rendered = _simply_rendered(body) if _is_simple(body) else _rendered(body)
    clean = _cleaner().clean(rendered)
    return Markup(clean)  # noqa: S704 - the one audited place where HTML is made of text


def _rendered(body: str) -> str:
    tokens = [_with_links(token) for token in _parsed(body)]
    rendered: str = _parser().renderer.render(tokens, _parser().options, {})
    return rendered


def plain(body: str) -> str:
    """The body's words on one line, for previews."""
    words = MARKED.sub(r"\2", body) if _is_simple(body) else plain_lines(body)
    return " ".join(words.split())


def _is_simple(body: str) -> bool:
    """Whether it is a line in which nothing but MARKED means more than it says.

    For these the answer is the parser's, in a twentieth of its time.
    """
    one_line = ONE_LINE.fullmatch(body) and len(body) <= LONGEST and body.strip()
    return bool(one_line) and not LINK.search(body) and "*" not in MARKED.sub("", body)


def _simply_rendered(body: str) -> str:
    marked = MARKED.sub(
        lambda found: f"<{TAG[found[1]]}>{found[2]}</{TAG[found[1]]}>",
        escape(body.strip(), quote=False),
    )
    return f"<p>{marked}</p>\n"


def plain_lines(body: str) -> str:
    """The body's words, line by line, an empty line between paragraphs."""
    paragraphs = [
        "".join("\n" if one.type in BREAKS else one.content for one in token.children)
        for token in _parsed(body)
        if token.children
    ]
    return "\n\n".join(paragraphs)


def visible(text: str) -> str:
    """The text with invisible and reordering marks replaced by a sign that shows them."""
    return UNSEEN.sub("\ufffd", text)


def has_words(text: str) -> bool:
    """Whether anything in the text can be seen."""
    return any(
        not char.isspace() and unicodedata.category(char) not in {"Cf", "Cc"} for char in text
    )


def _with_links(token: Token) -> Token:
    if not token.children:
        return token
    children = [made for child in token.children for made in _linked(child)]
    return replace(token, children=children)


def _linked(token: Token) -> list[Token]:
    if token.type != "text":
        return [token]
    made: list[Token] = []
    end = 0
    for found in LINK.finditer(token.content):
        url = found.group().rstrip(TRAILING)
        if found.start() > end:
            made.append(_text(token.content[end : found.start()]))
        opening = Token("link_open", "a", 1, attrs={"href": url, "target": "_blank"})
        made += [opening, _text(url), Token("link_close", "a", -1)]
        end = found.start() + len(url)
    made.append(_text(token.content[end:]))
    return made


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
