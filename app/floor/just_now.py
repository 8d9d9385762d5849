"""What happened last on the floor, in sentences."""

from dataclasses import dataclass
from datetime import datetime

from app.agents.service import (
    CHOSEN,
    GONE,
    MISSES,
    SIGNED_IN,
    SIGNED_OUT,
    SUPERVISOR,
    status_in_words,
)
from app.agents.tables import StatusChange
from app.contacts.names import contact_number
from app.interactions.tables import Entry
from app.languages import N_
from app.routing.offers import DECLINED, EXPIRED, UNSEEN
from app.routing.tables import Offer

LINES = 8

STATUSES = {
    CHOSEN: N_("{agent} chose {status}"),
    SIGNED_IN: N_("{agent} signed in"),
    SIGNED_OUT: N_("{agent} signed out"),
    MISSES: N_("{agent} missed offers, set to {status}"),
    GONE: N_("{agent} was gone for too long, set to {status}"),
    SUPERVISOR: N_("{by} set {agent} to {status}"),
}
OFFERS = {
    DECLINED: N_("{agent} declined {number}"),
    EXPIRED: N_("{agent} did not answer the offer of {number}"),
    UNSEEN: N_("The browser of {agent} never showed {number}"),
}
NOTICES = {
    "archived": N_("{agent} archived {number}, {body}"),
    "wrapped_up": N_("{number} archived by itself, {body}"),
    "forwarded": N_("{agent} forwarded {number} to {body}"),
    "joined": N_("{agent} accepted {number}"),
    "taken_over": N_("{agent} took over {number}"),
    "reopened": N_("{agent} reopened {number}"),
    "archive_undone": N_("{agent} undid archiving {number}"),
    "missed": N_("{number} was missed, nobody answered in time"),
    "agent_gone": N_("{agent} vanished, {number} waits again"),
    "overflow": N_("{number} waited too long, now in {body}"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line."""

    at: datetime
    text: str


async def just_now() -> list[Happening]:
    """The last happenings, the newest first."""
    found = [*await _statuses(), *await _offers(), *await _notices()]
    found.sort(key=lambda one: one.at, reverse=True)
    return found[:LINES]


async def _statuses() -> list[Happening]:
    rows = (
        await StatusChange.select(
            StatusChange.agent.name,
            StatusChange.changed_by.name,
            StatusChange.status,
            StatusChange.reason,
            StatusChange.changed_at,
        )
        .where(StatusChange.reason.is_in(list(STATUSES)))
        .order_by(StatusChange.id, ascending=False)
        .limit(LINES)
    )
    return [
        Happening(
            row["changed_at"],
            STATUSES[row["reason"]].with_values(
                agent=row["agent.name"],
                by=row["changed_by.name"] or N_("A supervisor"),
                status=status_in_words(row["status"]),
            ),
        )
        for row in rows
    ]


async def _offers() -> list[Happening]:
    rows = (
        await Offer.select(
            Offer.agent.name, Offer.interaction.contact, Offer.outcome, Offer.decided_at
        )
        .where(Offer.outcome.is_in(list(OFFERS)))
        .order_by(Offer.id, ascending=False)
        .limit(LINES)
    )
    return [
        Happening(
            row["decided_at"],
            OFFERS[row["outcome"]].with_values(
                agent=row["agent.name"], number=contact_number(row["interaction.contact"])
            ),
        )
        for row in rows
    ]


async def _notices() -> list[Happening]:
    rows = (
        await Entry.select(
            Entry.agent.name,
            Entry.interaction.contact,
            Entry.notice,
            Entry.body,
            Entry.created_at,
        )
        .where(Entry.notice.is_in(list(NOTICES)))
        .order_by(Entry.id, ascending=False)
        .limit(LINES)
    )
    return [
        Happening(
            row["created_at"],
            NOTICES[row["notice"]].with_values(
                agent=row["agent.name"] or N_("Somebody"),
                number=contact_number(row["interaction.contact"]),
                body=row["body"],
            ),
        )
        for row in rows
    ]
