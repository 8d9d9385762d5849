"""Sessions of signed-in agents."""

from piccolo.columns import ForeignKey, Serial, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent


class Session(Table, tablename="sessions"):
    """One sign-in; only the hash of its token is stored."""

    id: Serial
    token_hash = Varchar(64, unique=True)
    agent = ForeignKey(Agent, null=False)
    created_at = Timestamptz(default=None, null=True)
    last_seen_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)


class Invitation(Table, tablename="invitations"):
    """A link with which a new agent chooses a password; only the hash of its token is stored."""

    id: Serial
    token_hash = Varchar(64, unique=True)
    agent = ForeignKey(Agent, null=False)
    created_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    used_at = Timestamptz(default=None, null=True)
