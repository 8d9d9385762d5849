"""What a canary's message needs in the database; it is gone when the message has arrived."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.accounts.tables import Session
from app.agents.tables import Agent
from app.canary.mark import MARK, MARKED
from app.contacts.tables import Contact, Visitor
from app.database import engine, tell, unit_of_work
from app.interactions.events import InteractionChanged
from app.interactions.tables import ACTIVE, Interaction
from app.moments import ago, now
from app.routing.tables import Queue
from app.tokens import new_token, token_hash
from app.widget.tables import Widget

# In seconds: a process that was killed meanwhile has left something behind.
LEFT_BEHIND = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """Who writes and who waits: the widget's key, a visitor's token, an agent's session."""

    key: str
    visitor: str
    session: str


@asynccontextmanager
async def set_up() -> AsyncIterator[Stage]:
    """A visitor in an active chat with an agent who has just signed in, until the block ends."""
    widget = await _widget()
    visitor_token, session_token, at = new_token(), new_token(), now()
    async with unit_of_work():
        agent, contact = await _agent(widget.key), await _contact(widget)
        visitor = Visitor(
            widget=widget.id,
            contact=contact,
            token_hash=token_hash(visitor_token),
            first_nonce=new_token(),
            came_back=True,
            created_at=at,
        )
        await visitor.save()
        session = Session(
            token_hash=token_hash(session_token), agent=agent, created_at=at, last_seen_at=at
        )
        await session.save()
        chat = Interaction(
            widget=widget.id,
            contact=contact,
            visitor=visitor.id,
            queue=widget.queue,
            agent=agent,
            state=ACTIVE,
            opened_at=at,
            queued_at=at,
            accepted_at=at,
            last_at=at,
            told_to_wait=True,
        )
        await chat.save()
    try:
        yield Stage(widget.key, visitor_token, session_token)
    finally:
        await _clear(widget, chat, session.id)


async def _clear(widget: Widget, chat: Interaction, session: int) -> None:
    """Remove this message's own, and what killed processes have left."""
    long_ago = ago(LEFT_BEHIND)
    async with unit_of_work():
        await Interaction.delete().where(
            Interaction.widget == widget.id,
            (Interaction.id == chat.id) | (Interaction.opened_at < long_ago),
        )
        await Visitor.delete().where(
            Visitor.widget == widget.id,
            (Visitor.id == chat.visitor) | (Visitor.created_at < long_ago),
        )
        await Session.delete().where(
            Session.agent == chat.agent, (Session.id == session) | (Session.created_at < long_ago)
        )
        tell(InteractionChanged(chat.id, chat.visitor, chat.agent))


async def _widget() -> Widget:
    """The canary's widget; whoever comes first makes it, and with it queue, agent and contact."""
    found = await Widget.objects().get(Widget.key.like(MARKED))
    if found:
        return found
    async with engine().alone("canary"), unit_of_work():
        found = await Widget.objects().get(Widget.key.like(MARKED))
        return found or await _made()


async def _made() -> Widget:
    name, at = MARK + secrets.token_hex(8), now()
    queue = Queue(name=name, archived_at=at)
    await queue.save()
    widget = Widget(key=name, name=name, queue=queue.id, archived_at=at)
    await widget.save()
    await Agent(email=name, name=name, created_at=at, disabled_at=at, status_since=at).save()
    contact = Contact(created_at=at, identity_widget=widget.id, external_id=name)
    await contact.save()
    return widget


async def _agent(name: str) -> int:
    rows = await Agent.select(Agent.id).where(Agent.email == name)
    found: int = rows[0]["id"]
    return found


async def _contact(widget: Widget) -> int:
    """Nobody in particular; made anew should an admin have erased it."""
    mine = (Contact.identity_widget == widget.id) & (Contact.external_id == widget.key)
    rows = await Contact.select(Contact.id).where(mine)
    if not rows:
        made = Contact(created_at=now(), identity_widget=widget.id, external_id=widget.key)
        await made.save()
        return int(made.id)
    found: int = rows[0]["id"]
    return found
