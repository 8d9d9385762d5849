"""Shortcuts of standard responses, what a search looks in, and how often each agent uses them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Column, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import ForeignKey, Integer, Serial, Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-24T17:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "shortcuts, search and use of standard responses"

PLAIN = {
    "null": False,
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}
REFERENCE = {
    **PLAIN,
    "on_delete": OnDelete.cascade,
    "on_update": OnUpdate.cascade,
    "target_column": None,
}


class StandardResponse(Table, tablename="standard_responses", schema=None):
    id = Serial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name="id",
        secret=False,
    )


class Agent(Table, tablename="agents", schema=None):
    id = Serial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name="id",
        secret=False,
    )


async def forwards() -> MigrationManager:
    """Add the columns and the table on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    searched: tuple[tuple[str, type[Column], dict[str, object]], ...] = (
        ("shortcut", Varchar, {"length": 40, "default": ""}),
        ("title_words", Text, {"default": ""}),
        ("words", Text, {"default": ""}),
    )
    for name, kind, params in searched:
        manager.add_column(
            table_class_name="StandardResponse",
            tablename="standard_responses",
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={**PLAIN, **params},
            schema=None,
        )
    manager.add_table(
        class_name="ResponseUse", tablename="response_uses", schema=None, columns=None
    )
    counted: tuple[tuple[str, type[Column], dict[str, object]], ...] = (
        ("response", ForeignKey, {**REFERENCE, "references": StandardResponse}),
        ("agent", ForeignKey, {**REFERENCE, "references": Agent}),
        ("used", Integer, {**PLAIN, "default": 0}),
        ("last_used_at", Timestamptz, {**PLAIN, "default": None, "null": True}),
    )
    for name, kind, params in counted:
        manager.add_column(
            table_class_name="ResponseUse",
            tablename="response_uses",
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params=params,
            schema=None,
        )
    return manager
