"""What the workspace's lists show, read without the log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.agents.tables import Agent, AwayReason
from app.contacts.names import Person, person
from app.contacts.people import contact_person
from app.contacts.tables import Contact, Visitor
from app.interactions import log
from app.interactions.formatting import plain
from app.interactions.queries import Overview, overview, overviews, urls
from app.interactions.tables import ACTIVE, ARCHIVED, Entry, Interaction
from app.moments import ago
from app.realtime.bus import Topic
from app.realtime.presence import Presence
from app.routing.queries import open_offers, queue_names
from app.wrapup.queries import WrapUpGroup, groups_for

DAY = 24 * 3600
FAR = 10**15
LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class Me:
    """The agent whose workspace it is."""

    id: int
    name: str
    email: str
    role: str
    initials: str
    hue: int


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
    accept_url: str
    refuse_url: str


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


def me(agent: Agent) -> Me:
    """The agent as their own workspace shows them."""
    shown = person(agent.name, agent.id)
    return Me(agent.id, shown.name, agent.email, agent.role, shown.initials, shown.hue)


async def status(agent: Agent) -> Status:
    """The status of an agent."""
    reasons = await AwayReason.objects().order_by(AwayReason.position)
    options = [
        ("Available", "available", ""),
        *((reason.name, "away", "") for reason in reasons),
        ("Offline", "offline", "no new chats"),
    ]
    return Status(
        name=agent.status,
        kind=agent.status_kind,
        since=agent.status_since,
        choices=[Choice(name, kind, name == agent.status, hint) for name, kind, hint in options],
        action="/workspace/availability",
        notice="",
    )


async def rows(agent_id: int, presence: Presence, *, selected: int = 0) -> list[Row]:
    """The agent's active interactions and those completed within a day, in their order."""
    found = await overviews(agent_id, completed_after=ago(DAY), limit=LONGEST_LIST)
    return sorted((_row(one, presence, selected) for one in found), key=lambda shown: shown.order)


async def row(interaction_id: int, agent_id: int, presence: Presence) -> Row | None:
    """One row, if the interaction is in this agent's list."""
    found = await overview(interaction_id)
    listed = found is not None and found.agent == agent_id and found.state in {ACTIVE, ARCHIVED}
    return _row(found, presence, 0) if found and listed else None


async def offers(agent_id: int, presence: Presence) -> list[OfferView]:
    """The cards of an agent's open offers, oldest first."""
    found = await open_offers(agent_id)
    if not found:
        return []
    words = await _first_words([one.interaction.id for one in found])
    return [_offer(one, words, presence) for one in found]


async def queues_text(agent: Agent) -> str:
    """In which queues the agent is, and in which status, as a sentence."""
    names = await queue_names(agent.id)
    if not names:
        return "You are not a member of a queue yet, so no chats reach you."
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    if agent.available:
        return (
            f"You are {agent.status} in {listed}. The next chat appears at the top right with a "
            "sound; accept it and it opens here."
        )
    return f"You are {agent.status}: no chats of {listed} are offered to you."


async def wrap_up_groups(agent_id: int) -> list[WrapUpGroup]:
    """The codes to choose from, those the agent used last first."""
    recent = (
        await Interaction.select(Interaction.wrap_up_code)
        .where(Interaction.agent == agent_id, Interaction.wrap_up_code.is_not_null())
        .order_by(Interaction.archived_at, ascending=False)
        .limit(30)
    )
    return await groups_for([found["wrap_up_code"] for found in recent])


def visitor_here(presence: Presence, visitor_id: int) -> bool:
    """Whether the visitor has the chat open; a reload is not an absence."""
    return presence.here(Topic("visitor", visitor_id), grace=3)


def _row(interaction: Overview, presence: Presence, selected: int) -> Row:
    here = visitor_here(presence, interaction.visitor)
    return Row(
        id=interaction.id,
        person=interaction.person,
        queue=interaction.queue,
        preview=interaction.last_preview,
        preview_own=interaction.last_author == log.AGENT,
        at=interaction.last_at,
        unread=interaction.unread,
        group="active" if interaction.state == ACTIVE else "completed",
        order=_order(interaction),
        presence="here" if here else "gone",
        wrap_up=interaction.wrap_up or "",
        selected=interaction.id == selected,
        url=urls(interaction.id).page,
    )


def _order(interaction: Overview) -> str:
    """Who waits longest first, then the newest words; completed ones last, newest first."""
    if interaction.archived_at is not None:
        return f"2-{FAR - _milliseconds(interaction.archived_at)}"
    if interaction.awaiting_reply_since is not None:
        return f"0-{_milliseconds(interaction.awaiting_reply_since):015d}"
    return f"1-{FAR - _milliseconds(interaction.last_at)}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _offer(found: Any, words: dict[int, str], presence: Presence) -> OfferView:
    interaction = found.interaction
    visitor: Visitor = interaction.visitor
    contact: Contact = interaction.contact
    here = visitor_here(presence, visitor.id)
    page = f", on {visitor.page_title}" if visitor.page_title else ""
    return OfferView(
        id=found.id,
        person=contact_person(contact.id, contact.name, contact.email, contact.phone),
        queue=found.queue.name,
        first_words=words.get(interaction.id, ""),
        offered_at=found.offered_at,
        expires_at=found.expires_at,
        waiting_since=interaction.queued_at,
        presence="here" if here else "gone",
        presence_text=f"Here now{page}" if here else "Not here now",
        accept_url=f"/workspace/offers/{found.id}/acceptance",
        refuse_url=f"/workspace/offers/{found.id}/refusal",
    )


async def _first_words(interactions: list[int]) -> dict[int, str]:
    found = (
        await Entry.select(Entry.interaction, Entry.body)
        .where(
            Entry.interaction.is_in(interactions),
            Entry.kind == log.MESSAGE,
            Entry.author == log.CONTACT,
            Entry.seq <= 5,  # noqa: PLR2004 - the first message is among the first entries
        )
        .order_by(Entry.seq, ascending=False)
    )
    return {one["interaction"]: plain(one["body"])[:300] for one in found}
