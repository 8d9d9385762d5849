"""Contacts and the browsers they come with."""

from typing import Any

from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from app.agents.tables import Agent
from app.widget.tables import Widget

LONGEST_NAME, LONGEST_EMAIL, LONGEST_PHONE = 80, 254, 40
LONGEST_EXTERNAL_ID = 200


class Contact(Table, tablename="contacts"):
    """The person a visitor is; `merged_into` is the contact that they turned out to be, or 0.

    Whom a site has signed is found by its widget and by the id that the site gives them;
    `signed_details` are the name and e-mail address that it signed last.
    """

    id: Serial
    name = Varchar(LONGEST_NAME)
    email = Varchar(LONGEST_EMAIL)
    phone = Varchar(LONGEST_PHONE)
    created_at = Timestamptz(default=None, null=True)
    merged_into = Integer(default=0)
    identity_widget = Integer(default=0)
    external_id = Varchar(LONGEST_EXTERNAL_ID)
    signed_details = Text()


class ContactMerge(Table, tablename="contact_merges"):
    """One contact was found to be another: who said so, and when."""

    id: Serial
    kept = ForeignKey(Contact, null=False)
    merged = ForeignKey(Contact, null=False)
    agent: ForeignKey[Any] = ForeignKey(Agent, null=False)
    merged_at = Timestamptz(default=None, null=True)


class Visitor(Table, tablename="visitors"):
    """One browser on a customer's site, known by the hash of its token.

    `first_nonce` is the nonce of the message that minted it: a retry whose first answer was
    lost finds its visitor by it, unless the visitor came back with the token of an answer.
    `external_id` is who the site has signed that they are; empty for everybody else.
    """

    id: Serial
    widget = ForeignKey(Widget, null=False)
    contact = ForeignKey(Contact, null=False)
    token_hash = Varchar(64, unique=True)
    first_nonce = Varchar(64)
    came_back = Boolean(default=False)
    external_id = Varchar(LONGEST_EXTERNAL_ID)
    address = Varchar(45)
    user_agent = Varchar(300)
    language = Varchar(60)
    page_title = Varchar(200)
    page_url = Varchar(500)
    created_at = Timestamptz(default=None, null=True)


class PageView(Table, tablename="page_views"):
    """A page on which a visitor had the widget open."""

    id: Serial
    visitor = ForeignKey(Visitor, null=False)
    title = Varchar(200)
    url = Varchar(500)
    seen_at = Timestamptz(default=None, null=True)
