"""The log of an interaction as a transcript shows it, to agents or to the visitor."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

from markupsafe import Markup

from app.attachments.queries import AttachmentView, of_entries
from app.contacts.names import Person, person
from app.contacts.people import contact_person
from app.database import fetch
from app.interactions import log, notices
from app.interactions.formatting import message_html
from app.interactions.queries import Overview

PAGE = 50
LAST = 2**31 - 1
TOGETHER = timedelta(minutes=3)
# The entry and the one before; where that is not for visitors, theirs is read for itself.
NEAR = 2

# Written out, as the one read that every push makes: building it costs more than running it.
NEWEST_FIRST = """
SELECT e.interaction, e.seq, e.kind, e.author, e.agent, e.notice, e.body, e.nonce, e.created_at,
       EXISTS (SELECT 1 FROM attachments t WHERE t.interaction = e.interaction AND t.seq = e.seq)
         AS has_files,
       a.name AS agent_name, a.picture AS agent_picture, c.id AS contact_id, c.name AS contact_name,
       c.email AS contact_email, c.phone AS contact_phone
FROM entries e
JOIN interactions i ON i.id = e.interaction
JOIN contacts c ON c.id = i.contact
LEFT JOIN agents a ON a.id = e.agent
WHERE e.interaction = {} AND e.seq > {} AND e.seq <= {}
"""
# What visitors see is named; notes, and whatever is added later, are not on the list.
FOR_VISITORS = frozenset(notices.codes_for_visitors())
CODES = ", ".join(f"'{code}'" for code in sorted(FOR_VISITORS))
SEEN_BY = {
    notices.AGENT: "",
    notices.VISITOR: f"AND (e.kind = '{log.MESSAGE}' OR e.notice IN ({CODES}))\n",
}
RANGE = {
    audience: f"{NEWEST_FIRST}{seen}ORDER BY e.seq DESC LIMIT {{}}"
    for audience, seen in SEEN_BY.items()
}


# Who is named in a log, and how: a change of any of it is seen in all that stands there.
NAMES = """
SELECT DISTINCT a.id, a.name, a.picture
FROM entries e
JOIN agents a ON a.id = e.agent
WHERE e.interaction = {}
"""
NAMED = {audience: f"{NAMES}{seen}ORDER BY a.id" for audience, seen in SEEN_BY.items()}


@dataclass(frozen=True, slots=True)
class Named:
    """Everybody whom a log names, as a mark each that is another one once they are renamed."""

    id: int
    marks: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a template shows it to one audience."""

    id: str
    seq: int
    kind: str
    side: str
    own: bool
    person: Person | None
    html: Markup
    body: str
    text: str
    icon: str
    at: datetime
    first: bool
    nonce: str
    attachments: list[AttachmentView] = field(default_factory=list)


async def entries_after(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """Every entry after this number, in order."""
    rows = await _rows(interaction_id, seq, LAST, audience=audience, limit=LAST)
    before = await _rows(interaction_id, 0, seq, audience=audience, limit=1) if rows else []
    return _views([*before, *rows], audience)[len(before) :]


async def entries_before(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """The page of entries before this number, in order."""
    rows = await _rows(interaction_id, 0, seq - 1, audience=audience, limit=PAGE + 1)
    return _views(rows, audience)[-PAGE:]


async def goes_back(interaction_id: int, shown: list[EntryView], *, audience: str) -> bool:
    """Whether this audience sees more before these; not every number is for everyone."""
    first = shown[0].seq if shown else 1
    return first > 1 and bool(await _rows(interaction_id, 0, first - 1, audience=audience, limit=1))


async def latest_entries(interaction_id: int, *, audience: str) -> list[EntryView]:
    """The last page of the log."""
    return await entries_before(interaction_id, LAST, audience=audience)


@dataclass(frozen=True, slots=True)
class Near:
    """An entry with the few before it, as they are stored."""

    interaction: int
    seq: int
    rows: list[dict[str, Any]]


async def near(interaction_id: int, seq: int) -> Near:
    """What one entry is shown with, read once for all audiences."""
    rows = await _rows(interaction_id, 0, seq, audience=notices.AGENT, limit=NEAR)
    return Near(interaction_id, seq, rows)


async def entry_in(read: Near, *, audience: str) -> EntryView | None:
    """The entry, if there is one with this number that this audience sees."""
    rows = [row for row in read.rows if _sees(audience, row)]
    if not rows or rows[-1]["seq"] != read.seq:
        return None
    if audience != notices.AGENT and not _tells_all(read, rows):
        rows = await _rows(read.interaction, 0, read.seq, audience=audience, limit=2)
    return _view(rows[-1], rows[-2] if len(rows) > 1 else None, audience)


def _sees(audience: str, row: dict[str, Any]) -> bool:
    """The same as SEEN_BY, of a row that was read."""
    everything = audience == notices.AGENT
    return everything or row["kind"] == log.MESSAGE or row["notice"] in FOR_VISITORS


def _tells_all(read: Near, seen: list[dict[str, Any]]) -> bool:
    """Whether the entry before it that visitors see is there too; files they get from elsewhere."""
    before = len(seen) > 1 or read.rows[0]["seq"] == 1
    return before and not seen[-1]["has_files"]


async def named_in(interaction: Overview, *, audience: str) -> Named:
    """Whom the log names to this audience; visitors are not named to themselves."""
    rows = await fetch(NAMED[audience], interaction.id)
    people = [f"{row['id']} {row['name']} {row['picture']}" for row in rows]
    if audience == notices.AGENT:
        people.append(f"C-{interaction.contact} {interaction.person.name}")
    return Named(interaction.id, " ".join(_mark_of(one) for one in people))


def _mark_of(text: str) -> str:
    return blake2s(text.encode(), digest_size=6).hexdigest()


async def _rows(
    interaction_id: int, after: int, last: int, *, audience: str, limit: int
) -> list[dict[str, Any]]:
    """The newest entries of a range that this audience sees, in order."""
    newest_first = await fetch(RANGE[audience], interaction_id, after, last, limit)
    with_files = [row["seq"] for row in newest_first if row["has_files"]]
    if with_files:
        files = await of_entries(
            interaction_id,
            min(with_files),
            max(with_files),
            for_visitor=audience == notices.VISITOR,
        )
        for row in newest_first:
            row["files"] = files.get(row["seq"], [])
    return newest_first[::-1]


def _views(rows: list[dict[str, Any]], audience: str) -> list[EntryView]:
    """The entries of rows that follow each other: the one before decides about grouping."""
    previous: list[dict[str, Any] | None] = [None, *rows]
    return [_view(row, before, audience) for row, before in zip(rows, previous, strict=False)]


def _view(row: dict[str, Any], before: dict[str, Any] | None, audience: str) -> EntryView:
    contact = contact_person(
        row["contact_id"], row["contact_name"], row["contact_email"], row["contact_phone"]
    )
    is_written = row["kind"] != log.NOTICE
    own = is_written and (row["author"] == log.CONTACT) == (audience == notices.VISITOR)
    words = notices.sentence(row, contact.name, audience)
    return EntryView(
        id=f"entry_{row['interaction']}_{row['seq']}",
        seq=row["seq"],
        kind=row["kind"],
        side=row["author"],
        own=own,
        person=_writer(row, contact),
        html=message_html(row["body"]) if is_written else Markup(),
        body=row["body"] if is_written else "",
        text="" if is_written else words,
        icon="" if is_written else notices.icon(row["notice"]),
        at=row["created_at"],
        first=not _goes_with(row, before),
        nonce=(row["nonce"] or "") if own else "",
        attachments=row.get("files", []),
    )


def _writer(row: dict[str, Any], contact: Person) -> Person | None:
    if row["author"] == log.CONTACT:
        return contact
    return person(row["agent_name"], row["agent"], row["agent_picture"]) if row["agent"] else None


def _goes_with(row: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether it is in the group of the entry before: same writer and kind, within 3 minutes."""
    return (
        before is not None
        and (row["author"], row["agent"], row["kind"])
        == (before["author"], before["agent"], before["kind"])
        and row["created_at"] - before["created_at"] < TOGETHER
    )
