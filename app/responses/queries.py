"""The responses that an agent may insert, found as they type."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.agents.tables import Agent
from app.interactions.formatting import plain, plain_lines
from app.interactions.queries import Overview
from app.languages import N_
from app.responses.search import LONGEST_QUERY, MOST_WORDS, beginning, containing, folded
from app.responses.tables import ResponseFile, StandardResponse
from app.responses.variables import Piece, pieces, values_for

SHOWN, RECENT, LONGEST_LINE = 60, 5, 160

# Written out, as it is asked with every letter that is typed.
VISIBLE = """
FROM standard_responses r
LEFT JOIN queues q ON q.id = r.queue
LEFT JOIN response_uses u ON u.response = r.id AND u.agent = {}
WHERE r.archived_at IS NULL
AND (r.agent = {} OR (r.agent IS NULL AND (r.queue IS NULL OR (q.archived_at IS NULL
     AND r.queue IN (SELECT m.queue FROM queue_members m WHERE m.agent = {})))))
"""
COLUMNS = """
SELECT r.id, r.title, r.shortcut, r.folder, r.body, r.used, u.last_used_at,
       CASE WHEN r.queue IS NULL THEN '' ELSE q.name END AS queue,
       CASE WHEN r.agent IS NULL THEN 0 ELSE 1 END AS own
"""
ONE = COLUMNS + VISIBLE + "AND r.id = {}"
LATELY = "ORDER BY CASE WHEN u.last_used_at IS NULL THEN 1 ELSE 0 END, u.last_used_at DESC, "
MOST_USED = "r.used DESC, r.title, r.id LIMIT {}"


@dataclass(frozen=True, slots=True)
class Found:
    """A response as the picker shows it: one line of it, and the whole as a preview."""

    id: int
    title: str
    shortcut: str
    folder: str
    queue: str
    own: bool
    line: list[Piece]
    preview: list[Piece]
    files: list[ResponseFile]


@dataclass(frozen=True, slots=True)
class Group:
    """Responses under one heading; without a heading when the search ranked them."""

    heading: str
    responses: list[Found]


@dataclass(frozen=True, slots=True)
class Picker:
    """What there is for a query: groups of responses, and how many are shown."""

    query: str
    groups: list[Group]
    count: int
    more: bool


def values_of(interaction: Overview, agent: Agent) -> dict[str, str]:
    """What this interaction and this agent fill the places of a response with."""
    return values_for(
        contact=interaction.contact_name,
        agent=agent.name,
        interaction=interaction.id,
        queue=interaction.queue,
    )


async def picker(agent: Agent, interaction: Overview, query: str) -> Picker:
    """The responses for a query, best first; for an empty one the last used, then by folder."""
    asked = query[:LONGEST_QUERY]
    wanted = folded(asked.lstrip("/"))
    rows = await _rows(agent.id, wanted, slash=asked.startswith("/"))
    shown, values = rows[:SHOWN], values_of(interaction, agent)
    files = await _files([row["id"] for row in shown])
    for row in shown:
        row["files"] = files.get(row["id"], [])
    if wanted:
        groups = [Group("", [_found(row, values) for row in shown])] if shown else []
    else:
        groups = _by_folder(shown, values)
    return Picker(query, groups, len(shown), more=len(rows) > SHOWN)


async def file_for(agent: Agent, file_id: int) -> ResponseFile | None:
    """A file of a response that the agent may insert, or keeps as a supervisor."""
    file = await ResponseFile.objects(ResponseFile.response).get(ResponseFile.id == file_id)
    if file is None:
        return None
    shared = file.response.agent is None and agent.may("supervisor")
    mine = file.response.agent == agent.id
    if shared or mine or await response_for(agent, file.response.id):
        return file
    return None


async def response_for(agent: Agent, response_id: int) -> dict[str, Any] | None:
    """One response that the agent may insert."""
    rows = await StandardResponse.raw(ONE, agent.id, agent.id, agent.id, response_id)
    return dict(rows[0]) if rows else None


async def _rows(agent_id: int, wanted: str, *, slash: bool) -> list[dict[str, Any]]:
    me = [agent_id, agent_id, agent_id]
    if not wanted:
        sql = COLUMNS + VISIBLE + LATELY + MOST_USED
        return list(await StandardResponse.raw(sql, *me, SHOWN + 1))
    words = [containing(word) for word in wanted.split()[:MOST_WORDS]]
    order, ranked = _rank(wanted, words, slash=slash)
    sql = f"{COLUMNS}{VISIBLE}AND {_each('r.words', words)} ORDER BY {order}, "
    sql += "COALESCE(u.used, 0) DESC, " + MOST_USED
    return list(await StandardResponse.raw(sql, *me, *words, *ranked, SHOWN + 1))


async def _files(responses: list[int]) -> dict[int, list[ResponseFile]]:
    found: dict[int, list[ResponseFile]] = {}
    if responses:
        for file in (
            await ResponseFile.objects()
            .where(ResponseFile.response.is_in(responses))
            .order_by(ResponseFile.id)
        ):
            found.setdefault(file.response, []).append(file)
    return found


def _rank(wanted: str, words: list[str], *, slash: bool) -> tuple[str, list[str]]:
    """Title before shortcut before text; after a slash the shortcut comes first."""
    title = f"WHEN r.title_words LIKE {{}} ESCAPE '!' THEN 2 WHEN {_each('r.title_words', words)}"
    by_title = (f"{title} THEN 3", [beginning(wanted), *words])
    by_shortcut = ("WHEN r.shortcut LIKE {} ESCAPE '!' THEN 4", [containing(wanted)])
    exact = ("WHEN r.shortcut = {} THEN 0", [wanted])
    begun = ("WHEN r.shortcut LIKE {} ESCAPE '!' THEN 1", [beginning(wanted)])
    cases = [exact, begun, by_title, by_shortcut] if slash else [by_title, by_shortcut]
    return (
        f"CASE {' '.join(sql for sql, _ in cases)} ELSE 5 END",
        [value for _, values in cases for value in values],
    )


def _each(column: str, words: list[str]) -> str:
    return " AND ".join(f"{column} LIKE {{}} ESCAPE '!'" for _ in words)


def _by_folder(rows: list[dict[str, Any]], values: Mapping[str, str]) -> list[Group]:
    recent = [row for row in rows[:RECENT] if row["last_used_at"]]
    others = sorted(rows[len(recent) :], key=_folder_then_used)
    folders = [
        Group(folder or N_("Without a folder"), [_found(row, values) for row in group])
        for folder, group in groupby(others, key=lambda row: row["folder"])
    ]
    lately = [Group(N_("Last used"), [_found(row, values) for row in recent])] if recent else []
    return lately + folders


def _folder_then_used(row: dict[str, Any]) -> tuple[bool, str, str, int]:
    return not row["folder"], folded(row["folder"]), row["folder"], -row["used"]


def _found(row: dict[str, Any], values: Mapping[str, str]) -> Found:
    return Found(
        id=row["id"],
        title=row["title"],
        shortcut=row["shortcut"],
        folder=row["folder"],
        queue=row["queue"],
        own=bool(row["own"]),
        line=pieces(plain(row["body"][: 2 * LONGEST_LINE])[:LONGEST_LINE], values),
        preview=pieces(plain_lines(row["body"]), values),
        files=row["files"],
    )
