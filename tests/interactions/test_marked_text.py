"""What the agents' field and the server make of the same text: bold looks bold on both sides."""

import json
import random
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.interactions.formatting import message_html, plain_lines

SCRIPT = Path(__file__).parents[2] / "static/js/marked-text.js"
ASKED = """
globalThis.parley = {};
require("node:vm").runInThisContext(require("node:fs").readFileSync(process.argv[1], "utf8"));
const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([verb, what]) => parley.marked[verb](what))));
"""
# What emphasis stumbles over.
SIGNS = [
    "*",
    "**",
    "***",
    "_",
    "__",
    "\\",
    " ",
    "a",
    "b",
    "ä",
    "1",
    ".",
    "(",
    ")",
    "é",
    "🙂",
    "[",
    "`",
    "漢",
]
MANY = 3000


def ask(verb, all_of_them):
    """What the browser's script makes of each of these."""
    node = shutil.which("node")
    assert node, "Node is missing; npm comes with it"
    asked = json.dumps([[verb, one] for one in all_of_them])
    run = subprocess.run(
        [node, "-e", ASKED, str(SCRIPT)], input=asked, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


class Seen(HTMLParser):
    """Lines of (character, bold, italic), as a reader sees the server's HTML."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.lines, self._depth = [[]], {"strong": 0, "em": 0}
        self.feed(str(html).replace("<br>\n", "<br>").replace("</p>\n<p>", "<br><br>").strip())

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self.lines.append([])
        elif tag in self._depth:
            self._depth[tag] += 1

    def handle_endtag(self, tag):
        if tag in self._depth:
            self._depth[tag] -= 1

    def handle_data(self, data):
        marks = self._depth["strong"] > 0, self._depth["em"] > 0
        self.lines[-1] += [(char, *marks) for char in data if not char.isspace()]


def in_browser(lines):
    return [
        [
            (char, run["bold"], run["italic"])
            for run in line
            for char in run["text"]
            if not char.isspace()
        ]
        for line in lines
    ]


def run(text, marks=""):
    return {"text": text, "bold": "b" in marks, "italic": "i" in marks}


def chance(seed):
    return random.Random(seed)


def test_the_field_shows_a_stored_text_as_the_server_does():
    dice = chance(1)
    bodies = ["".join(dice.choices([*SIGNS, "\n"], k=dice.randint(1, 14))) for _ in range(MANY)]

    read = ask("parse", bodies)

    for body, lines in zip(bodies, read, strict=True):
        assert in_browser(lines) == Seen(message_html(body)).lines, body


def test_plain_words_come_through_as_they_were_typed():
    dice = chance(2)
    texts = ["".join(dice.choices(SIGNS, k=dice.randint(1, 14))) for _ in range(MANY)]

    stored = ask("write", [[[run(text)]] for text in texts])

    for text, body in zip(texts, stored, strict=True):
        seen = Seen(message_html(body)).lines
        assert seen == [[(char, False, False) for char in text if not char.isspace()]], body
        assert plain_lines(body).split() == text.split()


def test_words_keep_their_marks_however_they_are_mixed():
    dice = chance(3)
    words = ["oak", "lamp", "5*3", "snake_case", "C:\\new", "(yes)", "no!", "Ä", "🙂"]
    lines = [
        [run(dice.choice(words) + " ", dice.choice(["", "b", "i", "bi"])) for _ in range(6)]
        for _ in range(MANY // 3)
    ]

    stored = ask("write", [[line] for line in lines])

    for line, body in zip(lines, stored, strict=True):
        assert Seen(message_html(body)).lines == in_browser([line]), body


def test_no_mix_of_marks_and_signs_loses_a_character():
    dice = chance(4)
    lines = [
        [
            run("".join(dice.choices(SIGNS, k=3)), dice.choice(["", "b", "i", "bi"]))
            for _ in range(4)
        ]
        for _ in range(MANY)
    ]

    stored = ask("write", [[line] for line in lines])

    for line, body in zip(lines, stored, strict=True):
        shown = [char for char, _, _ in Seen(message_html(body)).lines[0]]
        assert shown == [char for char, _, _ in in_browser([line])[0]], body


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ([[run("oak", "b")]], "**oak**"),
        ([[run("oak", "i")]], "*oak*"),
        ([[run("oak", "bi")]], "***oak***"),
        ([[run("an "), run(" oak ", "b"), run(" lamp")]], "an  **oak**  lamp"),
        ([[run("bold ", "b"), run("both", "bi")]], "**bold *both***"),
        ([[run("both", "bi"), run(" italic", "i")]], "***both** italic*"),
        ([[run("Yes!", "b"), run("No")]], "**Yes**!No"),
        ([[run("un", "b"), run("usual")]], "**un**usual"),
        ([[run("**not bold**")]], "\\*\\*not bold\\*\\*"),
        ([[run("2 * 3 * 4")]], "2 * 3 * 4"),
        ([[run("snake_case_name")]], "snake_case_name"),
        ([[run("_x_ [a](b) `c`")]], "\\_x\\_ [a](b) `c`"),
        ([[run("C:\\new \\*")]], "C:\\new \\\\\\*"),
        ([[run("one", "b")], [run("two", "b")]], "**one**\n**two**"),
        ([[run("one")], [], [run("two")]], "one\n\ntwo"),
        ([[], [run("one")], [], [], [run("two")], []], "one\n\\\n\\\ntwo"),
    ],
)
def test_the_stored_form_is_as_plain_as_it_can_be(lines, body):
    assert ask("write", [lines]) == [body]
    wanted = re.sub(r"\s", "", "".join(one["text"] for line in lines for one in line))
    assert "".join(char for line in Seen(message_html(body)).lines for char, _, _ in line) == wanted
