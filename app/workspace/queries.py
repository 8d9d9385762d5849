"""What the workspace's lists show, read without the log."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.agents.queries import who_set_status
from app.agents.service import (
    AVAILABLE,
    GONE,
    MISSES,
    OFFLINE,
    SUPERVISOR,
    status_in_words,
)
from app.agents.tables import Agent
from app.attachments import queries as attachments
from app.contacts.names import Person, person
from app.contacts.people import contact_person
from app.contacts.presence import whereabouts
from app.database import fetch
from app.interactions import log
from app.interactions.clock_views import (
    ClocksView,
    ClockView,
    clocks_of,
    hours_for,
    row_clock,
)
from app.interactions.clocks import Clocks
from app.interactions.formatting import plain
from app.interactions.queries import Overview, overviews, urls
from app.interactions.tables import ACTIVE, ARCHIVED, Entry
from app.languages import N_, listed
from app.moments import ago, now
from app.realtime.presence import Presence
from app.routing.hours import Hours
from app.routing.queries import OpenOffer, open_offers, queue_names
from app.wrapup.queries import WrapUpGroup, groups_for

DAY = 24 * 3600
# What the status menu says when it was not the agent who chose.
NOTICES = {
    MISSES: N_("Offers were not answered, so new chats go to others until you choose again."),
    GONE: N_(
        "Your workspace was gone for too long, so the chats that waited for you went back to "
        "the queue."
    ),
}
FAR = 10**15
LONGEST_LIST = 200
REASONS = "SELECT name FROM away_reasons WHERE archived_at IS NULL ORDER BY position"
WRAPPING_UP = """
SELECT left_at FROM interactions
WHERE agent = {} AND state = {} AND wrap_up_until IS NOT NULL ORDER BY left_at LIMIT 1
"""
USED_LAST = """
SELECT wrap_up_code FROM interactions
WHERE agent = {} AND wrap_up_code IS NOT NULL ORDER BY archived_at DESC LIMIT 30
"""


@dataclass(frozen=True, slots=True)
class Me:
    """The agent whose workspace it is."""

    id: int
    name: str
    email: str
    role: str
    initials: str
    hue: int
    language: str


@dataclass(frozen=True, slots=True)
class Row:
    """One interaction in the list; rows are shown in the order of `order`."""

    id: int
    person: Person
    queue: str
    preview: str
    preview_own: bool
    at: datetime
    unread: int
    group: str
    order: str
    presence: str
    wrap_up: str
    clock: ClockView | None
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer's card."""

    id: int
    person: Person
    queue: str
    first_words: str
    offered_at: datetime
    expires_at: datetime
    waiting_since: datetime
    presence: str
    presence_text: str
    presence_since: datetime | None
    forwarded_by: str
    note: str
    offline: bool
    email: str
    accept_url: str
    refuse_url: str
    shown_url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A status in the menu."""

    name: str
    kind: str
    chosen: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Status:
    """An agent's availability with the ones to choose from; `notice` when the system set it."""

    name: str
    kind: str
    since: datetime
    choices: list[Choice]
    action: str
    notice: str
    wrapping_up: bool


def me(agent: Agent) -> Me:
    """The agent as their own workspace shows them."""
    shown = person(agent.name, agent.id)
    return Me(
        agent.id, shown.name, agent.email, agent.role, shown.initials, shown.hue, agent.language
    )


async def status(agent: Agent) -> Status:
    """The status of an agent."""
    reasons = await fetch(REASONS)
    options = [
        (AVAILABLE, "available", ""),
        *((reason["name"], "away", "") for reason in reasons),
        (OFFLINE, "offline", N_("no new chats")),
    ]
    wraps_up = next(iter(await fetch(WRAPPING_UP, agent.id, ACTIVE)), None)
    return Status(
        name=status_in_words(agent.status),
        kind=agent.status_kind,
        since=wraps_up["left_at"] if wraps_up and agent.available else agent.status_since,
        choices=[Choice(name, kind, name == agent.status, hint) for name, kind, hint in options],
        action="/workspace/availability",
        notice=await _status_notice(agent),
        wrapping_up=wraps_up is not None,
    )


async def _status_notice(agent: Agent) -> str:
    """Why the status is what it is, when it was not the agent who chose."""
    if agent.status_reason == SUPERVISOR:
        name = await who_set_status(agent.id) or N_("A supervisor")
        words = N_("{name} set this status for you. You can choose another one at any time.")
        return words.with_values(name=name)
    return NOTICES.get(agent.status_reason, "")


async def rows(agent_id: int, presence: Presence, *, selected: int = 0) -> list[Row]:
    """The agent's active interactions and those completed within a day, in their order."""
    found = await overviews(agent_id, completed_after=ago(DAY), limit=LONGEST_LIST)
    hours = await hours_for(found)
    shown = (_row(one, hours, presence, selected) for one in found)
    return sorted(shown, key=lambda one: one.order)


async def row(found: Overview, agent_id: int, presence: Presence) -> Row | None:
    """One row, if the interaction is in this agent's list."""
    hours = await hours_for([found])
    return _row(found, hours, presence, 0) if _is_listed(found, agent_id) else None


def row_beside(bar: ClocksView, found: Overview, agent_id: int, presence: Presence) -> Row | None:
    """The same, where its clocks have been counted already."""
    listed = _is_listed(found, agent_id)
    return _row_with(bar.counted, bar.row, found, presence, 0) if listed else None


def _is_listed(found: Overview, agent_id: int) -> bool:
    return found.agent == agent_id and found.state in {ACTIVE, ARCHIVED}


async def offers(agent_id: int, presence: Presence) -> list[OfferView]:
    """The cards of an agent's open offers, oldest first."""
    found = await open_offers(agent_id)
    if not found:
        return []
    words = await _first_words([one.interaction for one in found])
    return [_offer(one, words, presence) for one in found]


async def queues_text(agent: Agent) -> str:
    """In which queues the agent is, and in which status, as a sentence."""
    names = await queue_names(agent.id)
    if not names:
        return N_("You are not a member of a queue yet, so no chats reach you.")
    words = (
        N_(
            "You are {status} in {queues}. The next chat appears at the top right with a sound; "
            "accept it and it opens here."
        )
        if agent.available
        else N_("You are {status}: no chats of {queues} are offered to you.")
    )
    return words.with_values(status=status_in_words(agent.status), queues=listed(names))


async def wrap_up_groups(agent_id: int) -> list[WrapUpGroup]:
    """The codes to choose from, those the agent used last first."""
    recent = await fetch(USED_LAST, agent_id)
    return await groups_for([found["wrap_up_code"] for found in recent])


def _row(interaction: Overview, hours: dict[int, Hours], presence: Presence, selected: int) -> Row:
    at = now()
    open_hours = hours[interaction.queue_id]
    found = clocks_of(interaction, open_hours, at)
    clock = row_clock(found, open_hours, at)
    return _row_with(found, clock, interaction, presence, selected)


def _row_with(
    found: Clocks,
    clock: ClockView | None,
    interaction: Overview,
    presence: Presence,
    selected: int,
) -> Row:
    active = interaction.state == ACTIVE
    return Row(
        id=interaction.id,
        person=interaction.person,
        queue=interaction.queue,
        preview=interaction.last_preview,
        preview_own=interaction.last_author == log.AGENT,
        at=interaction.last_at,
        unread=interaction.unread,
        group="active" if active else "completed",
        order=_order(interaction, found),
        presence=whereabouts(presence, interaction.visitor).state,
        wrap_up=interaction.wrap_up or "",
        clock=clock if active else None,
        selected=interaction.id == selected,
        url=urls(interaction.id).page,
    )


def _order(interaction: Overview, found: Clocks) -> str:
    """Unanswered ones by due time, then the rest by due time; completed ones last, newest first."""
    if interaction.archived_at is not None:
        return f"2-{FAR - _milliseconds(interaction.archived_at)}"
    due = found.next_due.due_at if found.next_due else None
    return f"{0 if found.answering else 1}-{_milliseconds(due) if due else FAR - 1:015d}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _offer(found: OpenOffer, words: dict[int, str], presence: Presence) -> OfferView:
    where = whereabouts(presence, found.visitor, found.page_title)
    return OfferView(
        id=found.id,
        person=contact_person(found.contact, found.contact_name, found.email, found.phone),
        queue=found.queue,
        first_words=words.get(found.interaction, ""),
        offered_at=found.offered_at,
        expires_at=found.expires_at,
        waiting_since=found.queued_at,
        presence=where.state,
        presence_text=where.text,
        presence_since=where.since,
        forwarded_by=found.forwarded_by or "",
        note=plain(found.note),
        offline=found.offline,
        email=found.email,
        accept_url=f"/workspace/offers/{found.id}/acceptance",
        refuse_url=f"/workspace/offers/{found.id}/refusal",
        shown_url="" if found.shown_at else f"/workspace/offers/{found.id}/sight",
    )


async def _first_words(interactions: list[int]) -> dict[int, str]:
    """What each contact said first; where that was files alone, what those are."""
    found = (
        await Entry.select(Entry.interaction, Entry.seq, Entry.body)
        .where(
            Entry.interaction.is_in(interactions),
            Entry.kind == log.MESSAGE,
            Entry.author == log.CONTACT,
            Entry.seq <= 5,  # noqa: PLR2004 - the first message is among the first entries
        )
        .order_by(Entry.seq, ascending=False)
    )
    firsts = {one["interaction"]: (one["seq"], plain(one["body"])[:300]) for one in found}
    files = await attachments.in_words(
        {id_: seq for id_, (seq, said) in firsts.items() if not said}
    )
    return {id_: said for id_, (_, said) in firsts.items()} | files
