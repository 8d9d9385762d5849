"""What a file really is, told by its bytes; each look reads a bounded part, whatever the size."""

import re
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

HEAD = 64
BLOCK = 256 * 1024
# A file of a listed type by its first bytes is no text, even if every byte of it is readable.
NOT_TEXT = (b"%PDF-", b"{\\rtf", b"PK\x03\x04")
# All but tab, line feed, form feed and carriage return.
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# SOF markers but for 0xC4, 0xC8 and 0xCC, which are no frames (ITU-T T.81, table B.1).
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
BARE_MARKERS = {0x01, *range(0xD0, 0xDA)}
SEGMENTS = 500  # a photograph has a few dozen before its frame
# Brands of ISO media files that are something else than a film (ISO/IEC 14496-12, 4.3).
OTHER_BRANDS = {b"qt  ", b"heic", b"heix", b"mif1", b"avif", b"avis", b"M4A ", b"crx ", b"jp2 "}

ZIP_END, ZIP_ENTRY = b"PK\x05\x06", b"PK\x01\x02"
ZIP_TAIL = 22 + 65_535
MOST_ENTRIES, LONGEST_DIRECTORY = 20_000, 4 * 1024 * 1024


def is_png(file: BinaryIO) -> bool:
    head = _head(file)
    return head.startswith(PNG) and head[12:16] == b"IHDR"


def is_jpeg(file: BinaryIO) -> bool:
    return _head(file).startswith(JPEG)


def is_mp3(file: BinaryIO) -> bool:
    """With tags before it, or a frame of MPEG audio, layer III, at once."""
    head = _head(file)
    if head.startswith(b"ID3"):
        return True
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - the frame's sync
        return False
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    bitrate, rate = head[2] >> 4, (head[2] >> 2) & 3
    return version != 1 and layer == 1 and bitrate not in {0, 15} and rate != 3  # noqa: PLR2004


def is_mp4(file: BinaryIO) -> bool:
    head = _head(file)
    return head[4:8] == b"ftyp" and head[8:12] not in OTHER_BRANDS


def is_pdf(file: BinaryIO) -> bool:
    return _head(file).removeprefix(b"\xef\xbb\xbf").startswith(b"%PDF-")


def is_rtf(file: BinaryIO) -> bool:
    return _head(file).startswith(b"{\\rtf")


def is_text(file: BinaryIO) -> bool:
    """Text in UTF-8 or in an older 8-bit code: nothing in it that only a machine reads."""
    if _head(file).startswith(NOT_TEXT):
        return False
    file.seek(0)
    while block := file.read(BLOCK):
        if CONTROL.search(block):
            return False
    return True


def is_office(folder: str) -> Callable[[BinaryIO], bool]:
    """A document of Office whose parts are in this folder, without macros."""

    def recognises(file: BinaryIO) -> bool:
        names = zip_names(file)
        return (
            "[Content_Types].xml" in names
            and any(name.startswith(folder) for name in names)
            and not any(name.lower().endswith("vbaproject.bin") for name in names)
        )

    return recognises


def is_pages(file: BinaryIO) -> bool:
    return _is_iwork(file, slides=False)


def is_numbers(file: BinaryIO) -> bool:
    return _is_iwork(file, slides=False)


def is_keynote(file: BinaryIO) -> bool:
    return _is_iwork(file, slides=True)


def _is_iwork(file: BinaryIO, *, slides: bool) -> bool:
    """A document of iWork; only Keynote's has slides, the other two look alike from outside."""
    names = zip_names(file)
    older = {"index.apxl"} if slides else {"index.xml"}
    if "Index.zip" in names or names & older:
        return True
    parts = {name for name in names if name.startswith("Index/") and name.endswith(".iwa")}
    has_slides = any("Slide" in name for name in parts)
    return "Index/Document.iwa" in parts and has_slides == slides


def zip_names(file: BinaryIO) -> frozenset[str]:
    """The names in a zip archive, from its directory alone; nothing is unpacked.

    Empty for what is no archive from its first byte to its last, and for a directory so large
    that reading it would cost more than any document needs.
    """
    if not _head(file).startswith(b"PK\x03\x04"):
        return frozenset()
    length = file.seek(0, 2)
    file.seek(max(0, length - ZIP_TAIL))
    tail = file.read(ZIP_TAIL)
    at = tail.rfind(ZIP_END)
    if at < 0 or len(tail) - at < 22:  # noqa: PLR2004 - of the end record
        return frozenset()
    count, size, offset, comment = struct.unpack("<HIIH", tail[at + 10 : at + 22])
    end = length - len(tail) + at
    if (
        end + 22 + comment != length
        or offset + size != end
        or count > MOST_ENTRIES
        or size > LONGEST_DIRECTORY
    ):
        return frozenset()
    file.seek(offset)
    names = list(_directory(file.read(size)))
    return frozenset(names) if len(names) == count else frozenset()


def _directory(directory: bytes) -> Iterator[str]:
    at = 0
    while directory[at : at + 4] == ZIP_ENTRY and len(directory) >= at + 46:
        name, extra, comment = struct.unpack("<HHH", directory[at + 28 : at + 34])
        yield directory[at + 46 : at + 46 + name].decode("utf-8", "replace")
        at += 46 + name + extra + comment


def dimensions(file: BinaryIO) -> tuple[int, int]:
    """Width and height of a png or jpg, from its header; zeros where it does not say."""
    head = _head(file)
    if head.startswith(PNG):
        width, height = struct.unpack(">II", head[16:24]) if len(head) >= 24 else (0, 0)  # noqa: PLR2004
        return _sensible(width, height)
    return _sensible(*_jpeg_dimensions(file)) if head.startswith(JPEG) else (0, 0)


def _jpeg_dimensions(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    for _ in range(SEGMENTS):
        mark, marker = file.read(1), file.read(1)
        while marker == b"\xff":  # fill bytes
            marker = file.read(1)
        if mark != b"\xff" or not marker:
            return 0, 0
        if marker[0] in BARE_MARKERS:
            continue
        segment = file.read(2)
        if len(segment) < 2:  # noqa: PLR2004 - a length
            return 0, 0
        if marker[0] in FRAMES:
            frame = file.read(5)
            height, width = struct.unpack(">HH", frame[1:5]) if len(frame) == 5 else (0, 0)  # noqa: PLR2004
            return width, height
        file.seek(max(0, int.from_bytes(segment, "big") - 2), 1)
    return 0, 0


def _sensible(width: int, height: int) -> tuple[int, int]:
    return (width, height) if 0 < width < 2**31 and 0 < height < 2**31 else (0, 0)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(HEAD)
