"""Old chats go when their widget's time for them is over, a few at a time."""

from collections.abc import Sequence

import structlog

from app.attachments.storage import Storage
from app.database import unit_of_work
from app.interactions.tables import ARCHIVED, MISSED, Interaction
from app.moments import ago
from app.problems import Refused
from app.retention.removal import anonymise_chat, delete_chat, remove_if_alone
from app.widget.tables import ANONYMISE, Widget

DAY = 24 * 3600
BATCH = 100
log = structlog.get_logger()


async def remove_old(storage: Storage) -> None:
    """Remove, as each widget says, some of the chats that ended long enough ago."""
    for widget in await Widget.objects().where(Widget.keep_days > 0):
        due = (
            await Interaction.objects()
            .where(
                Interaction.widget == widget.id,
                Interaction.forgotten_at.is_null(),
                Interaction.archived_at < ago(widget.keep_days * DAY),
                Interaction.state.is_in([ARCHIVED, MISSED]),
            )
            .order_by(Interaction.archived_at)
            .limit(BATCH)
        )
        for chat in due:
            await remove_files(storage, await _removed(chat, anonymise=widget.removal == ANONYMISE))
        if due:
            log.info("old chats removed", widget=widget.id, chats=len(due), how=widget.removal)


async def remove_files(storage: Storage, names: Sequence[str]) -> None:
    """Remove the files whose rows are gone; one that a fault leaves behind is found later."""
    for name in names:
        await storage.remove(name)


async def _removed(chat: Interaction, *, anonymise: bool) -> list[str]:
    try:
        async with unit_of_work():
            files = await (anonymise_chat(chat) if anonymise else delete_chat(chat))
            return files + await remove_if_alone(chat.visitor, chat.contact)
    except Refused:
        return []  # it was opened again meanwhile
