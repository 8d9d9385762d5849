"""Removing chats and people; each runs inside a unit of work and gives the files to remove."""

from app.attachments.tables import Attachment
from app.calls.tables import Call
from app.contacts.events import VisitorReplaced
from app.contacts.tables import Contact, Visitor
from app.database import tell
from app.interactions import log
from app.interactions.log import MESSAGE, NOTE, notice
from app.interactions.ratings import in_words
from app.interactions.tables import ARCHIVED, MISSED, Entry, Interaction
from app.languages import N_
from app.mail.tables import OutgoingMail
from app.moments import now
from app.routing.tables import Offer
from app.tokens import new_token, token_hash

GONE = N_("It is open again.")
# Notices whose words say something about the contact.
PERSONAL = ("offline", "visited", "verified", "merged")


async def delete_chat(chat: Interaction) -> list[str]:
    """Delete an interaction that has ended, with all that hangs on it."""
    await log.write(chat.id, states=(ARCHIVED, MISSED), refusal=GONE)
    files = await _files_of(chat.id)
    await Interaction.delete().where(Interaction.id == chat.id)
    return files


async def anonymise_chat(chat: Interaction) -> list[str]:
    """Remove words, files and person from an interaction that has ended; its numbers stay.

    It becomes a chat of nobody, so that nothing leads from it to who it was with.
    """
    nobody = await _nobody(chat.widget)
    written = await log.write(
        chat.id,
        notice("removed"),
        states=(ARCHIVED, MISSED),
        refusal=GONE,
        changes={
            Interaction.contact: nobody.contact,
            Interaction.visitor: nobody.id,
            Interaction.forgotten_at: now(),
            Interaction.last_preview: "",
            Interaction.rating_comment: "",
            Interaction.wrap_up_note: "",
        },
        conditions=(Interaction.forgotten_at.is_null(),),
    )
    of_chat = Entry.interaction == chat.id
    await Entry.update({Entry.body: "", Entry.nonce: None}).where(
        of_chat, Entry.kind.is_in([MESSAGE, NOTE])
    )
    await Entry.update({Entry.notice: "removed", Entry.body: ""}).where(
        of_chat, Entry.notice.is_in(list(PERSONAL))
    )
    if written.rating:
        await Entry.update({Entry.body: in_words(written.rating, "")}).where(
            of_chat, Entry.notice == "rated"
        )
    await Call.update({Call.visitor: nobody.id}).where(Call.interaction == chat.id)
    await Offer.update({Offer.note: ""}).where(Offer.interaction == chat.id)
    await OutgoingMail.delete().where(OutgoingMail.interaction == chat.id)
    return await _files_of(chat.id)


async def remove_if_alone(visitor_id: int, contact_id: int) -> list[str]:
    """Remove a visitor who has no chat any more, and a contact who has nobody."""
    if await Interaction.exists().where(Interaction.visitor == visitor_id):
        return []
    files = await remove_visitor(visitor_id)
    if not (
        await Interaction.exists().where(Interaction.contact == contact_id)
        or await Visitor.exists().where(Visitor.contact == contact_id)
    ):
        await remove_contact(contact_id)
    return files


async def remove_visitor(visitor_id: int) -> list[str]:
    """Remove a visitor without chats, with their pages and unsent files; their token dies."""
    rows = (
        await Attachment.delete()
        .where(Attachment.visitor == visitor_id)
        .returning(Attachment.stored_as)
    )
    await Visitor.delete().where(Visitor.id == visitor_id)
    tell(VisitorReplaced(visitor_id))
    return [row["stored_as"] for row in rows]


async def remove_contact(contact_id: int) -> None:
    """Remove a contact without visitors and chats, with all that were merged into it."""
    await Contact.delete().where((Contact.merged_into == contact_id) | (Contact.id == contact_id))


async def _files_of(interaction_id: int) -> list[str]:
    rows = (
        await Attachment.delete()
        .where(Attachment.interaction == interaction_id)
        .returning(Attachment.stored_as)
    )
    return [row["stored_as"] for row in rows]


async def _nobody(widget_id: int) -> Visitor:
    contact = await Contact.insert(Contact(created_at=now())).returning(Contact.id)
    visitor = Visitor(
        widget=widget_id,
        contact=contact[0]["id"],
        token_hash=token_hash(new_token()),
        first_nonce=new_token()[:64],
        came_back=True,
        created_at=now(),
    )
    await visitor.save()
    return visitor
