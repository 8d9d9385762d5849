"""Pictures of agents: what is taken, how it is kept, and how it is served."""

import hashlib
import struct

from litestar import Response, get
from litestar.params import FromPath

from app.agents.tables import Agent, Picture
from app.database import unit_of_work
from app.languages import N_
from app.problems import Invalid, NotFound

LARGEST = 1024 * 1024
LARGEST_SIDE = 4000
TYPES = {"png": "image/png", "jpg": "image/jpeg"}
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
PNG = b"\x89PNG\r\n\x1a\n"
JPEG, SCAN = b"\xff\xd8", 0xDA
# Frames of every kind, but for DHT, JPG and DAC, whose numbers lie between them.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# What a camera adds: where and when it was taken, and by whom. It is nobody's business.
NOTES = {*range(0xE1, 0xEE), 0xEF, 0xFE}

NO_PICTURE = N_("Choose a picture in the format png or jpg.")
TOO_LARGE = N_("Choose a picture of at most 1 MB, and of at most 4,000 pixels on a side.")


def checked(content: bytes) -> tuple[str, bytes]:
    """The kind of a picture by its content alone, and what is kept of it; Invalid for any other."""
    if len(content) > LARGEST:
        raise Invalid({"picture": TOO_LARGE})
    try:
        kind, kept, sides = _png(content) if content.startswith(PNG) else _jpeg(content)
    except (struct.error, IndexError, ValueError) as error:
        raise Invalid({"picture": NO_PICTURE}) from error
    if not all(0 < side <= LARGEST_SIDE for side in sides):
        raise Invalid({"picture": TOO_LARGE})
    return kind, kept


async def set_picture(agent_id: int, content: bytes) -> None:
    """Give the agent this picture; the same one of two agents is kept once."""
    kind, kept = checked(content)
    digest = hashlib.sha256(kept).hexdigest()
    async with unit_of_work():
        await Picture.insert(Picture(digest=digest, kind=kind, content=kept)).on_conflict(
            action="DO NOTHING"
        )
        await Agent.update({Agent.picture: digest}).where(Agent.id == agent_id)


async def remove_picture(agent_id: int) -> None:
    """The agent is shown by two letters again."""
    await Agent.update({Agent.picture: ""}).where(Agent.id == agent_id)


@get("/pictures/{digest:str}", name="pictures")
async def picture(digest: FromPath[str]) -> Response[bytes]:
    """A picture by the hash of its content, which only pages that show it name."""
    found = await Picture.objects().get(Picture.digest == digest) if digest.isalnum() else None
    if found is None:
        raise NotFound
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": POLICY,
    }
    return Response(bytes(found.content), media_type=TYPES[found.kind], headers=headers)


def _png(content: bytes) -> tuple[str, bytes, tuple[int, int]]:
    if content[12:16] != b"IHDR" or b"IEND" not in content[-12:]:
        raise ValueError("not whole")
    width, height = struct.unpack(">II", content[16:24])
    return "png", content, (width, height)


def _jpeg(content: bytes) -> tuple[str, bytes, tuple[int, int]]:
    """Read the segments up to the picture itself; those with notes are left out."""
    if not content.startswith(JPEG) or b"\xff\xd9" not in content[-64:]:
        raise ValueError("not whole")
    kept, sides, at = [JPEG], (0, 0), 2
    while True:
        mark, number, length = struct.unpack(">BBH", content[at : at + 4])
        if mark != 0xFF:  # noqa: PLR2004 - where a segment begins
            raise ValueError("no segment")
        segment = content[at : at + 2 + length]
        if number == SCAN:
            return "jpg", b"".join([*kept, content[at:]]), sides
        if number in FRAMES:
            height, width = struct.unpack(">HH", segment[5:9])
            sides = (width, height)
        if number not in NOTES:
            kept.append(segment)
        at += 2 + length
