"""Contacts and the browsers they come with."""

from piccolo.columns import Boolean, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.table import Table

from app.widget.tables import Widget

# A contact's number is C-<this + id>; it stands for a contact without a name.
FIRST_NUMBER = 1000
LONGEST_NAME, LONGEST_EMAIL = 80, 254


class Contact(Table, tablename="contacts"):
    """The person a visitor is."""

    id: Serial
    name = Varchar(LONGEST_NAME)
    email = Varchar(LONGEST_EMAIL)
    phone = Varchar(40)
    created_at = Timestamptz(default=None, null=True)


class Visitor(Table, tablename="visitors"):
    """One browser on a customer's site, known by the hash of its token.

    `first_nonce` is the nonce of the message that minted it: a retry whose first answer was
    lost finds its visitor by it, unless the visitor came back with the token of an answer.
    """

    id: Serial
    widget = ForeignKey(Widget, null=False)
    contact = ForeignKey(Contact, null=False)
    token_hash = Varchar(64, unique=True)
    first_nonce = Varchar(64)
    came_back = Boolean(default=False)
    address = Varchar(45)
    user_agent = Varchar(300)
    language = Varchar(60)
    page_title = Varchar(200)
    page_url = Varchar(500)
    created_at = Timestamptz(default=None, null=True)
