"""Calls, and what the two browsers tell each other to connect."""

from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent
from app.contacts.tables import Visitor
from app.interactions.tables import Interaction


class Call(Table, tablename="calls"):
    """One call of an interaction, from its ringing to its end; the row is kept for reports.

    `began_by` and `ended_by` are "agent" or "contact", the latter also "system"; `how` it ended is
    one of the words in service.py. Each side takes part in one page of theirs, whose random name
    stands here, and says every few seconds that it is there. `round` counts the connections: who
    comes back after a reload begins another, and what belongs to an earlier one is void. An agent
    has one open call, and so has an interaction: unique indexes see to it.
    """

    id: Serial
    interaction = ForeignKey(Interaction, null=False, index=True)
    visitor = ForeignKey(Visitor, null=False, index=True)
    agent = ForeignKey(Agent, null=False, index=True)
    began_by = Varchar(7)
    rang_at = Timestamptz(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    how = Varchar(10)
    ended_by = Varchar(7)
    round = Integer(default=1)
    agent_page = Varchar(40)
    agent_seen_at = Timestamptz(default=None, null=True)
    agent_holds = Boolean(default=False)
    contact_page = Varchar(40)
    contact_seen_at = Timestamptz(default=None, null=True)
    contact_holds = Boolean(default=False)


class CallSignal(Table, tablename="call_signals"):
    """An offer, answer or candidate of WebRTC for the other side; gone when the call ends."""

    id: Serial
    call = ForeignKey(Call, null=False, index=True)
    side = Varchar(7)
    round = Integer()
    kind = Varchar(9)
    body = Text()
