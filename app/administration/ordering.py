"""The order of things in a list that admins arrange by hand."""

from collections.abc import Sequence
from typing import Any

UP, DOWN = "up", "down"


async def move(things: Sequence[Any], id_: int, direction: str) -> bool:
    """Move one of these things, in their present order, one place; False when it cannot go there.

    Runs inside a unit of work. Every position is written, so that equal ones do no harm.
    """
    ids = [thing.id for thing in things]
    here = ids.index(id_) if id_ in ids else -1
    there = here + {UP: -1, DOWN: 1}.get(direction, len(ids))
    if here < 0 or not 0 <= there < len(ids):
        return False
    ids[here], ids[there] = ids[there], ids[here]
    table = type(things[0])
    for position, one in enumerate(ids):
        await table.update({table.position: position}).where(table.id == one)
    return True
