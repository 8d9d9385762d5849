"""Queues with their members, hours and targets, and the ledger of offers."""

from typing import Any

from piccolo.columns import (
    Boolean,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from app.agents.tables import Agent
from app.wrapup.tables import WrapUpCode

ASSIGNED, BROADCAST = "assigned", "broadcast"


class Queue(Table, tablename="queues"):
    """Where interactions wait.

    Times are in seconds; 0 in `overflow_after`, `longest_wait` and `after_work_seconds` means
    that there is none. `capacity` is for members who have no number of their own, and
    `offers_in_calls` says whether they are offered chats while they are in a voice call.
    """

    id: Serial
    name = Varchar(60, unique=True)
    mode = Varchar(10, default=ASSIGNED)
    priority = Integer(default=0)
    offer_seconds = Integer(default=20)
    capacity = Integer(default=4)
    first_response_target = Integer(default=60)
    reply_target = Integer(default=120)
    resolution_target = Integer(default=1800)
    time_zone = Varchar(60, default="UTC")
    overflow_queue: ForeignKey[Any] = ForeignKey("self", null=True)
    overflow_after = Integer(default=0)
    longest_wait = Integer(default=0)
    after_work_seconds = Integer(default=0)
    after_work_code = ForeignKey(WrapUpCode, null=True)
    offers_in_calls = Boolean(default=False)
    archived_at = Timestamptz(default=None, null=True)


class QueuePeriod(Table, tablename="queue_periods"):
    """An open stretch of a weekday (0 is Monday), in minutes of the local day."""

    id: Serial
    queue = ForeignKey(Queue, null=False)
    weekday = Integer()
    opens = Integer()
    closes = Integer()


class QueueHoliday(Table, tablename="queue_holidays"):
    """A day on which the queue is closed."""

    id: Serial
    queue = ForeignKey(Queue, null=False)
    day = Date(default=None, null=True)
    name = Varchar(60)


class QueueMember(Table, tablename="queue_members"):
    """An agent who takes interactions of a queue."""

    id: Serial
    queue = ForeignKey(Queue, null=False)
    agent = ForeignKey(Agent, null=False)


class Offer(Table, tablename="offers"):
    """One interaction shown to one agent; `outcome` is empty while it is open.

    `from_agent` forwarded it by name; `shown_at` is when the agent's browser had drawn it. The
    row is kept for ever: it is the answer to "why did nobody take this chat?".
    """

    id: Serial
    interaction: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Interaction", module_path="app.interactions.tables"), null=False
    )
    queue = ForeignKey(Queue, null=False)
    agent = ForeignKey(Agent, null=False)
    from_agent = ForeignKey(Agent, null=True)
    note = Text()
    offered_at = Timestamptz(default=None, null=True)
    shown_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    outcome = Varchar(12)
    decided_at = Timestamptz(default=None, null=True)
