"""The Piccolo app: every table of the project, one chain of migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from app.accounts.tables import Session
from app.agents.tables import Agent, AwayReason, StatusChange
from app.contacts.tables import Contact, Visitor
from app.interactions.tables import Entry, Interaction
from app.routing.tables import Offer, Queue, QueueMember
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

APP_CONFIG = AppConfig(
    app_name="parley",
    migrations_folder_path=str(Path(__file__).parent / "chain"),
    table_classes=[
        Agent,
        AwayReason,
        StatusChange,
        Session,
        Queue,
        QueueMember,
        Widget,
        Contact,
        Visitor,
        WrapUpCode,
        Interaction,
        Entry,
        Offer,
    ],
)
