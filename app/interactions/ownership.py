"""Which chats a visitor may look back on."""

from app.contacts.tables import Visitor
from app.interactions.tables import Entry


async def first_own(visitor: Visitor) -> int:
    """The id of the first interaction that is theirs; 0 when all of the browser's are.

    A signed person has the chat in which they were verified and those after it: what an unnamed
    visitor said in that browser before may be somebody else's.
    """
    if not visitor.external_id:
        return 0
    verified = (
        await Entry.select(Entry.interaction)
        .where(Entry.interaction.visitor == visitor.id, Entry.notice == "verified")
        .order_by(Entry.interaction)
        .first()
    )
    return verified["interaction"] if verified else 0
