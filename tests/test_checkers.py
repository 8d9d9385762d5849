"""What looks on while things break can see: each checker, with something made up that is wrong."""

import random
import sqlite3

import pytest

from bench.budgets import Measured
from bench.crowd import Agent, Client, Told, Visitor
from bench.faults.checks import always, readers, seen, stored
from bench.faults.harness import table
from bench.faults.leaks import Uses, grown, held
from bench.faults.plan import Result

TABLES = """
CREATE TABLE agents (id, name);
CREATE TABLE interactions (id, visitor, agent, state, last_seq);
CREATE TABLE entries (id INTEGER PRIMARY KEY, interaction, seq, kind, body);
CREATE TABLE offers (interaction, agent, outcome);
INSERT INTO agents VALUES (7, 'Agent');
INSERT INTO interactions VALUES (1, 1, 7, 'active', 2);
INSERT INTO entries (interaction, seq, kind, body)
  VALUES (1, 1, 'message', 'v0-0'), (1, 2, 'message', 'a7-1-0');
INSERT INTO offers VALUES (1, 7, 'accepted');
"""
ENTRY = '<div id="entry_1_{}"><p>{}</p></div>'
SAID = {1: "v0-0", 2: "a7-1-0"}
QUIET = Uses(streams=0, tasks=20, descriptors=30, megabytes=90)


class Database:
    def __init__(self):
        self._connection = sqlite3.connect(":memory:")
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(TABLES)

    async def fetch(self, statement):
        return self._connection.execute(statement).fetchall()

    def change(self, statement):
        self._connection.execute(statement)

    def close(self):
        self._connection.close()


@pytest.fixture
def rows():
    made = Database()
    yield made
    made.close()


@pytest.fixture
def told():
    return Told(acknowledged=dict.fromkeys(SAID.values(), "0"), tried=dict.fromkeys(SAID.values()))


@pytest.fixture
async def pages(told, monkeypatch):
    """A visitor's page and an agent's, both with the whole chat, as the server has it."""

    async def answers(*_, **__):
        return Answer()

    monkeypatch.setattr(Client, "ask", answers)
    url = "http://parley.test"
    made = [
        Visitor(url, told, random.Random(0), "0"),
        Agent(url, told, random.Random(0), "7", "a session", 1),
    ]
    made[0].log_of(1)
    made[1].open(1)
    for page in made:
        for number, words in SAID.items():
            page.logs[1].take(number, words)
    yield made
    for page in made:
        await page.http.aclose()


class Answer:
    text = "".join(ENTRY.format(number, words) for number, words in SAID.items())


async def test_where_nothing_is_wrong_nothing_is_found(rows, told, pages):
    assert await stored(rows, told) == []
    assert await readers(rows, pages) == []
    assert await seen(rows, pages) == []
    assert grown(QUIET, QUIET) == []
    assert held([{"held": 0, "every": 4}], 2) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("INSERT INTO interactions VALUES (2, 1, NULL, 'queued', 0)", "two open chats"),
        ("INSERT INTO offers VALUES (1, 7, ''), (1, 8, '')", "two open offers"),
        ("INSERT INTO offers VALUES (2, 7, ''), (3, 7, ''), (4, 7, ''), (5, 7, '')", "capacity"),
        ("UPDATE interactions SET agent = NULL", "a chat with nobody"),
        ("UPDATE interactions SET last_seq = 3", "numbers with gaps"),
        ("UPDATE entries SET seq = 1", "numbers with gaps, or twice"),
    ],
)
async def test_a_rule_that_is_broken_in_the_database_is_seen(rows, statement, found):
    rows.change(statement)

    assert any(found in one for one in await always(rows))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM entries WHERE seq = 2", "acknowledged and not stored: ['a7-1-0']"),
        ("UPDATE entries SET body = 'v0-0'", "stored more than once: ['v0-0']"),
        ("UPDATE entries SET body = 'v0-9' WHERE seq = 1", "written by nobody: ['v0-9']"),
    ],
)
async def test_what_is_lost_twice_or_of_nobody_is_seen(rows, told, statement, found):
    rows.change(statement)

    assert found in await stored(rows, told)


async def test_a_page_that_misses_something_or_shows_it_twice_is_seen(rows, pages):
    del pages[0].logs[1].shown[2]
    pages[1].logs[1].take(2, "other words")

    [visitors, agents] = await readers(rows, pages)

    assert "missing [2], too many []" in visitors
    assert "two entries in the place [2]" in agents


async def test_a_page_that_is_not_as_one_opened_now_is_seen(rows, pages, monkeypatch):
    monkeypatch.setattr(Answer, "text", ENTRY.format(1, "v0-0"))

    assert ["afresh [1], live [1, 2]" in one for one in await readers(rows, pages)] == [True, True]


async def test_who_has_seen_what_was_not_theirs_is_told(rows, pages):
    rows.change(
        "INSERT INTO entries (interaction, seq, kind, body) VALUES (2, 1, 'message', 'v1-0')"
    )
    pages[0].logs[1].take(3, "v1-0")
    pages[1].logs[1].take(3, "v1-0")

    assert await seen(rows, pages) == ["Visitor 0 has seen v1-0", "Agent 7 has seen v1-0"]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (Uses(1, 20, 30, 90), "1 streams are open"),
        (Uses(0, 33, 30, 90), "33 tasks, 20 at its start"),
        (Uses(0, 20, 47, 90), "47 descriptors, 30 at its start"),
        (Uses(0, 20, 30, 155), "155 megabytes, 90 at its start"),
    ],
)
def test_what_leaks_is_seen(after, found):
    [one] = grown(QUIET, after)

    assert found in one


def test_connections_and_transactions_that_stay_are_seen():
    assert held([{"held": 1, "every": 4}], 2) == ["1 transactions are held open"]
    assert held([{"held": 0, "every": 26}], 2) == ["26 connections, at most 25"]


def test_one_violation_is_red_and_stands_beside_what_broke_meanwhile():
    result = Result(seed=1)
    result.faults["disk full"] = 2
    result.now = {"disk full"}
    result.note(["an agent over capacity: [7]"])
    result.note(["an agent over capacity: [7]"])

    lines = {line.what: line for line in table("faults", result)}

    assert lines["faults: disk full"] == Measured("faults: disk full", 2, "times, 1 wrong")
    assert lines["faults: violations"].held == "NO"
