"""Visitors whose site has signed who they are."""

from typing import Any

from app.contacts.events import VisitorRenewed, VisitorReplaced
from app.contacts.names import cleaned
from app.contacts.news import tell_of
from app.contacts.service import Browser, is_ours
from app.contacts.signatures import Claims
from app.contacts.tables import Contact, Visitor
from app.database import tell, unit_of_work
from app.interactions import log
from app.interactions.events import InteractionChanged, InteractionRenamed
from app.interactions.log import notice
from app.interactions.tables import OPEN, Interaction
from app.moments import now
from app.problems import Refused
from app.tokens import new_token, token_hash
from app.widget.tables import Widget


async def identified(visitor: Visitor | None, claims: Claims) -> tuple[Visitor | None, str]:
    """The visitor of this browser if they are, or become, the signed person; and a new token.

    A chat that is open goes on: its log says from where on the visitor is verified, and what they
    had said of themselves before stays with the contact they were. The visitor of somebody else
    is not theirs, and neither is one of whom nothing is open: then there is none.
    """
    if visitor is None:
        return None, ""
    if not visitor.external_id:
        return await _verified(visitor, claims)
    if visitor.external_id != claims.external_id:
        await replaced(visitor)
        return None, ""
    async with unit_of_work():
        contact = await Contact.objects().get(Contact.id == visitor.contact)
        if contact is not None:
            await _take_details(contact, claims)
    return visitor, ""


async def mint_identified(
    widget: Widget, claims: Claims, *, browser: Browser
) -> tuple[Visitor, str]:
    """A new visitor who is this person from the start, and the visitor's token."""
    token = new_token()
    async with unit_of_work():
        visitor = Visitor(
            widget=widget.id,
            contact=await contact_of(widget.id, claims),
            external_id=claims.external_id,
            token_hash=token_hash(token),
            first_nonce=new_token(),
            address=browser.address,
            user_agent=cleaned(browser.user_agent)[:300],
            language=cleaned(browser.language)[:60],
            created_at=now(),
        )
        await visitor.save()
    return visitor, token


async def replaced(visitor: Visitor) -> None:
    """The visitor's token is worth nothing from now on; their chats stay with their contact."""
    async with unit_of_work():
        await Visitor.update({Visitor.token_hash: token_hash(new_token())}).where(
            Visitor.id == visitor.id
        )
        tell(VisitorReplaced(visitor.id))


async def contact_of(widget_id: int, claims: Claims) -> int:
    """The contact of this identity at this widget, made if there is none; in a unit of work."""
    made = (
        await Contact.insert(
            Contact(
                identity_widget=widget_id,
                external_id=claims.external_id,
                created_at=now(),
            )
        )
        .on_conflict(action="DO NOTHING")
        .returning(Contact.id)
    )
    found = await Contact.objects().get(
        Contact.id == made[0]["id"]
        if made
        else (Contact.identity_widget == widget_id) & (Contact.external_id == claims.external_id)
    )
    if found is not None and found.merged_into:
        found = await Contact.objects().get(Contact.id == found.merged_into)
    if found is None:
        raise RuntimeError("A contact is never deleted.")
    await _take_details(found, claims)
    return found.id


async def _verified(visitor: Visitor, claims: Claims) -> tuple[Visitor | None, str]:
    """An open chat becomes the signed person's, with another token than before.

    Whoever knew the token of the unnamed visitor must not read what the person says from now on.
    """
    token = new_token()
    current = await Interaction.objects().get(
        (Interaction.visitor == visitor.id) & Interaction.state.is_in(list(OPEN))
    )
    if current is None:
        return None, ""
    try:
        async with unit_of_work():
            contact = await contact_of(visitor.widget, claims)
            who = claims.name or claims.email or claims.external_id
            interaction = await log.write(
                current.id,
                notice("verified", body=cleaned(who)),
                states=OPEN,
                refusal="",
                changes={Interaction.contact: contact},
            )
            await _take_visitor(visitor, contact, claims, token)
            tell(VisitorRenewed(visitor.id))
            tell(InteractionChanged(interaction.id, visitor.id, interaction.agent or 0))
            tell(InteractionRenamed(interaction.id))
    except Refused:
        return None, ""  # it has just ended, or is somebody's by now
    return await Visitor.objects().get(Visitor.id == visitor.id), token


async def _take_visitor(visitor: Visitor, contact: int, claims: Claims, token: str) -> None:
    """The unnamed visitor is this contact from now on; Refused when another tab was faster."""
    became = (
        await Visitor.update(
            {
                Visitor.contact: contact,
                Visitor.external_id: claims.external_id,
                Visitor.token_hash: token_hash(token),
            }
        )
        .where(Visitor.id == visitor.id, Visitor.external_id == "")
        .returning(Visitor.id)
    )
    if not became:
        raise Refused("")


async def _take_details(contact: Contact, claims: Claims) -> None:
    """Name and e-mail as signed, when they are others than last time: agents may correct them."""
    signed = f"{claims.name}\n{claims.email}"
    if contact.signed_details == signed:
        return
    name = "" if await is_ours(claims.name) else cleaned(claims.name)
    values = {Contact.name: name, Contact.email: claims.email}
    known: dict[Any, str] = {column: value for column, value in values.items() if value}
    await Contact.update({Contact.signed_details: signed, **known}).where(Contact.id == contact.id)
    await tell_of(contact.id)
