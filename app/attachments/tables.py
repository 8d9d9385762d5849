"""Uploaded files."""

from piccolo.columns import BigInt, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent
from app.contacts.tables import Visitor
from app.interactions.tables import Interaction
from app.widget.tables import Widget

LONGEST_NAME = 200


class IncomingFile(Table, tablename="incoming_files"):
    """A file on its way: the room that it may take is taken already, until it must have come.

    `stored_as` is the name that the file will have.
    """

    id: Serial
    stored_as = Varchar(32, unique=True)
    widget = ForeignKey(Widget, null=False)
    visitor = ForeignKey(Visitor, null=True)
    size = BigInt(default=0)
    until = Timestamptz(default=None, null=True)


class Attachment(Table, tablename="attachments"):
    """A file, uploaded by a visitor or by an agent, and then sent with one message.

    `name` is the label that its sender gave it; the file itself is stored under `stored_as`.
    Until it is sent it belongs to no entry: `seq` is null, and a sweep removes it.
    """

    id: Serial
    upload_id = Varchar(64, unique=True)
    widget = ForeignKey(Widget, null=False)
    visitor = ForeignKey(Visitor, null=True)
    agent = ForeignKey(Agent, null=True)
    interaction = ForeignKey(Interaction, null=True)
    seq = Integer(default=None, null=True)
    position = Integer(default=0)
    name = Varchar(LONGEST_NAME)
    kind = Varchar(8)
    size = BigInt(default=0)
    sha256 = Varchar(64)
    width = Integer(default=0)
    height = Integer(default=0)
    stored_as = Varchar(32, unique=True)
    created_at = Timestamptz(default=None, null=True)

    @property
    def is_sent(self) -> bool:
        """Whether a message has it."""
        return self.seq is not None
