"""The outbox: what is to be sent by e-mail."""

from piccolo.columns import ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.interactions.tables import Interaction


class OutgoingMail(Table, tablename="outgoing_mails"):
    """One transcript on its way; a row stays, so that a restart neither loses nor repeats one."""

    id: Serial
    interaction = ForeignKey(Interaction, null=False)
    recipient = Varchar(254)
    language = Varchar(5)
    attempts = Integer(default=0)
    created_at = Timestamptz(default=None, null=True)
    next_try_at = Timestamptz(default=None, null=True, index=True)
    sent_at = Timestamptz(default=None, null=True)
    given_up_at = Timestamptz(default=None, null=True)
    fault = Text()
