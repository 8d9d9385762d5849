"""The one statement with which every write to an interaction starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import Or, Where
from piccolo.querystring import QueryString

from app.database import Sql, as_row, fetch, tell
from app.interactions.events import EntryWritten
from app.interactions.tables import Interaction
from app.logs import concerns
from app.moments import now
from app.problems import Refused

CONTACT, AGENT, SYSTEM = "contact", "agent", "system"
MESSAGE, NOTE, NOTICE = "message", "note", "notice"

# Part of a statement: the messages of an interaction, by this author, after this number.
MESSAGES_OF = (
    "FROM entries WHERE interaction = {} AND kind = 'message' AND author = {} AND seq > {}"
)

# Written out, as every message passes here: building it would cost as much as running it.
INSERT = """
INSERT INTO entries (interaction, seq, kind, author, agent, notice, body, nonce, created_at)
VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING seq
"""


class NonceUsed(Exception):
    """The interaction already has an entry with this nonce; nothing was written."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A line to be written."""

    kind: str
    author: str
    agent: int | None = None
    notice: str = ""
    body: str = ""
    nonce: str | None = None


def notice(code: str, *, agent: int | None = None, body: str = "") -> NewEntry:
    """A system notice; its sentence is made from the code when it is shown."""
    return NewEntry(NOTICE, SYSTEM, agent=agent, notice=code, body=body)


async def write(
    interaction_id: int,
    *entries: NewEntry,
    states: tuple[str, ...],
    refusal: str,
    changes: Mapping[Column, Any] | None = None,
    conditions: tuple[Where | Or | Sql, ...] = (),
) -> Interaction:
    """Lock the interaction's row, check its state, change it and number its new entries.

    The update takes the row's lock, so numbers follow the order of commits on SQLite and on
    PostgreSQL. Runs inside a unit of work. No row back means that the state does not allow the
    verb: Refused with that sentence. A nonce that is there already raises NonceUsed, and the
    unit around must not commit.
    """
    concerns(interaction=interaction_id)
    values = {Interaction.last_seq: Sql("last_seq + {}", len(entries)), **(changes or {})}
    statement, *parts = _update(values, interaction_id, states, conditions)
    composed = any(isinstance(part, QueryString) for part in parts)
    rows = await (Interaction.raw if composed else fetch)(statement, *parts)
    if not rows:
        raise Refused(refusal)
    interaction = as_row(Interaction, rows[0])
    if entries:
        await _insert(interaction, entries)
    return interaction


def _update(
    values: Mapping[Column, Any],
    interaction_id: int,
    states: tuple[str, ...],
    conditions: tuple[Where | Or | Sql, ...],
) -> tuple[Any, ...]:
    """The statement with its values; Piccolo takes ten times as long to write the same."""
    changes = {column._meta.db_column_name: _part(value) for column, value in values.items()}  # noqa: SLF001 - Piccolo's way
    wanted = [_part(one if isinstance(one, Sql) else one.querystring) for one in conditions]
    assignments = ", ".join(f"{name} = {part.text}" for name, part in changes.items())
    allowed = ", ".join("{}" for _ in states)
    more = "".join(f" AND {part.text}" for part in wanted)
    # Only names of columns and our own words are put in; the values go beside the statement.
    statement = (
        f"UPDATE interactions SET {assignments} "  # noqa: S608
        f"WHERE id = {{}} AND state IN ({allowed}){more} RETURNING *"
    )
    changed = (value for part in changes.values() for value in part.values)
    conditional = (value for part in wanted for value in part.values)
    return statement, *changed, interaction_id, *states, *conditional


def _part(value: Any) -> Sql:
    return value if isinstance(value, Sql) else Sql("{}", value)


async def _insert(interaction: Interaction, entries: tuple[NewEntry, ...]) -> None:
    first = interaction.last_seq - len(entries) + 1
    at = now()
    for seq, new in enumerate(entries, first):
        stored = await fetch(
            INSERT,
            interaction.id,
            seq,
            new.kind,
            new.author,
            new.agent,
            new.notice,
            new.body,
            new.nonce,
            at,
        )
        if not stored:
            raise NonceUsed
        tell(
            EntryWritten(
                interaction.id,
                seq,
                visitor=interaction.visitor,
                agent=interaction.agent or 0,
                message_of=new.author if new.kind == MESSAGE else "",
                turns=new.kind == NOTICE or interaction.turned,
            )
        )
