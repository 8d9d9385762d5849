"""The record of what admins changed."""

from piccolo.columns import ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent


class AuditEntry(Table, tablename="audit_entries"):
    """One change of a setting: who, what, when, before and after, as JSON of the changed fields."""

    id: Serial
    agent = ForeignKey(Agent, null=False)
    action = Varchar(20)
    kind = Varchar(30)
    thing = Integer()
    name = Varchar(120)
    before = Text()
    after = Text()
    changed_at = Timestamptz(default=None, null=True)
