"""Builders with explicit values: each inserts one thing and what it cannot be without."""

import itertools
from datetime import timedelta

from app.accounts.tables import Session
from app.agents.tables import Agent
from app.contacts.tables import Contact, Visitor
from app.interactions import log
from app.interactions.tables import ARCHIVED, MISSED, OFFERED, Entry, Interaction
from app.moments import now
from app.responses.search import folded, words_of
from app.responses.tables import StandardResponse
from app.routing.tables import Offer, Queue, QueueMember
from app.tokens import token_hash
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

PASSWORD = "correct horse battery"
# PASSWORD as argon2 stores it at the least cost, which is quick to verify.
PASSWORD_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$k81CVlUN/YmtEKEq/o1spA$6KIFQTop0EbfJofjsMdGM3diW+ClYlUbeAFY6sZ6Ji4"
)
KINDS = {"Available": "available", "Offline": "offline"}
_numbers = itertools.count(1)


def a_nonce():
    """A nonce that no other message of this process has."""
    return f"nonce-{next(_numbers):06}"


async def an_agent(
    name="Bob",
    *,
    email="",
    role="agent",
    queues=(),
    status="Available",
    capacity=4,
    last_offer_at=None,
    disabled_at=None,
):
    agent = Agent(
        email=email or f"{name.lower()}@parley.test",
        name=name,
        role=role,
        password_hash=PASSWORD_HASH,
        created_at=now(),
        disabled_at=disabled_at,
        capacity=capacity,
        status=status,
        status_kind=KINDS.get(status, "away"),
        status_since=now(),
        last_offer_at=last_offer_at,
    )
    await agent.save()
    for queue in queues:
        await QueueMember.insert(QueueMember(queue=queue.id, agent=agent.id))
    return agent


async def a_session(agent, *, token="", last_seen_at=None):
    """A sign-in; gives its token."""
    token = token or f"session-{next(_numbers):06}"
    await Session(
        token_hash=token_hash(token),
        agent=agent.id,
        created_at=now(),
        last_seen_at=last_seen_at or now(),
    ).save()
    return token


async def a_queue(name="Sales", *, offer_seconds=20):
    queue = Queue(name=name, offer_seconds=offer_seconds)
    await queue.save()
    return queue


async def a_widget(
    queue,
    *,
    key="shop",
    name="Lumen & Oak",
    allowed_sites="https://shop.example",
    ask_name="no",
    ask_email="no",
    ask_phone="no",
):
    widget = Widget(
        key=key,
        name=name,
        queue=queue.id,
        allowed_sites=allowed_sites,
        greeting="How can we help?",
        ask_name=ask_name,
        ask_email=ask_email,
        ask_phone=ask_phone,
    )
    await widget.save()
    return widget


async def a_visitor(widget, *, token="token-of-vic", name="", email="", first_nonce=""):
    """A visitor who is known by this token."""
    contact = Contact(name=name, email=email, created_at=now())
    await contact.save()
    visitor = Visitor(
        widget=widget.id,
        contact=contact.id,
        token_hash=token_hash(token),
        first_nonce=first_nonce or a_nonce(),
        came_back=True,
        created_at=now(),
    )
    await visitor.save()
    return visitor


async def an_interaction(
    visitor,
    *,
    state="active",
    agent=None,
    words=("Hello",),
    queue=None,
    queued_at=None,
    priority=0,
    wrap_up_code=None,
):
    """An interaction whose log is these words of the contact; `offered` has an offer to `agent`.

    The visitor counts as told to wait, so that routing writes nothing of its own into the log.
    """
    at = queued_at or now()
    ended = state in {ARCHIVED, MISSED}
    has_agent = state not in {"queued", OFFERED, MISSED}
    widget = await Widget.objects().get(Widget.id == visitor.widget)
    interaction = Interaction(
        widget=widget.id,
        contact=visitor.contact,
        visitor=visitor.id,
        queue=queue.id if queue else widget.queue,
        agent=agent.id if agent and has_agent else None,
        state=state,
        last_seq=len(words),
        priority=priority,
        opened_at=at,
        queued_at=at,
        accepted_at=at if has_agent else None,
        archived_at=at if state == ARCHIVED else None,
        wrap_up_code=wrap_up_code.id if wrap_up_code else None,
        told_to_wait=True,
        last_preview=words[-1] if words else "",
        last_author=log.CONTACT if words else "",
        first_message_at=at if words else None,
        last_at=at,
        awaiting_reply_since=at if words and not ended else None,
        unread=0 if ended else len(words),
    )
    await interaction.save()
    for seq, body in enumerate(words, start=1):
        await an_entry(interaction, seq, body=body)
    if state == OFFERED:
        await an_offer(interaction, to=agent)
    return interaction


async def an_entry(interaction, seq, *, body="Hello", author=log.CONTACT, agent=None, nonce=None):
    """A message in the log; the interaction's own last number is not touched."""
    entry = Entry(
        interaction=interaction.id,
        seq=seq,
        kind=log.MESSAGE,
        author=author,
        agent=agent.id if agent else None,
        body=body,
        nonce=nonce or a_nonce(),
        created_at=now(),
    )
    await entry.save()
    return entry


async def an_offer(interaction, *, to, seconds=20, outcome="", decided_at=None):
    """An offer that stands for so many seconds from now."""
    offer = Offer(
        interaction=interaction.id,
        queue=interaction.queue,
        agent=to.id,
        offered_at=now(),
        shown_at=now(),
        expires_at=now() + timedelta(seconds=seconds),
        outcome=outcome,
        decided_at=decided_at,
    )
    await offer.save()
    return offer


async def a_wrap_up_code(name="Refund", *, group="Returns", archived_at=None):
    code = WrapUpCode(name=name, group=group, archived_at=archived_at)
    await code.save()
    return code


async def a_response(
    title="Refund",
    body="We refund you.",
    *,
    shortcut="",
    folder="",
    queue=None,
    agent=None,
    archived_at=None,
):
    """A standard response: of a queue, of an agent alone, or for everybody."""
    response = StandardResponse(
        title=title,
        body=body,
        shortcut=shortcut,
        folder=folder,
        queue=queue.id if queue else None,
        agent=agent.id if agent else None,
        archived_at=archived_at,
        title_words=folded(title),
        words=words_of(title=title, shortcut=shortcut, folder=folder, body=body),
    )
    await response.save()
    return response
