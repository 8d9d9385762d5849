"""The Piccolo app: every table of the project, one chain of migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from app.accounts.tables import Invitation, Session
from app.administration.tables import AuditEntry
from app.agents.tables import Agent, AwayReason, Picture, StatusChange
from app.attachments.tables import Attachment, IncomingFile
from app.calls.tables import Call, CallSignal
from app.contacts.tables import Contact, ContactMerge, PageView, Visitor
from app.interactions.tables import Breach, Entry, Interaction
from app.mail.tables import OutgoingMail
from app.responses.tables import ResponseFile, ResponseUse, StandardResponse
from app.routing.tables import Offer, Queue, QueueHoliday, QueueMember, QueuePeriod
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

APP_CONFIG = AppConfig(
    app_name="parley",
    migrations_folder_path=str(Path(__file__).parent / "chain"),
    table_classes=[
        Agent,
        Picture,
        AwayReason,
        StatusChange,
        Session,
        Invitation,
        AuditEntry,
        WrapUpCode,
        Queue,
        QueuePeriod,
        QueueHoliday,
        QueueMember,
        StandardResponse,
        ResponseUse,
        ResponseFile,
        Widget,
        Contact,
        ContactMerge,
        Visitor,
        PageView,
        Interaction,
        Entry,
        Breach,
        Offer,
        OutgoingMail,
        Attachment,
        IncomingFile,
        Call,
        CallSignal,
    ],
)
