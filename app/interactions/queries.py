"""Reads of interactions with their people, shaped for pages."""

from dataclasses import dataclass
from datetime import datetime

from app.contacts.names import Person
from app.contacts.people import contact_person
from app.contacts.presence import Whereabouts
from app.database import fetch
from app.interactions import log
from app.interactions.tables import ACTIVE, ARCHIVED, OPEN, Entry
from app.wrapup.tables import WrapUpCode

# Written out, as every page and every push reads it: building it costs more than running it.
OVERVIEW = """
SELECT i.id, i.state, i.agent, i.visitor, i.last_seq, i.unread, i.last_preview, i.last_author,
       i.last_at, i.awaiting_reply_since, i.opened_at, i.queued_at, i.left_at,
       i.agent_read_seq, i.agent_read_at, i.contact_read_seq, i.contact_read_at,
       i.contact_delivered_seq,
       i.wrap_up_until, i.rating, i.rating_comment, i.rated_at,
       i.first_message_at, i.first_response_at, i.reply_started_at, i.replied_at, i.reopened_at,
       q.id AS queue_id, q.first_response_target, q.reply_target, q.resolution_target,
       (EXISTS (SELECT 1 FROM queue_periods p WHERE p.queue = q.id)
        OR EXISTS (SELECT 1 FROM queue_holidays h WHERE h.queue = q.id)) AS has_hours,
       i.archived_at, i.offline, a.name AS agent_name, a.picture AS agent_picture,
       q.name AS queue, w.name AS wrap_up,
       c.id AS contact, c.name AS contact_name,
       c.email, c.phone, v.page_title, v.page_url, v.user_agent, v.language,
       v.external_id
FROM interactions i
JOIN queues q ON q.id = i.queue
JOIN contacts c ON c.id = i.contact
JOIN visitors v ON v.id = i.visitor
LEFT JOIN agents a ON a.id = i.agent
LEFT JOIN wrap_up_codes w ON w.id = i.wrap_up_code
"""
ONE = OVERVIEW + "WHERE i.id = {}"
LATEST_OF_VISITOR = OVERVIEW + "WHERE i.visitor = {} ORDER BY i.id DESC LIMIT 1"
IN_LIST = (
    OVERVIEW
    + "WHERE i.agent = {} AND (i.state = '"
    + ACTIVE
    + "' OR (i.state = '"
    + ARCHIVED
    + "' AND i.archived_at > {})) ORDER BY i.id DESC LIMIT {}"
)


@dataclass(frozen=True, slots=True)
class Overview:
    """An interaction with what is shown of its contact, visitor, queue and wrap-up code."""

    id: int
    state: str
    agent: int | None
    visitor: int
    last_seq: int
    unread: int
    last_preview: str
    last_author: str
    last_at: datetime
    awaiting_reply_since: datetime | None
    opened_at: datetime
    queued_at: datetime
    left_at: datetime | None
    agent_read_seq: int
    agent_read_at: datetime | None
    contact_read_seq: int
    contact_read_at: datetime | None
    contact_delivered_seq: int
    wrap_up_until: datetime | None
    rating: int
    rating_comment: str
    rated_at: datetime | None
    first_message_at: datetime | None
    first_response_at: datetime | None
    reply_started_at: datetime | None
    replied_at: datetime | None
    reopened_at: datetime | None
    queue_id: int
    first_response_target: int
    reply_target: int
    resolution_target: int
    has_hours: bool
    archived_at: datetime | None
    offline: bool
    agent_name: str | None
    agent_picture: str | None
    queue: str
    wrap_up: str | None
    contact: int
    contact_name: str
    email: str
    phone: str
    page_title: str
    page_url: str
    user_agent: str
    language: str
    external_id: str

    @property
    def person(self) -> Person:
        """The contact as they are shown."""
        return contact_person(self.contact, self.contact_name, self.email, self.phone)


@dataclass(frozen=True, slots=True)
class Urls:
    """Where an interaction's parts are."""

    base: str
    page: str
    messages: str
    notes: str
    typing: str
    transcript: str
    entries: str
    archive: str
    read: str


@dataclass(frozen=True, slots=True)
class InteractionView:
    """An interaction's header and what the agent who looks at it may do.

    A supervisor watches what is open with somebody else, or with nobody.
    """

    id: int
    person: Person
    queue: str
    state: str
    offline: bool
    presence: str
    presence_text: str
    presence_since: datetime | None
    agent_name: str
    reader: int
    mine: bool
    supervises: bool
    watched: bool
    last_seq: int
    new_after: int
    wrap_up: str
    wrap_up_until: datetime | None
    reopenable: bool
    opened_at: datetime
    urls: Urls


def urls(interaction_id: int) -> Urls:
    """The addresses of an interaction for agents."""
    base = f"/workspace/interactions/{interaction_id}"
    return Urls(
        base=base,
        page=f"/workspace/webchat/{interaction_id}",
        messages=f"{base}/messages",
        notes=f"{base}/notes",
        typing=f"{base}/typing",
        transcript=f"{base}/transcript",
        entries=f"{base}/entries",
        archive=f"{base}/archive",
        read=f"{base}/read",
    )


async def overview(interaction_id: int) -> Overview | None:
    """One interaction."""
    rows = await fetch(ONE, interaction_id)
    return Overview(**rows[0]) if rows else None


async def latest_of_visitor(visitor_id: int) -> Overview | None:
    """The newest interaction of a visitor."""
    rows = await fetch(LATEST_OF_VISITOR, visitor_id)
    return Overview(**rows[0]) if rows else None


async def overviews(agent_id: int, *, completed_after: datetime, limit: int) -> list[Overview]:
    """An agent's active interactions, and those they completed after a moment."""
    rows = await fetch(IN_LIST, agent_id, completed_after, limit)
    return [Overview(**row) for row in rows]


def view(
    interaction: Overview, *, agent_id: int, where: Whereabouts, supervises: bool = False
) -> InteractionView:
    """The interaction as this agent sees it."""
    mine = interaction.state == ACTIVE and interaction.agent == agent_id
    return InteractionView(
        id=interaction.id,
        person=interaction.person,
        queue=interaction.queue,
        state=interaction.state,
        offline=interaction.offline,
        presence=where.state,
        presence_text=where.text,
        presence_since=where.since,
        agent_name=interaction.agent_name or "",
        reader=agent_id,
        mine=mine,
        supervises=supervises,
        watched=supervises and not mine and interaction.state in OPEN,
        last_seq=interaction.last_seq,
        new_after=interaction.agent_read_seq if interaction.unread else 0,
        wrap_up=interaction.wrap_up or "",
        wrap_up_until=interaction.wrap_up_until,
        reopenable=interaction.state == ARCHIVED and interaction.agent == agent_id,
        opened_at=interaction.opened_at,
        urls=urls(interaction.id),
    )


async def went_on_after_an_end(interaction_id: int) -> bool:
    """Whether it was archived once, and taken back or reopened."""
    found: bool = await Entry.exists().where(
        Entry.interaction == interaction_id, Entry.notice.is_in(["archive_undone", "reopened"])
    )
    return found


async def unread_by_visitor(interaction: Overview) -> int:
    """How many messages of agents the visitor has not read."""
    count: int = await Entry.count().where(
        Entry.interaction == interaction.id,
        Entry.author == log.AGENT,
        Entry.kind == log.MESSAGE,
        Entry.seq > interaction.contact_read_seq,
    )
    return count


async def wrap_up_code(code_id: str) -> WrapUpCode | None:
    """The code that a form names, if it is one that may be chosen."""
    if not code_id.isdecimal() or len(code_id) > 9:  # noqa: PLR2004 - within 32 bits
        return None
    return await WrapUpCode.objects().get(
        (WrapUpCode.id == int(code_id)) & WrapUpCode.archived_at.is_null()
    )
