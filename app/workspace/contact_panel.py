"""The panel beside a chat: who the contact is, what they looked at, and their other chats."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.agents.tables import Agent
from app.contacts.browsers import browser_in_words, languages_in_words
from app.contacts.queries import ContactFacts, contact_facts
from app.database import fetch
from app.interactions.access import holds_chat_of
from app.interactions.queries import Overview, urls
from app.interactions.tables import ARCHIVED, MISSED, OPEN
from app.languages import N_
from app.moments import lasted

PAGES, PAGES_AT_ONCE = 20, 4
CHATS, OTHERS = 20, 200
SEEN = """
SELECT title, url, seen_at, COUNT(*) OVER () AS count FROM page_views
WHERE visitor = {} ORDER BY id DESC LIMIT {}
"""
# The contact's other interactions, newest first.
BESIDE = """
SELECT i.id, i.state, i.agent, i.opened_at, i.archived_at, i.rating,
       q.name AS queue_name, a.name AS agent_name, c.name AS code_name
FROM interactions i
JOIN queues q ON q.id = i.queue
LEFT JOIN agents a ON a.id = i.agent
LEFT JOIN wrap_up_codes c ON c.id = i.wrap_up_code
WHERE i.contact = {} AND i.id <> {} ORDER BY i.id DESC LIMIT {}
"""


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page of the site; `current` is the one that the visitor looks at, since `seen_at`."""

    name: str
    url: str
    seen_at: datetime
    lasted: str
    current: bool


@dataclass(frozen=True, slots=True)
class PagesSeen:
    """The newest pages of a visitor: some at once, more on demand, and how many in all."""

    count: int
    shown: list[PageSeen]
    more: list[PageSeen]


@dataclass(frozen=True, slots=True)
class OtherChat:
    """Another interaction of the contact; without a `url` this agent may not open it."""

    title: str
    words: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class ContactPanel:
    """Everything that stands beside a chat; `identity` is who the visitor's site signed they are.

    It is the visitor's and not the contact's: a contact may have browsers that nobody vouches for.
    """

    interaction: int
    facts: ContactFacts
    identity: str
    language: str
    browser: str
    pages: PagesSeen
    now_open: list[OtherChat]
    earlier: list[OtherChat]
    earlier_count: int
    mergeable: bool
    erasable: bool


async def contact_panel(interaction: Overview, agent: Agent, *, here: bool) -> ContactPanel:
    """The panel as this agent sees it."""
    may_read = agent.may("supervisor") or await holds_chat_of(agent, interaction.contact)
    others = await fetch(BESIDE, interaction.contact, interaction.id, OTHERS)
    ended = [row for row in others if row["state"] in {ARCHIVED, MISSED}]
    return ContactPanel(
        interaction=interaction.id,
        facts=facts_beside(interaction),
        identity=interaction.external_id,
        language=languages_in_words(interaction.language),
        browser=browser_in_words(interaction.user_agent),
        pages=await pages_seen(interaction.visitor, here=here),
        now_open=[_open(row, agent) for row in others if row["state"] in OPEN],
        earlier=[_ended(row, may_read or row["agent"] == agent.id) for row in ended[:CHATS]],
        earlier_count=len(ended),
        mergeable=agent.may("supervisor"),
        erasable=agent.may("admin"),
    )


def facts_beside(interaction: Overview) -> ContactFacts:
    """The contact's facts, from what an interaction's overview has of them."""
    return contact_facts(
        interaction.contact, interaction.contact_name, interaction.email, interaction.phone
    )


async def pages_seen(visitor_id: int, *, here: bool) -> PagesSeen:
    """The visitor's pages, newest first."""
    rows = await fetch(SEEN, visitor_id, PAGES)
    left = [None, *(row["seen_at"] for row in rows)]
    pages = [
        PageSeen(
            name=row["title"] or row["url"],
            url=row["url"],
            seen_at=row["seen_at"],
            lasted=lasted((until - row["seen_at"]).total_seconds()) if until else "",
            current=until is None and here,
        )
        for row, until in zip(rows, left, strict=False)
    ]
    count = rows[0]["count"] if rows else 0
    return PagesSeen(count, pages[:PAGES_AT_ONCE], pages[PAGES_AT_ONCE:])


def _open(row: dict[str, Any], agent: Agent) -> OtherChat:
    whose = (
        N_("With {agent}", agent=row["agent_name"])
        if row["agent_name"]
        else N_("Waiting for an agent")
    )
    mine = agent.may("supervisor") or row["agent"] == agent.id
    return OtherChat(
        title=row["queue_name"],
        words=N_("With you") if row["agent"] == agent.id else whose,
        at=row["opened_at"],
        url=urls(row["id"]).page if mine else "",
    )


def _ended(row: dict[str, Any], may_read: bool) -> OtherChat:  # noqa: FBT001 - a fact of the row
    span = lasted((row["archived_at"] - row["opened_at"]).total_seconds())
    missed = row["state"] == MISSED
    return OtherChat(
        title=row["queue_name"] if missed else row["code_name"] or N_("Archived"),
        words=_words_of(row, span),
        at=row["archived_at"],
        url=urls(row["id"]).page if may_read else "",
    )


def _words_of(row: dict[str, Any], span: str) -> str:
    if row["state"] == MISSED:
        return N_("Missed, after {time}", time=span)
    words = N_("Archived by {agent}, {time}")
    if row["rating"]:
        words = N_("Archived by {agent}, {time}, rated {score} of 5")
    return words.with_values(agent=row["agent_name"], time=span, score=row["rating"])
