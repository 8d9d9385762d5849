"""Widgets: one embeddable chat entry each."""

from datetime import datetime

from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.routing.tables import Queue

DELETE, ANONYMISE = "delete", "anonymise"


class Widget(Table, tablename="widgets"):
    """A public key with its allowed sites, look, greeting, pre-chat fields and queue.

    `ask_name`, `ask_email` and `ask_phone` are no, optional or required; `allowed_sites` are
    origins separated by spaces, in the form that frame-ancestors takes. `side` is the start or
    the end of the page's lines. Chats are removed `keep_days` after they ended, as `removal` says;
    0 keeps them. The `old_secret` signs identities as the one of now does, until its moment.
    """

    id: Serial
    key = Varchar(40, unique=True)
    name = Varchar(60)
    queue = ForeignKey(Queue, null=False)
    allowed_sites = Text()
    colour = Varchar(7, default="#1b3a7a")
    side = Varchar(5, default="end")
    greeting = Varchar(120)
    intro = Varchar(300)
    ask_name = Varchar(8, default="no")
    ask_email = Varchar(8, default="no")
    ask_phone = Varchar(8, default="no")
    privacy_url = Varchar(300)
    answer_hint = Varchar(80)
    closed_text = Varchar(300)
    ask_rating = Boolean(default=True)
    calls = Boolean(default=False)
    keep_days = Integer(default=0)
    removal = Varchar(10, default=DELETE)
    identity_secret = Varchar(64)
    old_secret = Varchar(64)
    old_secret_until = Timestamptz(default=None, null=True)
    archived_at = Timestamptz(default=None, null=True)

    def secrets_at(self, moment: datetime) -> list[str]:
        """The secrets that sign identities at this moment: this one, and for a while the last."""
        rotating = self.old_secret_until is not None and moment < self.old_secret_until
        return [self.identity_secret, *([self.old_secret] if rotating else [])]
