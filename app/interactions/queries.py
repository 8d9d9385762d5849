"""Reads of interactions and their logs, shaped for pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from app.agents.tables import Agent
from app.contacts.browsers import browser_in_words, languages_in_words
from app.contacts.names import Person, person
from app.contacts.tables import Contact, Visitor
from app.interactions import log, notices
from app.interactions.formatting import message_html
from app.interactions.tables import ACTIVE, Entry, Interaction
from app.wrapup.tables import WrapUpCode

PAGE = 50
TOGETHER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a template shows it to one audience."""

    id: str
    seq: int
    kind: str
    side: str
    own: bool
    person: Person | None
    html: Markup
    text: str
    icon: str
    at: datetime
    first: bool
    nonce: str


@dataclass(frozen=True, slots=True)
class Urls:
    """Where an interaction's parts are."""

    page: str
    messages: str
    entries: str
    archive: str
    read: str


@dataclass(frozen=True, slots=True)
class InteractionView:
    """An interaction's header and what the agent who looks at it may do."""

    id: int
    person: Person
    queue: str
    state: str
    presence: str
    presence_text: str
    mine: bool
    last_seq: int
    wrap_up: str
    opened_at: datetime
    urls: Urls


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What is known about a contact and the browser they write from."""

    person: Person
    email: str
    phone: str
    number: str
    language: str
    browser: str
    page_title: str
    page_url: str


def urls(interaction_id: int) -> Urls:
    """The addresses of an interaction for agents."""
    base = f"/workspace/interactions/{interaction_id}"
    return Urls(
        page=f"/workspace/webchat/{interaction_id}",
        messages=f"{base}/messages",
        entries=f"{base}/entries",
        archive=f"{base}/archive",
        read=f"{base}/read",
    )


def contact_person(contact: Contact) -> Person:
    """The contact by name, else e-mail, else phone, else number."""
    name = contact.name or contact.email or contact.phone
    if name:
        return person(name, contact.id)
    return Person(f"Contact {contact.number}", "", person("", contact.id).hue)


def agent_person(agent: Agent) -> Person:
    """An agent as both sides see them."""
    return person(agent.name, agent.id)


async def interaction_with_people(interaction_id: int) -> Interaction | None:
    """The interaction with contact, visitor, queue, agent and code at hand."""
    return await Interaction.objects(
        Interaction.contact,
        Interaction.visitor,
        Interaction.queue,
        Interaction.agent,
        Interaction.wrap_up_code,
    ).get(Interaction.id == interaction_id)


def view(interaction: Interaction, *, agent_id: int, here: bool) -> InteractionView:
    """The interaction, read with its people, as this agent sees it."""
    page = interaction.visitor.page_title
    holder = interaction.agent
    code = interaction.wrap_up_code
    return InteractionView(
        id=interaction.id,
        person=contact_person(interaction.contact),
        queue=interaction.queue.name,
        state=interaction.state,
        presence="here" if here else "gone",
        presence_text=(f"Online, viewing {page}" if page else "Online") if here else "Not online",
        mine=interaction.state == ACTIVE and holder is not None and holder.id == agent_id,
        last_seq=interaction.last_seq,
        wrap_up=code.name if code is not None and code.id else "",
        opened_at=interaction.opened_at,
        urls=urls(interaction.id),
    )


def contact_details(contact: Contact, visitor: Visitor) -> ContactDetails:
    """The contact panel's content."""
    return ContactDetails(
        person=contact_person(contact),
        email=contact.email,
        phone=contact.phone,
        number=contact.number,
        language=languages_in_words(visitor.language),
        browser=browser_in_words(visitor.user_agent),
        page_title=visitor.page_title,
        page_url=visitor.page_url,
    )


async def entries_after(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """Every entry after this number, in order."""
    rows = await _rows(Entry.interaction == interaction_id, Entry.seq >= seq)
    return [one for one in await _views(interaction_id, rows, audience) if one.seq > seq]


async def entries_before(interaction_id: int, seq: int, *, audience: str) -> list[EntryView]:
    """The page of entries before this number, in order."""
    rows = await _rows(
        Entry.interaction == interaction_id, Entry.seq < seq, limit=PAGE + 1, newest=True
    )
    return (await _views(interaction_id, rows, audience))[-PAGE:]


async def latest_entries(interaction_id: int, *, audience: str) -> list[EntryView]:
    """The last page of the log."""
    return await entries_before(interaction_id, 2**31 - 1, audience=audience)


async def entry_at(interaction_id: int, seq: int, *, audience: str) -> EntryView | None:
    """One entry, if there is one with this number."""
    rows = await _rows(Entry.interaction == interaction_id, Entry.seq >= seq - 1, Entry.seq <= seq)
    views = await _views(interaction_id, rows, audience)
    return next((one for one in views if one.seq == seq), None)


async def unread_by_visitor(interaction: Interaction) -> int:
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


async def _rows(
    *where: Any, limit: int | None = None, newest: bool = False
) -> list[dict[str, Any]]:
    query = Entry.select(*Entry.all_columns(), Entry.agent.name).where(*where)
    query = query.order_by(Entry.seq, ascending=not newest)
    rows = await (query.limit(limit) if limit else query)
    return sorted(rows, key=lambda row: row["seq"])


async def _views(
    interaction_id: int, rows: Sequence[dict[str, Any]], audience: str
) -> list[EntryView]:
    if not rows:
        return []
    interaction = await Interaction.objects(Interaction.contact).get(
        Interaction.id == interaction_id
    )
    if interaction is None:
        return []
    them = contact_person(interaction.contact)
    shown = [row for row in rows if notices.seen_by(audience, row["notice"])]
    previous: list[dict[str, Any] | None] = [None, *shown]
    return [
        _view(row, before, them, audience) for row, before in zip(shown, previous, strict=False)
    ]


def _view(
    row: dict[str, Any], before: dict[str, Any] | None, contact: Person, audience: str
) -> EntryView:
    writer = _writer(row, contact)
    is_message = row["kind"] == log.MESSAGE
    own = is_message and (row["author"] == log.CONTACT) == (audience == notices.VISITOR)
    words = notices.sentence(row, contact.name, audience)
    return EntryView(
        id=f"entry_{row['interaction']}_{row['seq']}",
        seq=row["seq"],
        kind=row["kind"],
        side=row["author"],
        own=own,
        person=writer,
        html=message_html(row["body"]) if is_message else Markup(),
        text="" if is_message else words,
        icon="" if is_message else notices.icon(row["notice"]),
        at=row["created_at"],
        first=not _goes_with(row, before),
        nonce=(row["nonce"] or "") if own else "",
    )


def _writer(row: dict[str, Any], contact: Person) -> Person | None:
    if row["author"] == log.CONTACT:
        return contact
    return person(row["agent.name"], row["agent"]) if row["agent"] else None


def _goes_with(row: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether it is in the group of the entry before: same writer and kind, within 3 minutes."""
    return (
        before is not None
        and (row["author"], row["agent"], row["kind"])
        == (before["author"], before["agent"], before["kind"])
        and row["created_at"] - before["created_at"] < TOGETHER
    )
