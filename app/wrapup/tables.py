"""Wrap-up codes."""

from piccolo.columns import Integer, Serial, Timestamptz, Varchar
from piccolo.table import Table


class WrapUpCode(Table, tablename="wrap_up_codes"):
    """Why an interaction ended; shown under its group."""

    id: Serial
    name = Varchar(60)
    group = Varchar(40, db_column_name="group_name")
    position = Integer(default=0)
    archived_at = Timestamptz(default=None, null=True)
