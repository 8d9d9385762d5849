"""On which side a widget stands, and whether it asks for a phone number."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-24T17:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "side and phone number of widgets"

COLUMNS = (("side", 5, "end"), ("ask_phone", 8, "no"))


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="parley", description=DESCRIPTION)
    for name, length, default in COLUMNS:
        manager.add_column(
            table_class_name="Widget",
            tablename="widgets",
            column_name=name,
            db_column_name=name,
            column_class_name="Varchar",
            column_class=Varchar,
            params={
                "length": length,
                "default": default,
                "null": False,
                "primary_key": False,
                "unique": False,
                "index": False,
                "index_method": IndexMethod.btree,
                "choices": None,
                "db_column_name": None,
                "secret": False,
            },
            schema=None,
        )
    return manager
