"""The verbs of a file: keep what was uploaded, attach it to a message once, remove what is left."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import structlog
from piccolo.columns.combination import And

from app.agents.tables import Agent
from app.attachments.content import dimensions
from app.attachments.kinds import Kind, NotAccepted
from app.attachments.receiving import MEGABYTE, NoRoom, Received, forget_parts
from app.attachments.storage import Storage, new_name
from app.attachments.tables import Attachment, IncomingFile
from app.contacts.tables import Visitor
from app.database import unit_of_work
from app.interactions.tables import Interaction
from app.languages import N_
from app.moments import ago, now
from app.problems import NotFound, Refused
from app.responses.tables import ResponseFile
from app.settings import Settings
from app.widget.tables import Widget

MOST = 10
AT_ONCE = 10  # uploads of one person, on their way
AT_ONCE_ADDRESS = 20  # uploads of visitors from one address, on their way
MOST_PIXELS = 100_000_000  # an image with more is no preview: drawing it takes 400 MB
FOR_VISITORS = 90  # per cent of a widget's quota: an agent can send a file whatever visitors did
# What is on its way has its room already, in whichever process.
TAKEN = """
SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS of_all,
       CAST(COALESCE(SUM(CASE WHEN visitor = {} THEN size END), 0) AS BIGINT) AS own
FROM (
  SELECT visitor, size FROM attachments WHERE widget = {}
  UNION ALL
  SELECT visitor, size FROM incoming_files WHERE widget = {} AND until > {}
) files
"""
FULL = N_("There is no room for more files here. Nothing was stored; your text is kept.")
FULL_OF_YOURS = N_(
    "Your files fill all the room that you have here. This one was not stored; your text is kept."
)
GONE = N_("A file is not there any more. Attach it again; your text is kept.")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who uploads: a visitor, or an agent into one interaction."""

    visitor: int | None = None
    agent: int | None = None
    interaction: int | None = None

    @property
    def owns(self) -> And:
        """The condition under which an attachment is theirs to send."""
        if self.visitor:
            return (Attachment.visitor == self.visitor) & Attachment.agent.is_null()
        return (Attachment.agent == self.agent) & (Attachment.interaction == self.interaction)


def by_visitor(visitor: Visitor) -> Uploader:
    """The visitor as who uploads."""
    return Uploader(visitor=visitor.id)


def by_agent(agent: Agent, interaction_id: int) -> Uploader:
    """The agent as who uploads into an interaction that they have."""
    return Uploader(agent=agent.id, interaction=interaction_id)


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of an upload before its bytes."""

    upload_id: str
    name: str
    kind: Kind
    widget: int


async def widget_of(interaction_id: int) -> int:
    """The widget whose quota the interaction's files count for."""
    row = (
        await Interaction.select(Interaction.widget).where(Interaction.id == interaction_id).first()
    )
    if row is None:
        raise NotFound
    widget: int = row["widget"]
    return widget


@asynccontextmanager
async def room_for(
    most: int, described: Described, uploader: Uploader, settings: Settings
) -> AsyncIterator[str]:
    """Take the room for a file of so many bytes at most, while it is on its way; gives its name."""
    coming = IncomingFile(
        stored_as=new_name(),
        widget=described.widget,
        visitor=uploader.visitor,
        size=most,
        until=now() + timedelta(minutes=settings.upload_minutes),
    )
    async with unit_of_work():
        await _check_room(described.widget, uploader.visitor, most, settings)
        await IncomingFile.insert(coming)
    try:
        yield coming.stored_as
    finally:
        await _give_room_back(coming.stored_as)


async def _check_room(
    widget_id: int, visitor_id: int | None, size: int, settings: Settings
) -> None:
    """Refuse what there is no room for: in the widget's quota or in the visitor's."""
    # Takes the widget's lock, so that two files at once do not both have the last room.
    await Widget.update({Widget.key: Widget.key}).where(Widget.id == widget_id)
    [taken] = await Attachment.raw(TAKEN, visitor_id or 0, widget_id, widget_id, now())
    quota = settings.widget_quota_mb * MEGABYTE
    if taken["of_all"] + size > (quota if visitor_id is None else quota * FOR_VISITORS // 100):
        raise NoRoom(FULL)
    if visitor_id and taken["own"] + size > settings.visitor_quota_mb * MEGABYTE:
        raise NoRoom(FULL_OF_YOURS)


async def _give_room_back(name: str) -> None:
    await IncomingFile.delete().where(IncomingFile.stored_as == name)


async def keep(
    came: Received,
    described: Described,
    uploader: Uploader,
    storage: Storage,
    *,
    name: str,
    settings: Settings,
) -> Attachment:
    """Store a received file whose content is what it is said to be; a retry finds the same one."""
    width, height = await asyncio.to_thread(_inspected, came.path, described)
    row = Attachment(
        upload_id=described.upload_id,
        widget=described.widget,
        visitor=uploader.visitor,
        agent=uploader.agent,
        interaction=uploader.interaction,
        name=described.name,
        kind=described.kind.name,
        size=came.size,
        sha256=came.sha256,
        width=width,
        height=height,
        stored_as=name,
        created_at=now(),
    )
    await storage.keep(came.path, name)
    stored = False
    try:
        stored = await _insert(row, settings)
    finally:
        if not stored:
            await storage.remove(name)
    return await _with_upload_id(row, uploader)


async def _insert(row: Attachment, settings: Settings) -> bool:
    """Whether the row is new; its upload's id may be there already."""
    async with unit_of_work():
        await _give_room_back(row.stored_as)
        await _check_room(row.widget, row.visitor, row.size, settings)
        made = (
            await Attachment.insert(row).on_conflict(action="DO NOTHING").returning(Attachment.id)
        )
    return bool(made)


async def _with_upload_id(row: Attachment, uploader: Uploader) -> Attachment:
    """The upload of this id: the one just made, or the same made by a try before."""
    found = await Attachment.objects().get((Attachment.upload_id == row.upload_id) & uploader.owns)
    if found is None:
        raise NotFound
    if found.is_sent or found.sha256 != row.sha256:
        raise Refused(N_("Another file was uploaded under this number. Attach it again."))
    return found


def _inspected(path: Path, described: Described) -> tuple[int, int]:
    """Dimensions, once the content is known to be of its kind."""
    with path.open("rb") as file:
        if not file.read(1):
            raise NotAccepted(N_("“{name}” is empty, so it was not sent.", name=described.name))
        if not described.kind.recognises(file):
            raise NotAccepted(
                N_("“{name}” is not what its ending says, so it was not sent.", name=described.name)
            )
        return _previewable(file) if described.kind.shown_as == "image" else (0, 0)


def _previewable(file: BinaryIO) -> tuple[int, int]:
    width, height = dimensions(file)
    return (width, height) if width * height <= MOST_PIXELS else (0, 0)


# With a message, inside its unit of work.


async def names_of(upload_ids: Sequence[str], uploader: Uploader) -> list[str]:
    """The names of these uploads of theirs, in this order, sent or not; else NotFound."""
    if not upload_ids:
        return []
    rows = await Attachment.select(Attachment.upload_id, Attachment.name).where(
        Attachment.upload_id.is_in(list(upload_ids)) & uploader.owns
    )
    names = {row["upload_id"]: row["name"] for row in rows}
    if len(names) < len(upload_ids):
        raise NotFound(GONE)
    return [names[one] for one in upload_ids]


async def attach(
    upload_ids: Sequence[str], uploader: Uploader, *, interaction_id: int, seq: int
) -> None:
    """Give these uploads to an entry, each once; NotFound when one is used or not theirs."""
    for position, upload_id in enumerate(upload_ids):
        used = (
            await Attachment.update(
                {
                    Attachment.interaction: interaction_id,
                    Attachment.seq: seq,
                    Attachment.position: position,
                }
            )
            .where((Attachment.upload_id == upload_id) & uploader.owns & Attachment.seq.is_null())
            .returning(Attachment.id)
        )
        if not used:
            raise NotFound(GONE)


async def sent_with(interaction_id: int, seq: int) -> list[str]:
    """The upload ids of an entry, in their order."""
    rows = (
        await Attachment.select(Attachment.upload_id)
        .where(Attachment.interaction == interaction_id, Attachment.seq == seq)
        .order_by(Attachment.position)
    )
    return [row["upload_id"] for row in rows]


# Sweeps.


async def remove_unsent(storage: Storage, keep_minutes: int) -> None:
    """Remove uploads that no message took in time, rows first."""
    left = (
        await Attachment.delete()
        .where(Attachment.seq.is_null(), Attachment.created_at < ago(keep_minutes * 60))
        .returning(Attachment.stored_as)
    )
    for row in left:
        await storage.remove(row["stored_as"])


async def remove_lost(storage: Storage, settings: Settings) -> None:
    """Remove files whose row is gone, and what was never received to its end."""
    before = ago(settings.upload_keep_minutes * 60)
    await IncomingFile.delete().where(IncomingFile.until < now())
    await forget_parts(settings.parts, before)
    async for names in storage.older_than(before):
        if not names:
            continue
        for name in set(names) - await _known(names):
            await storage.remove(name)
            log.info("a file without a row was removed", name=name)


async def _known(names: Sequence[str]) -> set[str]:
    """Those of these names that a row has, of a chat or of a standard response."""
    known: set[str] = set()
    for table in (Attachment, ResponseFile):
        rows = await table.select(table.stored_as).where(table.stored_as.is_in(list(names)))
        known |= {row["stored_as"] for row in rows}
    return known
