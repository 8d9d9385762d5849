"""The outbox of e-mails."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Column, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-24T17:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the outbox of e-mails"


class Interaction(Table, tablename="interactions", schema=None):
    id = Serial(null=False, primary_key=True)


MOMENT: dict[str, Any] = {"default": None, "null": True}
COLUMNS: tuple[tuple[str, type[Column], dict[str, Any]], ...] = (
    (
        "interaction",
        ForeignKey,
        {
            "references": Interaction,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
        },
    ),
    ("recipient", Varchar, {"length": 254, "default": "", "null": False}),
    ("language", Varchar, {"length": 5, "default": "", "null": False}),
    ("attempts", Integer, {"default": 0, "null": False}),
    ("created_at", Timestamptz, MOMENT),
    ("next_try_at", Timestamptz, {**MOMENT, "index": True}),
    ("sent_at", Timestamptz, MOMENT),
    ("given_up_at", Timestamptz, MOMENT),
    ("fault", Text, {"default": "", "null": False}),
)


async def forwards() -> MigrationManager:
    """Create the table on either database."""
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    manager.add_table(
        class_name="OutgoingMail", tablename="outgoing_mails", schema=None, columns=None
    )
    for name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name="OutgoingMail",
            tablename="outgoing_mails",
            schema=None,
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
        )
    return manager
