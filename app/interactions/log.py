"""The one statement with which every write to an interaction starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import Or, Where
from piccolo.querystring import QueryString

from app.database import UNIQUE_VIOLATIONS, Sql, as_row, change_and_add, fetch, tell, told
from app.interactions.events import ALL, NONE, REPLY, EntryWritten
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
ADD = """
INSERT INTO entries (interaction, seq, kind, author, agent, notice, body, nonce, created_at)
SELECT id, last_seq, {}, {}, {}, {}, {}, {}, {} FROM changed
"""
# What is told of a message. The first of each side turn all clocks; what begins or ends a wait
# for words turns the reply's.
WRITTEN = f"""id, last_seq, visitor, agent,
CASE WHEN last_at IN (first_message_at, first_response_at) THEN '{ALL}'
     WHEN last_at IN (awaiting_reply_since, replied_at) THEN '{REPLY}' ELSE '{NONE}' END AS turns"""


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
    statement, parts = _update(values, interaction_id, states, conditions, returning="*")
    composed = any(isinstance(part, QueryString) for part in parts)
    rows = await (Interaction.raw if composed else fetch)(statement, *parts)
    if not rows:
        raise Refused(refusal)
    interaction = as_row(Interaction, rows[0])
    if entries:
        await _insert(interaction, entries)
    return interaction


async def write_alone(
    interaction_id: int,
    new: NewEntry,
    *,
    states: tuple[str, ...],
    refusal: str,
    changes: Mapping[Column, Any],
    conditions: tuple[Sql, ...] = (),
) -> int:
    """The same for one entry that is a unit of work by itself, at half the cost; gives its number.

    For messages without files, which are nearly all that is written.
    """
    concerns(interaction=interaction_id)
    values = {Interaction.last_seq: Sql("last_seq + 1"), **changes}
    change = _update(values, interaction_id, states, conditions, returning=WRITTEN)
    row = (new.kind, new.author, new.agent, new.notice, new.body, new.nonce, now())
    try:
        found = await change_and_add(change, (ADD, row))
    except UNIQUE_VIOLATIONS as error:
        raise NonceUsed from error
    if found is None:
        raise Refused(refusal)
    seq: int = found["last_seq"]
    whose = found["visitor"], found["agent"]
    await told(_fact(new, seq, interaction_id, *whose, turns=found["turns"]))
    return seq


def _update(
    values: Mapping[Column, Any],
    interaction_id: int,
    states: tuple[str, ...],
    conditions: tuple[Where | Or | Sql, ...],
    *,
    returning: str,
) -> tuple[str, tuple[Any, ...]]:
    """The statement with its values; Piccolo takes ten times as long to write the same."""
    changes = {column._meta.db_column_name: _part(value) for column, value in values.items()}  # noqa: SLF001 - Piccolo's way
    wanted = [_part(one if isinstance(one, Sql) else one.querystring) for one in conditions]
    assignments = ", ".join(f"{name} = {part.text}" for name, part in changes.items())
    allowed = ", ".join("{}" for _ in states)
    more = "".join(f" AND {part.text}" for part in wanted)
    # Only names of columns and our own words are put in; the values go beside the statement.
    statement = (
        f"UPDATE interactions SET {assignments} "  # noqa: S608
        f"WHERE id = {{}} AND state IN ({allowed}){more} RETURNING {returning}"
    )
    changed = (value for part in changes.values() for value in part.values)
    conditional = (value for part in wanted for value in part.values)
    return statement, (*changed, interaction_id, *states, *conditional)


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
        whose = interaction.visitor, interaction.agent
        tell(_fact(new, seq, interaction.id, *whose, turns=ALL))


def _fact(
    new: NewEntry, seq: int, interaction: int, visitor: int, agent: int | None, *, turns: str
) -> EntryWritten:
    return EntryWritten(
        interaction,
        seq,
        visitor=visitor,
        agent=agent or 0,
        message_of=new.author if new.kind == MESSAGE else "",
        turns=turns,
    )
