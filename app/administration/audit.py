"""The record of every change: written in the unit of work that makes the change."""

import json
from collections.abc import Mapping

from app.administration.tables import AuditEntry
from app.agents.tables import Agent
from app.languages import N_
from app.moments import now

CREATED, CHANGED = N_("created"), N_("changed")
ARCHIVED, RESTORED = N_("archived"), N_("restored")
DISABLED, ENABLED = N_("disabled"), N_("enabled")
# What a setting was, by the words that its form has for it.
Snapshot = Mapping[str, str]


async def record(
    by: Agent,
    action: str,
    thing: tuple[str, int, str],
    *,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
) -> None:
    """Note who did what to a thing (kind, id, name), with the fields that differ.

    A change in which nothing differs is none.
    """
    old, new = _differing(before or {}, after or {})
    if action == CHANGED and not (old or new):
        return
    kind, id_, name = thing
    await AuditEntry.insert(
        AuditEntry(
            agent=by.id,
            action=action,
            kind=kind,
            thing=id_,
            name=name,
            before=json.dumps(old, ensure_ascii=False),
            after=json.dumps(new, ensure_ascii=False),
            changed_at=now(),
        )
    )


def _differing(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    names = [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]
    return (
        {name: before[name] for name in names if before.get(name)},
        {name: after[name] for name in names if after.get(name)},
    )
