"""The files of a standard response: uploaded on its page, removed there, brought along in chats."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from app.administration.audit import CHANGED, record
from app.administration.fields import LARGEST_ID
from app.agents.tables import Agent
from app.attachments.kinds import Kind, NotAccepted
from app.attachments.receiving import Received
from app.attachments.storage import Storage, new_name
from app.database import unit_of_work
from app.languages import N_
from app.moments import now
from app.problems import NotFound, Refused
from app.responses.tables import ResponseFile, StandardResponse

KIND = "standard response"
MOST = 5


async def files_of(response: StandardResponse) -> Sequence[ResponseFile]:
    """The files of a response, the first one first."""
    found: list[ResponseFile] = (
        await ResponseFile.objects()
        .where(ResponseFile.response == response.id)
        .order_by(ResponseFile.id)
    )
    return found


async def check_place(response: StandardResponse) -> None:
    """Refuse one more file than a response may have."""
    if await ResponseFile.count().where(ResponseFile.response == response.id) >= MOST:
        raise Refused(N_("A response has at most {count} files.", count=MOST))


async def add(
    response: StandardResponse,
    came: Received,
    file: ResponseFile,
    kind: Kind,
    *,
    storage: Storage,
    by: Agent,
) -> None:
    """Store a received file with the response; a retry under the same number changes nothing."""
    await asyncio.to_thread(_check, came.path, file.name, kind)
    file.kind, file.size, file.sha256 = kind.name, came.size, came.sha256
    file.stored_as, file.created_at = new_name(), now()
    await storage.keep(came.path, file.stored_as)
    stored = False
    try:
        stored = await _insert(response, file, by)
    finally:
        if not stored:
            await storage.remove(file.stored_as)


async def remove(response: StandardResponse, file_id: int, *, storage: Storage, by: Agent) -> None:
    """Take a file away from the response; chats that it was sent in keep their own."""
    async with unit_of_work():
        gone = (
            await ResponseFile.delete()
            .where(ResponseFile.id == file_id, ResponseFile.response == response.id)
            .returning(ResponseFile.name, ResponseFile.stored_as)
            if 0 < file_id <= LARGEST_ID
            else []
        )
        if not gone:
            raise NotFound
        thing = (KIND, response.id, response.title)
        await record(by, CHANGED, thing, before={N_("File"): gone[0]["name"]})
    await storage.remove(gone[0]["stored_as"])


async def _insert(response: StandardResponse, file: ResponseFile, by: Agent) -> bool:
    """Whether the row is new; its number may be there already."""
    async with unit_of_work():
        # Takes the response's lock, so that two files at once do not both have the last place.
        await StandardResponse.update({StandardResponse.used: StandardResponse.used}).where(
            StandardResponse.id == response.id
        )
        await check_place(response)
        made = (
            await ResponseFile.insert(file)
            .on_conflict(action="DO NOTHING")
            .returning(ResponseFile.id)
        )
        if made:
            thing = (KIND, response.id, response.title)
            await record(by, CHANGED, thing, after={N_("File"): file.name})
    return bool(made)


def _check(path: Path, name: str, kind: Kind) -> None:
    with path.open("rb") as content:
        if not kind.recognises(content):
            raise NotAccepted(
                N_("“{name}” is not what its ending says, so it was not kept.", name=name)
            )
