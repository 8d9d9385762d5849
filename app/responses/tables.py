"""Standard responses: templates that an agent inserts."""

from piccolo.columns import BigInt, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent
from app.routing.tables import Queue


class StandardResponse(Table, tablename="standard_responses"):
    """A template with its folder; for everybody, for a queue, or for one agent alone.

    `shortcut` is what an agent types after a slash. `title_words` and `words` are what a search
    looks in: the title, and everything, as `search.folded` leaves them.
    """

    id: Serial
    title = Varchar(80)
    shortcut = Varchar(40)
    folder = Varchar(60)
    body = Text()
    queue = ForeignKey(Queue, null=True)
    agent = ForeignKey(Agent, null=True)
    used = Integer(default=0)
    archived_at = Timestamptz(default=None, null=True)
    title_words = Text()
    words = Text()


class ResponseUse(Table, tablename="response_uses"):
    """How often one agent inserted a response, and when last."""

    id: Serial
    response = ForeignKey(StandardResponse, null=False)
    agent = ForeignKey(Agent, null=False)
    used = Integer(default=0)
    last_used_at = Timestamptz(default=None, null=True)


class ResponseFile(Table, tablename="response_files"):
    """A file that comes with a response; it is stored under `stored_as`."""

    id: Serial
    response = ForeignKey(StandardResponse, null=False)
    upload_id = Varchar(64, unique=True)
    name = Varchar(200)
    kind = Varchar(8)
    size = BigInt(default=0)
    sha256 = Varchar(64)
    stored_as = Varchar(32, unique=True)
    created_at = Timestamptz(default=None, null=True)
