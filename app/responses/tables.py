"""Standard responses: templates that an agent inserts."""

from piccolo.columns import ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent
from app.routing.tables import Queue


class StandardResponse(Table, tablename="standard_responses"):
    """A template with its folder; for everybody, for a queue, or for one agent alone."""

    id: Serial
    title = Varchar(80)
    folder = Varchar(60)
    body = Text()
    queue = ForeignKey(Queue, null=True)
    agent = ForeignKey(Agent, null=True)
    used = Integer(default=0)
    archived_at = Timestamptz(default=None, null=True)
