"""Agents, the reasons to be away, and every change of status."""

from piccolo.columns import Bytea, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.table import Table

ROLES = ("agent", "supervisor", "admin")


class Agent(Table, tablename="agents"):
    """A person of the contact centre; `role` includes the roles before it in ROLES.

    `capacity` 0 means the default of the queue; `misses` counts offers not answered in a row.
    `language` is the one they chose; empty is their browser's. `picture` is the digest of theirs.
    """

    id: Serial
    email = Varchar(254, unique=True)
    name = Varchar(80)
    role = Varchar(16, default="agent")
    password_hash = Varchar(255)
    created_at = Timestamptz(default=None, null=True)
    disabled_at = Timestamptz(default=None, null=True)
    capacity = Integer(default=0)
    status = Varchar(40, default="Offline")
    status_kind = Varchar(12, default="offline")
    status_since = Timestamptz(default=None, null=True)
    status_reason = Varchar(20)
    misses = Integer(default=0)
    last_offer_at = Timestamptz(default=None, null=True)
    language = Varchar(8)
    picture = Varchar(64)

    def may(self, role: str) -> bool:
        """Whether this agent has the role or one that includes it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def available(self) -> bool:
        """Whether the agent takes new interactions."""
        return self.status_kind == "available"


class Picture(Table, tablename="pictures"):
    """A picture by the hash of its content; `kind` is png or jpg."""

    id: Serial
    digest = Varchar(64, unique=True)
    kind = Varchar(4)
    content = Bytea()


class AwayReason(Table, tablename="away_reasons"):
    """A status in which an agent gets no offers, with its own name."""

    id: Serial
    name = Varchar(40, unique=True)
    position = Integer(default=0)
    archived_at = Timestamptz(default=None, null=True)


class StatusChange(Table, tablename="status_changes"):
    """One change of an agent's status: whose, what, when and why; `changed_by` is a supervisor."""

    id: Serial
    agent = ForeignKey(Agent, null=False)
    status = Varchar(40)
    kind = Varchar(12)
    reason = Varchar(40)
    changed_at = Timestamptz(default=None, null=True)
    changed_by = ForeignKey(Agent, null=True)
