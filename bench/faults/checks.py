"""What must hold, at every moment and when all is quiet again."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bench.crowd import ENTRY, WORDS, Log, Lost, Page, Told, Visitor, until
from bench.faults.people import CAPACITY
from bench.faults.plan import Result
from bench.faults.rows import AWAY, Rows

# In seconds.
CALM_WITHIN, SAMPLES_EVERY = 60, 0.5
# Of words, enough to know which they are.
SHORT = 24
OPEN = "('queued', 'offered', 'active')"


async def sample(rows: Rows, result: Result) -> None:
    """What must hold at every moment, looked at while it goes on."""
    while True:
        await asyncio.sleep(SAMPLES_EVERY)
        with suppress(*AWAY):
            result.note(await always(rows))


ALWAYS = {
    "two open chats of one visitor": f"""
        SELECT visitor FROM interactions WHERE state IN {OPEN} GROUP BY visitor HAVING COUNT(*) > 1
    """,
    "two open offers of one chat": """
        SELECT interaction FROM offers WHERE outcome = '' GROUP BY interaction HAVING COUNT(*) > 1
    """,
    "an agent over capacity": f"""
        SELECT a.id FROM agents a WHERE
          (SELECT COUNT(*) FROM interactions i WHERE i.agent = a.id AND i.state = 'active')
          + (SELECT COUNT(*) FROM offers o WHERE o.agent = a.id AND o.outcome = '') > {CAPACITY}
    """,
    "a chat with nobody, or a waiting one with somebody": """
        SELECT id FROM interactions
        WHERE (state = 'active') <> (agent IS NOT NULL) AND state IN ('active', 'queued', 'offered')
    """,
    "numbers with gaps, or twice": """
        SELECT i.id FROM interactions i LEFT JOIN entries e ON e.interaction = i.id
        GROUP BY i.id, i.last_seq
        HAVING COUNT(e.id) <> i.last_seq OR COUNT(DISTINCT e.seq) <> i.last_seq
               OR MAX(e.seq) <> i.last_seq
    """,
}


async def always(rows: Rows) -> list[str]:
    """What is wrong with the database at this moment."""
    found = []
    for what, statement in ALWAYS.items():
        wrong = await rows.fetch(statement)
        found += [f"{what}: {[row[0] for row in wrong]}"] if wrong else []
    return found


async def stored(rows: Rows, told: Told) -> list[str]:
    """Acknowledged is stored exactly once; not acknowledged, once or not at all."""
    times = Counter(row["body"] for row in await rows.fetch(MESSAGES))
    lost = [words[:SHORT] for words in told.acknowledged if times[words] == 0]
    twice = [words[:SHORT] for words, count in times.items() if count > 1]
    unknown = [words[:SHORT] for words in times if words not in told.tried]
    found = await always(rows)
    found += [f"acknowledged and not stored: {lost}"] if lost else []
    found += [f"stored more than once: {twice}"] if twice else []
    return found + ([f"written by nobody: {unknown}"] if unknown else [])


MESSAGES = "SELECT interaction, seq, body FROM entries WHERE kind = 'message'"


async def left_over(look: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """What is still wrong when it has had time to become right."""
    found: list[str] = []

    async def nothing() -> bool:
        found[:] = await look()
        return not found

    await until(nothing, CALM_WITHIN)
    return found


async def readers(rows: Rows, pages: list[Page]) -> list[str]:
    """Each page shows what the database has, in its order, and what a page opened now shows."""
    stored: dict[int, dict[int, str]] = {}
    for row in await rows.fetch(MESSAGES):
        stored.setdefault(row["interaction"], {})[row["seq"]] = row["body"]
    active = {
        row["id"]: str(row["agent"])
        for row in await rows.fetch("SELECT id, agent FROM interactions WHERE state = 'active'")
    }
    found = []
    for page in pages:
        if isinstance(page, Visitor):
            mine = [max(one for one, log in stored.items() if _written_by(log, page.name))]
        else:
            mine = [one for one, agent in active.items() if agent == page.name]
        for one in mine:
            found += await _differences(page, one, stored.get(one, {}))
    return found


def _written_by(log: dict[int, str], name: str) -> bool:
    return any(words.startswith(f"v{name}-") for words in log.values())


async def _differences(page: Page, interaction: int, stored: dict[int, str]) -> list[str]:
    log = page.logs.get(interaction)
    who = f"page {type(page).__name__} {page.name}, chat {interaction}"
    if log is None:
        return [f"{who}: is not shown"]
    shown = {number: words for number, words in log.shown.items() if words}
    if shown != stored:
        missing, more = stored.keys() - shown.keys(), shown.keys() - stored.keys()
        return [f"{who}: missing {sorted(missing)}, too many {sorted(more)}"]
    if log.twice:
        return [f"{who}: two entries in the place {log.twice}"]
    afresh = Log()
    path = (
        "/widget/shop/entries?after=0"
        if isinstance(page, Visitor)
        else f"/workspace/interactions/{interaction}/entries?after=0"
    )
    try:
        # However busy the machine is: here it counts what is answered, not when.
        answer = await page.ask("GET", path, patience=CALM_WITHIN)
    except Lost:
        return [f"{who}: a page opened now gets no answer"]
    for _, number, rest in ENTRY.findall(answer.text):
        found = WORDS.search(rest)
        afresh.take(int(number), found[1] if found else "")
    if afresh.shown != log.shown:
        return [f"{who}: afresh {sorted(afresh.shown)}, live {sorted(log.shown)}"]
    return []


async def seen(rows: Rows, pages: list[Page]) -> list[str]:
    """Nobody has seen words of a chat that never was theirs."""
    where = {row["body"]: row["interaction"] for row in await rows.fetch(MESSAGES)}
    accepted = {
        (row["interaction"], str(row["agent"]))
        for row in await rows.fetch(
            "SELECT interaction, agent FROM offers WHERE outcome = 'accepted'"
        )
    }
    found = []
    for page in pages:
        for log in page.logs.values():
            for words in filter(None, log.shown.values()):
                chat = where.get(words)
                theirs = (
                    words.startswith(f"v{page.name}-")
                    or chat in {where.get(w) for w in where if w.startswith(f"v{page.name}-")}
                    if isinstance(page, Visitor)
                    else (chat, page.name) in accepted
                )
                if not theirs:
                    found.append(f"{type(page).__name__} {page.name} has seen {words[:SHORT]}")
    return found
