"""Visitors whose site has signed who they are."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Column, Integer, Text, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T17:47:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "identity"

CONTACT, VISITOR = ("Contact", "contacts"), ("Visitor", "visitors")
WORDS: dict[str, Any] = {"length": 200, "default": "", "null": False}
COLUMNS: tuple[tuple[tuple[str, str], str, type[Column], dict[str, Any]], ...] = (
    (CONTACT, "identity_widget", Integer, {"default": 0, "null": False}),
    (CONTACT, "external_id", Varchar, WORDS),
    (CONTACT, "signed_details", Text, {"default": "", "null": False}),
    (VISITOR, "external_id", Varchar, WORDS),
)


async def forwards() -> MigrationManager:
    """Add the columns on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    for (class_name, table), name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={
                "primary_key": False,
                "unique": False,
                "index": False,
                "index_method": IndexMethod.btree,
                "choices": None,
                "db_column_name": None,
                "secret": False,
                **params,
            },
            schema=None,
        )
    return manager
