"""A small, valid file of every kind that may be sent."""

import io
import struct
import zipfile
import zlib

OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "txt": "text/plain",
    "rtf": "application/rtf",
    "pages": "application/vnd.apple.pages",
    "csv": "text/csv",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "numbers": "application/vnd.apple.numbers",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "key": "application/vnd.apple.keynote",
}


def png(width=64, height=48, colour=(180, 140, 90)):
    """A plain picture."""
    row = b"\x00" + bytes(colour) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(row * height)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def jpg(width=1, height=1):
    """A grey baseline JPEG of one block; its frame may claim other dimensions."""
    table = bytes([0xFF, 0xDB, 0, 67, 0]) + bytes([16] * 64)
    frame = bytes([0xFF, 0xC0, 0, 11, 8]) + struct.pack(">HH", height, width) + bytes([1, 1, 17, 0])
    codes = bytes([0, 1]) + bytes(14)
    dc = bytes([0xFF, 0xC4, 0, 20, 0x00]) + codes + bytes([0])
    ac = bytes([0xFF, 0xC4, 0, 20, 0x10]) + codes + bytes([0])
    scan = bytes([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x0F])
    app = bytes([0xFF, 0xE0, 0, 16]) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return b"\xff\xd8" + app + table + frame + dc + ac + scan + b"\xff\xd9"


def mp3(frames=40):
    """A second of silence: frames of MPEG 1, layer III, 128 kbit/s, 44.1 kHz."""
    return (b"\xff\xfb\x90\xc4" + bytes(413)) * frames


def mp4():
    """A container that says what it is and holds nothing."""
    brand = b"ftypisom\x00\x00\x02\x00isomiso2mp41"
    return struct.pack(">I", len(brand) + 4) + brand + struct.pack(">I", 8) + b"free"


def pdf():
    """One empty page."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def zipped(*names, content=b"<x/>"):
    """An archive with these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def office(folder, *more):
    """A document of Office with its parts in this folder."""
    return zipped("[Content_Types].xml", "_rels/.rels", f"{folder}/document.xml", *more)


SAMPLES = {
    "png": png(),
    "jpg": jpg(),
    "mp3": mp3(),
    "mp4": mp4(),
    "pdf": pdf(),
    "docx": office("word"),
    "txt": "Grüße aus Malmö\n".encode(),
    "rtf": b"{\\rtf1\\ansi Hello}",
    "pages": zipped("Index/Document.iwa", "Metadata/Properties.plist"),
    "csv": b"lamp;price\r\nAlder;289\r\n",
    "xlsx": office("xl"),
    "numbers": zipped("Index/Document.iwa", "Index/CalculationEngine.iwa"),
    "pptx": office("ppt"),
    "key": zipped("Index/Document.iwa", "Index/TemplateSlide-1.iwa"),
}
