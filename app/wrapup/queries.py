"""Wrap-up codes to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from app.database import fetch
from app.languages import N_

RECENT = 3
CODES = """
SELECT id, name, group_name AS "group" FROM wrap_up_codes
WHERE archived_at IS NULL ORDER BY group_name, position
"""


@dataclass(frozen=True, slots=True)
class Code:
    """A code as the dialog lists it."""

    id: int
    name: str
    group: str


@dataclass(frozen=True, slots=True)
class WrapUpGroup:
    """Codes under one heading."""

    name: str
    codes: list[Code]


async def groups_for(recent: Sequence[int]) -> list[WrapUpGroup]:
    """All codes by group, with the most recently used of `recent` (ids, newest first) on top.

    A code on top is not listed again below: one radio button for each.
    """
    rows = await fetch(CODES)
    codes = {row["id"]: Code(**row) for row in rows}
    top = [codes[id_] for id_ in dict.fromkeys(recent) if id_ in codes][:RECENT]
    rest = [code for code in codes.values() if code not in top]
    groups = [WrapUpGroup(name, list(found)) for name, found in groupby(rest, lambda c: c.group)]
    return [WrapUpGroup(N_("Recently used"), top), *groups] if top else groups
