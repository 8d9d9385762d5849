"""Lookups for settings: an id that names nothing is not found, and names are compared as seen."""

from collections.abc import Mapping
from typing import Any, TypeVar

from piccolo.columns import Column
from piccolo.table import Table

from app.administration.fields import LARGEST_ID
from app.contacts.names import likeness
from app.problems import NotFound

T = TypeVar("T", bound=Table)


async def found(table: type[T], id_: int) -> T:
    """The row with this id; NotFound for every other number."""
    row = await table.objects().get(table._meta.primary_key == id_) if _possible(id_) else None  # noqa: SLF001 - Piccolo's way to name the key
    if row is None:
        raise NotFound
    return row


async def set_columns(row: Table, values: Mapping[str, Any]) -> None:
    """Set these columns of a row, and no others."""
    columns: dict[Column | str, Any] = dict(values.items())
    await type(row).update(columns).where(type(row)._meta.primary_key == row.id)  # type: ignore[attr-defined]  # noqa: SLF001 - Piccolo's way


def taken(name: str, others: dict[int, str], but: int = 0) -> bool:
    """Whether another one has this name, or one that looks the same."""
    return any(likeness(other) == likeness(name) for id_, other in others.items() if id_ != but)


def _possible(id_: int) -> bool:
    return 0 < id_ <= LARGEST_ID
