"""What the settings' navigation and audit log show."""

import json
from dataclasses import dataclass
from datetime import datetime

from app.administration.tables import AuditEntry
from app.agents.tables import Agent, AwayReason
from app.contacts.names import Person, person
from app.languages import N_
from app.responses.tables import StandardResponse
from app.routing.tables import Queue
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

PAGE = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One noun in the navigation; `count` is None where nothing is counted."""

    name: str
    path: str
    icon: str
    count: int | None
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Nouns under one heading."""

    name: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a change."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change as the audit log shows it."""

    id: int
    person: Person
    action: str
    kind: str
    name: str
    at: datetime
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting Parley up."""

    name: str
    text: str
    path: str
    done: bool


async def navigation(here: str) -> list[Group]:
    """The nouns of the settings with how many there are; `here` is the one that is open."""

    def item(name: str, icon: str, count: int | None = None) -> Item:
        path = name.lower().replace(" ", "-")
        return Item(name, path, icon, count, path == here)

    agents = await Agent.count().where(Agent.disabled_at.is_null())
    queues = await Queue.count().where(Queue.archived_at.is_null())
    reasons = await AwayReason.count().where(AwayReason.archived_at.is_null())
    widgets = await Widget.count().where(Widget.archived_at.is_null())
    responses = await StandardResponse.count().where(
        StandardResponse.archived_at.is_null(), StandardResponse.agent.is_null()
    )
    codes = await WrapUpCode.count().where(WrapUpCode.archived_at.is_null())
    return [
        Group(
            N_("People"),
            [
                item(N_("Agents"), "users", agents),
                item(N_("Queues"), "inbox", queues),
                item(N_("Away reasons"), "coffee", reasons),
            ],
        ),
        Group(
            N_("Conversation"),
            [
                item(N_("Widgets"), "message-square-text", widgets),
                item(N_("Standard responses"), "text-quote", responses),
                item(N_("Wrap-up codes"), "tag", codes),
            ],
        ),
        Group(N_("System"), [item(N_("Audit log"), "scroll-text")]),
    ]


async def steps() -> list[Step]:
    """What a new Parley needs before its first chat, and what of it is there."""
    queues = await Queue.exists().where(Queue.archived_at.is_null())
    codes = await WrapUpCode.exists().where(WrapUpCode.archived_at.is_null())
    agents = await Agent.exists().where(Agent.role == "agent", Agent.disabled_at.is_null())
    widgets = await Widget.exists().where(Widget.archived_at.is_null())
    return [
        Step(
            N_("Create a queue"),
            N_("Where chats wait, with its hours and targets."),
            "queues",
            queues,
        ),
        Step(N_("Invite an agent"), N_("They choose a password by a link."), "agents", agents),
        Step(N_("Create wrap-up codes"), N_("Why a chat ended."), "wrap-up-codes", codes),
        Step(N_("Create a widget"), N_("One line for your website."), "widgets", widgets),
    ]


async def audit_page(before: int) -> tuple[list[AuditLine], int]:
    """The changes before this number, newest first, and where the next page begins; 0 for all."""
    query = AuditEntry.objects(AuditEntry.agent).order_by(AuditEntry.id, ascending=False)
    if before:
        query = query.where(AuditEntry.id < before)
    found = await query.limit(PAGE + 1)
    lines = [_line(one) for one in found[:PAGE]]
    return lines, lines[-1].id if len(found) > PAGE else 0


def _line(entry: AuditEntry) -> AuditLine:
    before, after = json.loads(entry.before), json.loads(entry.after)
    return AuditLine(
        id=entry.id,
        person=person(entry.agent.name, entry.agent.id),
        action=N_(entry.action),
        kind=N_(entry.kind),
        name=entry.name,
        at=entry.changed_at,
        changes=[
            Change(N_(field), N_(before.get(field, "")), N_(after.get(field, "")))
            for field in {**before, **after}
        ],
    )
