"""Visitors come, say who they are, and are known again by their token."""

import re
from dataclasses import dataclass

from app.agents.tables import Agent
from app.contacts.names import OURS, cleaned, is_email, likeness
from app.contacts.news import tell_of
from app.contacts.tables import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_PHONE,
    Contact,
    PageView,
    Visitor,
)
from app.database import unit_of_work
from app.languages import N_
from app.moments import ago, now
from app.problems import Refused
from app.tokens import new_token, token_hash
from app.widget.tables import Widget

RETRY_SECONDS = 600
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")
FEWEST_DIGITS = 3


class _NonceTaken(Exception):
    """A visitor was minted with this nonce in the meantime; nothing was written."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What a request says about the visitor's browser; none of it is trusted."""

    address: str
    user_agent: str
    language: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a visitor says about themselves."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class AgentsDetails:
    """What an agent knows about a contact; what is empty is not known."""

    name: str
    email: str
    phone: str


async def came_back(visitor: Visitor) -> None:
    """Note that the visitor's browser keeps its token: no later retry may give them another."""
    if not visitor.came_back:
        await Visitor.update({Visitor.came_back: True}).where(Visitor.id == visitor.id)


async def mint(
    widget: Widget, *, details: Details, browser: Browser, nonce: str
) -> tuple[Visitor, str]:
    """A new visitor and contact, and the visitor's token, which is stored only as a hash.

    If a visitor was minted with this nonce a moment ago, the answer was lost on its way: the
    same visitor gets a new token, so that a retry does not make a second chat. Not so once a
    token of theirs came back: a first message that was only delayed must not lock them out.
    """
    token = new_token()
    for _ in range(2):  # the second time when another request with this nonce came between
        async with unit_of_work():
            again = await _minted_before(widget, token=token, nonce=nonce)
        if again:
            return again, token
        try:
            async with unit_of_work():
                contact = await Contact.insert(
                    Contact(
                        name=details.name,
                        email=details.email,
                        phone=details.phone,
                        created_at=now(),
                    )
                ).returning(Contact.id)
                made = Visitor(
                    widget=widget.id,
                    contact=contact[0]["id"],
                    token_hash=token_hash(token),
                    first_nonce=nonce,
                    address=browser.address,
                    user_agent=cleaned(browser.user_agent)[:300],
                    language=cleaned(browser.language)[:60],
                    created_at=now(),
                )
                return await _insert(made), token
        except _NonceTaken:
            continue
    raise Refused(N_("This message was sent before, and has arrived."))


async def _minted_before(widget: Widget, *, token: str, nonce: str) -> Visitor | None:
    rows = (
        await Visitor.update({Visitor.token_hash: token_hash(token)})
        .where(
            Visitor.widget == widget.id,
            Visitor.first_nonce == nonce,
            Visitor.came_back.eq(False),
            Visitor.created_at > ago(RETRY_SECONDS),
        )
        .returning(*Visitor.all_columns())
    )
    return Visitor(**rows[0]) if rows else None


async def _insert(made: Visitor) -> Visitor:
    rows = (
        await Visitor.insert(made)
        .on_conflict(action="DO NOTHING")
        .returning(*Visitor.all_columns())
    )
    if not rows:
        raise _NonceTaken
    return Visitor(**rows[0])


async def saw_page(visitor: Visitor, *, title: str, url: str) -> str:
    """Note the page on which the visitor has the widget open; gives its name if it is another."""
    title, url = cleaned(title)[:200], cleaned(url)[:500]
    if not (title or url) or (title, url) == (visitor.page_title, visitor.page_url):
        return ""
    async with unit_of_work():
        changed = (
            await Visitor.update({Visitor.page_title: title, Visitor.page_url: url})
            .where(
                Visitor.id == visitor.id,
                (Visitor.page_title != title) | (Visitor.page_url != url),
            )
            .returning(Visitor.id)
        )
        if not changed:
            return ""
        await PageView.insert(PageView(visitor=visitor.id, title=title, url=url, seen_at=now()))
    return title or url


async def fill_in(visitor: Visitor, details: Details) -> None:
    """Add what a known visitor had not told before; what is known stays.

    Of a verified visitor only their site says who they are.
    """
    if visitor.external_id or details == Details():
        return
    told = (
        (Contact.name, details.name),
        (Contact.email, details.email),
        (Contact.phone, details.phone),
    )
    async with unit_of_work():
        for column, value in told:
            if value:
                await Contact.update({column: value}).where(
                    Contact.id == visitor.contact, column == ""
                )
        await tell_of(visitor.contact)


async def name_error(name: str) -> str:
    """Why a visitor may not have this name; empty when they may."""
    if len(name) > LONGEST_NAME:
        return N_("Use at most {most} characters.", most=LONGEST_NAME)
    if name and not likeness(name):
        return N_("Use letters or digits.")
    if await is_ours(name):
        return N_("Somebody of the team has this name. Add your family name, please.")
    return ""


async def is_ours(name: str) -> bool:
    """Whether this looks like the name of the system or of somebody of the team."""
    return likeness(name) in OURS or likeness(name) in await _names_of_agents()


def email_error(email: str) -> str:
    """Why this is no address; empty when it can be one."""
    if email and (len(email) > LONGEST_EMAIL or not is_email(email)):
        return N_("Enter a full address, such as name@mail.example")
    return ""


def phone_error(phone: str) -> str:
    """Why this is no phone number; empty when it can be one."""
    if not phone:
        return ""
    digits = sum(char.isdigit() for char in phone)
    if len(phone) > LONGEST_PHONE or digits < FEWEST_DIGITS or not PHONE.fullmatch(phone):
        return N_("Enter a number with digits, such as +46 40 123 45 67")
    return ""


async def _names_of_agents() -> set[str]:
    return {likeness(row["name"]) for row in await Agent.select(Agent.name)}
