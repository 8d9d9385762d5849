"""Name, declared type and content agree, or the file is not taken."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from app.attachments import content
from app.attachments.kinds import BY_NAME, NotAccepted, kind_of
from app.attachments.names import cleaned, disposition
from tests.attachments.samples import SAMPLES, TYPES, jpg, mp3, office, pdf, png

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ODD = [
    HTML, SVG, b"MZ\x90\x00" + bytes(99), b"\x7fELF" + bytes(99), b"GIF89a" + SAMPLES["docx"],
    b"\x00" * 500, b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\xff\x00", b"RIFF" + bytes(60),
]  # fmt: skip


def recognised(ending, data):
    return BY_NAME[ending].recognises(io.BytesIO(data))


def test_each_sample_is_what_its_ending_says():
    for ending, data in SAMPLES.items():
        assert recognised(ending, data), ending


def test_no_sample_passes_for_another_kind():
    # But for text, which a csv is; and the two of iWork, which are alike from outside.
    alike = [{"txt", "csv"}, {"pages", "numbers"}]
    for ending in SAMPLES:
        for other, data in SAMPLES.items():
            if ending != other and {ending, other} not in alike:
                assert not recognised(ending, data), f"{other} as {ending}"


@pytest.mark.parametrize("data", ODD, ids=range(len(ODD)))
def test_what_is_none_of_them_is_none_of_them(data):
    # F1: html and svg are plain text, and are served as such
    named = [ending for ending in SAMPLES if recognised(ending, data)]

    assert named == (["txt", "csv"] if data in (HTML, SVG) else [])


def test_documents_with_macros_are_refused():
    assert not recognised("docx", office("word", "word/vbaProject.bin"))
    assert not recognised("xlsx", office("xl", "xl/vbaProject.bin"))


def test_an_archive_with_something_before_or_behind_it_is_no_document():
    # F1: a file that is two things at once
    assert not recognised("docx", HTML + SAMPLES["docx"])
    assert not recognised("docx", SAMPLES["docx"] + HTML)


def test_the_directory_of_an_archive_is_read_within_bounds():
    # F7: two million names would take a gigabyte
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w") as archive:
        for number in range(content.MOST_ENTRIES + 1):
            archive.writestr(f"word/{number}", b"")
    lying = SAMPLES["docx"][:-12] + struct.pack("<IIH", 2**32 - 1, 2**32 - 1, 0) + b"\x00\x00"

    tracemalloc.start()
    for data in (huge.getvalue(), lying):
        assert content.zip_names(io.BytesIO(data)) == frozenset()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(huge.getvalue())


@pytest.mark.parametrize(
    "text",
    [
        "plain", "Grüße", "€ 5;ß", "\ufeffwith a mark", "tab\tand\r\nlines\f", "日本語", "🙂",
    ],
)  # fmt: skip
def test_text_is_text_in_utf_8(text):
    assert recognised("csv", text.encode())


def test_text_of_older_programs_is_text():
    assert recognised("csv", "Grüße;€".encode("cp1252"))
    assert not recognised("txt", "Hello".encode("utf-16"))  # it has NULs
    assert not recognised("txt", b"x" * content.BLOCK + b"\x00")


def test_an_mp3_begins_with_tags_or_with_a_frame():
    assert recognised("mp3", b"ID3\x04" + bytes(20) + mp3(1))
    assert not recognised("mp3", b"\xff\xfe" + "text".encode("utf-16-le"))


def test_only_films_are_mp4():
    for brand in (b"isom", b"mp42", b"avc1", b"M4V "):
        assert recognised("mp4", b"\x00\x00\x00\x18ftyp" + brand + bytes(12))
    for brand in (b"heic", b"avif", b"qt  "):
        assert not recognised("mp4", b"\x00\x00\x00\x18ftyp" + brand + bytes(12))


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(640, 480), (640, 480)),
        (jpg(300, 200), (300, 200)),
        (jpg(65535, 65535), (65535, 65535)),
        (jpg()[:30], (0, 0)),
        (b"\xff\xd8" + b"\xff\xe1\x00\x02" * 100_000, (0, 0)),
        (b"\xff\xd8" + b"\xff" * 1000, (0, 0)),
        (png()[:20], (0, 0)),
        (png(0, 0), (0, 0)),
        (pdf(), (0, 0)),
    ],
    ids=range(9),
)
def test_dimensions_are_read_from_the_header(data, size):
    # F7: no picture is decoded
    assert content.dimensions(io.BytesIO(data)) == size


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("a.png", "image/png"), ("A.PNG", "IMAGE/PNG"), ("a.jpeg", "image/jpeg"),
        ("a.csv", "text/csv; charset=utf-8"), ("a.csv", "application/vnd.ms-excel"),
        ("a.pages", ""), ("a.key", "application/octet-stream"), ("a.b.c.pdf", "application/pdf"),
    ],
)  # fmt: skip
def test_what_browsers_declare_is_accepted(name, declared):
    assert kind_of(name, declared).name in SAMPLES


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("a.exe", ""), ("a.svg", "image/svg+xml"), ("a.html", "text/html"), ("a.xml", "text/xml"),
        ("a.png.exe", "image/png"), ("png", "image/png"), ("", "image/png"), ("a.", "image/png"),
        ("a.png", "image/svg+xml"), ("a.txt", "text/html"), ("a.pdf", "application/zip"),
        ("a.docm", TYPES["docx"]), ("photo\u202egnp.exe", "image/png"),
    ],
)  # fmt: skip
def test_another_type_is_refused_by_its_name_or_declaration(name, declared):
    # F1
    with pytest.raises(NotAccepted):
        kind_of(name, declared)


HOSTILE = [
    ("../../etc/passwd.txt", "passwd.txt"),
    ("..\\..\\boot.txt", "boot.txt"),
    ("a\x00.txt", "a.txt"),
    ('a".txt', 'a".txt'),
    ("a\r\nSet-Cookie: x=y.txt", "a Set-Cookie: x=y.txt"),
    ("photo\u202etxt.png", "photo\ufffdtxt.png"),
    ("\u200b.txt", "\ufffd.txt"),
    ("  .. .txt . ", "txt"),
    ("Größe 🙂.png", "Größe 🙂.png"),
    ("x" * 4096 + ".png", "x" * 195 + "….png"),
    ("\ud800.txt", "?.txt"),
]


@pytest.mark.parametrize(("name", "label"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_a_label_and_one_safe_header(name, label):
    # F3, F7
    assert cleaned(name) == label
    header = disposition(label, inline=False)

    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert len(header) < 3000
    assert header.startswith('attachment; filename="')
