"""Queues with their members, and the ledger of offers."""

from typing import Any

from piccolo.columns import ForeignKey, Integer, LazyTableReference, Serial, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent


class Queue(Table, tablename="queues"):
    """Where interactions wait; `offer_seconds` is how long an offer stands."""

    id: Serial
    name = Varchar(60, unique=True)
    offer_seconds = Integer(default=20)


class QueueMember(Table, tablename="queue_members"):
    """An agent who takes interactions of a queue."""

    id: Serial
    queue = ForeignKey(Queue, null=False)
    agent = ForeignKey(Agent, null=False)


class Offer(Table, tablename="offers"):
    """One interaction shown to one agent; `outcome` is empty while it is open.

    The row is kept for ever: it is the answer to "why did nobody take this chat?".
    """

    id: Serial
    interaction: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Interaction", module_path="app.interactions.tables"), null=False
    )
    queue = ForeignKey(Queue, null=False)
    agent = ForeignKey(Agent, null=False)
    offered_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    outcome = Varchar(12)
    decided_at = Timestamptz(default=None, null=True)
