"""The log of an interaction as a transcript shows it, to agents or to the visitor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from app.contacts.names import Person, person
from app.contacts.people import contact_person
from app.interactions import log, notices
from app.interactions.formatting import message_html
from app.interactions.tables import Entry

PAGE = 50
LAST = 2**31 - 1
TOGETHER = timedelta(minutes=3)

# Written out, as the one read that every push makes: building it costs more than running it.
RANGE = """
SELECT e.interaction, e.seq, e.kind, e.author, e.agent, e.notice, e.body, e.nonce, e.created_at,
       a.name AS agent_name, c.id AS contact_id, c.name AS contact_name,
       c.email AS contact_email, c.phone AS contact_phone
FROM entries e
JOIN interactions i ON i.id = e.interaction
JOIN contacts c ON c.id = i.contact
LEFT JOIN agents a ON a.id = e.agent
WHERE e.interaction = {} AND e.seq >= {} AND e.seq <= {}
ORDER BY e.seq DESC LIMIT {}
"""


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
    text: str
    icon: str
    at: datetime
    first: bool
    nonce: str


async def entries_after(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """Every entry after this number, in order."""
    found = await _views(interaction_id, seq, LAST, audience=audience, limit=LAST)
    return [one for one in found if one.seq > seq]


async def entries_before(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """The page of entries before this number, in order."""
    found = await _views(interaction_id, 1, seq - 1, audience=audience, limit=PAGE + 1)
    return found[-PAGE:]


async def latest_entries(interaction_id: int, *, audience: str) -> list[EntryView]:
    """The last page of the log."""
    return await entries_before(interaction_id, LAST, audience=audience)


async def entry_at(interaction_id: int, seq: int, *, audience: str) -> EntryView | None:
    """One entry, if there is one with this number."""
    found = await _views(interaction_id, seq - 1, seq, audience=audience, limit=2)
    return next((one for one in found if one.seq == seq), None)


async def _views(
    interaction_id: int, first: int, last: int, *, audience: str, limit: int
) -> list[EntryView]:
    """The entries of a range; with the one before its first, which decides about grouping."""
    newest_first = await Entry.raw(RANGE, interaction_id, first, last, limit)
    rows = [row for row in reversed(newest_first) if notices.seen_by(audience, row["notice"])]
    previous: list[dict[str, Any] | None] = [None, *rows]
    return [_view(row, before, audience) for row, before in zip(rows, previous, strict=False)]


def _view(row: dict[str, Any], before: dict[str, Any] | None, audience: str) -> EntryView:
    contact = contact_person(
        row["contact_id"], row["contact_name"], row["contact_email"], row["contact_phone"]
    )
    is_message = row["kind"] == log.MESSAGE
    own = is_message and (row["author"] == log.CONTACT) == (audience == notices.VISITOR)
    words = notices.sentence(row, contact.name, audience)
    return EntryView(
        id=f"entry_{row['interaction']}_{row['seq']}",
        seq=row["seq"],
        kind=row["kind"],
        side=row["author"],
        own=own,
        person=_writer(row, contact),
        html=message_html(row["body"]) if is_message else Markup(),
        text="" if is_message else words,
        icon="" if is_message else notices.icon(row["notice"]),
        at=row["created_at"],
        first=not _goes_with(row, before),
        nonce=(row["nonce"] or "") if own else "",
    )


def _writer(row: dict[str, Any], contact: Person) -> Person | None:
    if row["author"] == log.CONTACT:
        return contact
    return person(row["agent_name"], row["agent"]) if row["agent"] else None


def _goes_with(row: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether it is in the group of the entry before: same writer and kind, within 3 minutes."""
    return (
        before is not None
        and (row["author"], row["agent"], row["kind"])
        == (before["author"], before["agent"], before["kind"])
        and row["created_at"] - before["created_at"] < TOGETHER
    )
