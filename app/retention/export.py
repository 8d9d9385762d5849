"""Everything of one contact in a ZIP, made while it is sent."""

import json
import re
import zipfile
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import IO, Any, cast

from app.attachments.storage import Missing, Storage
from app.attachments.tables import Attachment
from app.calls.tables import Call
from app.contacts.names import contact_number
from app.contacts.tables import Contact, PageView, Visitor
from app.interactions.log import NOTE
from app.interactions.tables import Entry, Interaction

# What no file system takes in a name, or takes for something else.
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
CHAT = (
    Interaction.id,
    Interaction.state,
    Interaction.opened_at,
    Interaction.accepted_at,
    Interaction.archived_at,
    Interaction.rating,
    Interaction.rating_comment,
)
LINE = (Entry.seq, Entry.kind, Entry.author, Entry.notice, Entry.body, Entry.created_at)
CALL = (Call.began_by, Call.rang_at, Call.answered_at, Call.ended_at, Call.ended_by, Call.how)
BROWSER = (
    Visitor.id,
    Visitor.external_id,
    Visitor.address,
    Visitor.user_agent,
    Visitor.language,
    Visitor.created_at,
)
FILE = (Attachment.id, Attachment.name, Attachment.size, Attachment.sha256, Attachment.seq)


class _Sink:
    """Where the ZIP writes to; what is taken out is not kept."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, block: bytes) -> int:
        self._written += block
        return len(block)

    def flush(self) -> None:
        """Nothing: what is written is taken."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def exported(contact: Contact, storage: Storage) -> AsyncIterator[bytes]:
    """The ZIP, in blocks: contact.json, a file for each chat, and what was attached.

    Internal notes are not in it: it is made to be handed over. No transaction is held.
    """
    sink = _Sink()
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("contact.json", _json(await _person(contact)))
        yield sink.take()
        chats = Interaction.select(*CHAT).where(Interaction.contact == contact.id)
        for chat in await chats.order_by(Interaction.id):
            files = await Attachment.select(*FILE, Attachment.stored_as).where(
                Attachment.interaction == chat["id"], Attachment.seq.is_not_null()
            )
            whole.writestr(f"chats/{chat['id']}.json", _json(await _chat(chat, files)))
            yield sink.take()
            for file in files:
                async for block in _file(whole, sink, file, storage):
                    yield block
    yield sink.take()


async def _person(contact: Contact) -> dict[str, Any]:
    visitors = await Visitor.select(*BROWSER).where(Visitor.contact == contact.id)
    ids = [row["id"] for row in visitors]
    pages = (
        await PageView.select(PageView.title, PageView.url, PageView.seen_at)
        .where(PageView.visitor.is_in(ids))
        .order_by(PageView.id)
        if ids
        else []
    )
    return {
        "number": contact_number(contact.id),
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "external_id": contact.external_id,
        "created_at": contact.created_at,
        "browsers": visitors,
        "pages": pages,
    }


async def _chat(chat: dict[str, Any], files: Iterable[dict[str, Any]]) -> dict[str, Any]:
    lines = (
        await Entry.select(*LINE)
        .where(Entry.interaction == chat["id"], Entry.kind != NOTE)
        .order_by(Entry.seq)
    )
    listed = [
        {name: value for name, value in file.items() if name != "stored_as"} | {"path": _path(file)}
        for file in files
    ]
    of_chat = Call.interaction == chat["id"]
    calls = await Call.select(*CALL).where(of_chat).order_by(Call.id)
    return {**chat, "entries": lines, "calls": calls, "files": listed}


async def _file(
    whole: zipfile.ZipFile, sink: _Sink, file: dict[str, Any], storage: Storage
) -> AsyncIterator[bytes]:
    try:
        async with storage.reading(file["stored_as"], 0, file["size"]) as blocks:
            with whole.open(_path(file), "w", force_zip64=True) as member:
                async for block in blocks:
                    member.write(block)
                    yield sink.take()
    except Missing:
        return  # lost before; its name stays in the list of the chat
    yield sink.take()


def _path(file: dict[str, Any]) -> str:
    return f"files/{file['id']}-{UNSAFE.sub('_', file['name'])}"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
