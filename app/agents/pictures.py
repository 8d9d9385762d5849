"""Pictures of agents: what is taken, how it is kept, and how it is served."""

import hashlib
import re
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
JPEG, JPEG_END = b"\xff\xd8", b"\xff\xd9"
SCAN, FILL, APP0, JFIF = 0xDA, 0xFF, 0xE0, b"JFIF\0"
APP1, EXIF, ORIENTATION, SHORT, TURNED = 0xE1, b"Exif\0\0", 0x0112, 3, range(2, 9)
# Frames of every kind, but for DHT, JPG and DAC, whose numbers lie between them.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
AFTER_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # a marker that is no part of the scan
# Only what it takes to draw a picture is kept. The rest says where, when and by whom it was made,
# or is a second picture, such as the one from before it was cut: Exif, XMP, comments, thumbnails.
# Of Exif only the way up is written anew, as phones hold most pictures on their side.
DRAWN_OF_JPEG = FRAMES | {0xC4, 0xCC, SCAN, 0xDB, 0xDC, 0xDD, APP0, 0xEE}
DRAWN_OF_PNG = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"sBIT"}

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
    """Read the chunks up to the last, and what comes after it never."""
    if content[12:16] != b"IHDR":
        raise ValueError("no picture")
    width, height = struct.unpack(">II", content[16:24])
    kept, kind, at = [PNG], b"", len(PNG)
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + length
        if end > len(content):
            raise ValueError("not whole")
        if kind in DRAWN_OF_PNG:
            kept.append(content[at:end])
        at = end
    return "png", b"".join(kept), (width, height)


def _jpeg(content: bytes) -> tuple[str, bytes, tuple[int, int]]:
    """Read the segments, each scan with its data, up to the end, and what comes after it never."""
    if not content.startswith(JPEG):
        raise ValueError("no picture")
    kept, sides, at, turned = [JPEG], (0, 0), 2, b""
    while content[at : at + 2] != JPEG_END:
        mark, number, length = struct.unpack(">BBH", content[at : at + 4])
        if mark != FILL:
            raise ValueError("no segment")
        if number == FILL:
            at += 1
            continue
        end = at + 2 + length
        if number in FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            sides = (width, height)
        if number == SCAN:
            end = _end_of_scan(content, end)
        if number in DRAWN_OF_JPEG:
            segment = content[at:end]
            kept.append(_without_thumbnail(segment) if number == APP0 else segment)
        if number == APP1 and not turned:
            turned = _way_up(content[at + 4 : end])
            kept.append(turned)
        at = end
    return "jpg", b"".join([*kept, JPEG_END]), sides


def _end_of_scan(content: bytes, start: int) -> int:
    found = AFTER_SCAN.search(content, start)
    if found is None:
        raise ValueError("not whole")
    return found.start()


def _way_up(data: bytes) -> bytes:
    """Exif that says how the picture is turned, and nothing else; empty where it is not turned."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[6:10]) if data.startswith(EXIF) else None
    if order is None:
        return b""
    try:
        return _exif(_orientation(data[len(EXIF) :], order))
    except struct.error:
        return b""  # cut short: the picture itself may be whole


def _orientation(tiff: bytes, order: str) -> int:
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, at)
    for entry in range(at + 2, at + 2 + 12 * entries, 12):
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
        if (tag, kind, count) == (ORIENTATION, SHORT, 1):
            return int(value)
    return 1


def _exif(orientation: int) -> bytes:
    if orientation not in TURNED:
        return b""
    entry = struct.pack(">HHIHH", ORIENTATION, SHORT, 1, orientation, 0)
    data = EXIF + b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return struct.pack(">BBH", FILL, APP1, len(data) + 2) + data


def _without_thumbnail(segment: bytes) -> bytes:
    """The JFIF header with no picture in it (ITU-T T.871, 10.1); nothing of another one."""
    if segment[4:9] != JFIF or len(segment) < 18:  # noqa: PLR2004 - marker, length and header
        return b""
    return segment[:2] + b"\0\x10" + segment[4:16] + b"\0\0"
