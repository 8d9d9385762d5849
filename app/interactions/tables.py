"""Interactions and their entries."""

from piccolo.columns import (
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from app.agents.tables import Agent
from app.contacts.tables import Contact, Visitor
from app.routing.tables import Queue
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

QUEUED, OFFERED, ACTIVE, ARCHIVED, MISSED = "queued", "offered", "active", "archived", "missed"
OPEN = (QUEUED, OFFERED, ACTIVE)


class Interaction(Table, tablename="interactions"):
    """One conversation: its state, its last number, and what lists show without the log."""

    id: Serial
    widget = ForeignKey(Widget, null=False)
    contact = ForeignKey(Contact, null=False)
    visitor = ForeignKey(Visitor, null=False)
    queue = ForeignKey(Queue, null=False)
    agent = ForeignKey(Agent, null=True)
    state = Varchar(12, default=QUEUED)
    last_seq = Integer(default=0)
    priority = Integer(default=0)
    opened_at = Timestamptz(default=None, null=True)
    queued_at = Timestamptz(default=None, null=True)
    accepted_at = Timestamptz(default=None, null=True)
    left_at = Timestamptz(default=None, null=True)
    forwarded_by = ForeignKey(Agent, null=True)
    first_message_at = Timestamptz(default=None, null=True)
    first_response_at = Timestamptz(default=None, null=True)
    reply_started_at = Timestamptz(default=None, null=True)
    replied_at = Timestamptz(default=None, null=True)
    reopened_at = Timestamptz(default=None, null=True)
    wrap_up_until = Timestamptz(default=None, null=True)
    archived_at = Timestamptz(default=None, null=True)
    wrap_up_code = ForeignKey(WrapUpCode, null=True)
    wrap_up_note = Text()
    told_to_wait = Boolean(default=False)
    offline = Boolean(default=False)
    last_preview = Varchar(160)
    last_author = Varchar(8)
    last_at = Timestamptz(default=None, null=True)
    awaiting_reply_since = Timestamptz(default=None, null=True)
    unread = Integer(default=0)
    agent_read_seq = Integer(default=0)
    contact_read_seq = Integer(default=0)
    contact_read_at = Timestamptz(default=None, null=True)
    contact_delivered_seq = Integer(default=0)
    agent_read_at = Timestamptz(default=None, null=True)
    rating = Integer(default=0)
    rating_comment = Text()
    rated_at = Timestamptz(default=None, null=True)
    forgotten_at = Timestamptz(default=None, null=True)


class Entry(Table, tablename="entries"):
    """One numbered line of an interaction's log; never changed once written.

    A message has its Markdown in `body`; a notice has its code in `notice` and what the
    sentence needs in `body`.
    """

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False)
    seq = Integer()
    kind = Varchar(8)
    author = Varchar(8)
    agent = ForeignKey(Agent, null=True)
    notice = Varchar(20)
    body = Text()
    nonce = Varchar(64, default=None, null=True)
    created_at = Timestamptz(default=None, null=True)


class Breach(Table, tablename="breaches"):
    """A clock that passed its target: once for each time that it started."""

    id: Serial
    interaction = ForeignKey(Interaction, null=False)
    clock = Varchar(20)
    started_at = Timestamptz(default=None, null=True)
    breached_at = Timestamptz(default=None, null=True)
