"""Pictures of agents: by their content, without a camera's notes, served as what they are."""

import struct
import zlib

import pytest

from app.agents.pictures import checked
from app.agents.tables import Agent
from app.problems import Invalid
from tests.administration.conftest import SETTINGS
from tests.builders import an_interaction
from tests.databases import ON_SQLITE

PLAIN = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))


def a_png(width=1, height=1, *, notes=(), after=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    noted = [chunk(*one) for one in notes]
    lines = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"".join([PLAIN, head, *noted, lines, *noted, chunk(b"IEND", b""), after])


def segment(number, data):
    return struct.pack(">BBH", 0xFF, number, len(data) + 2) + data


def a_jpeg(*, notes=b"", between=b"", thumbnail=b"\0\0", after=b""):
    """A progressive one: two scans, between which there may be segments too."""
    scan = segment(0xDA, b"\1\1\0\0?\0") + b"\0\xff\0\xff\xd0\1"
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1" + thumbnail),
            notes,
            segment(0xC2, struct.pack(">BHHB", 8, 2, 3, 1) + b"\1\x11\0"),
            scan,
            between,
            scan,
            b"\xff\xd9",
            after,
        ]
    )


def upload(content, name="me.png", kind="image/png"):
    return {"files": {"picture": (name, content, kind)}}


async def test_a_picture_is_seen_by_visitors_and_served_as_what_it_is(
    as_amy, as_vic, as_nobody, bob, vic
):
    # The name and the type are the browser's words, and worth nothing.
    sent = upload(a_png(), "me.html", "text/html")
    answer = await as_amy.post(f"{SETTINGS}/agents/{bob.id}/picture", **sent)
    await an_interaction(vic, agent=bob)
    digest = (await Agent.objects().get(Agent.id == bob.id)).picture

    served = await as_nobody.get(f"/pictures/{digest}")

    assert answer.status_code == 303
    assert f'src="/pictures/{digest}"' in (await as_vic.get("/widget/shop")).text
    assert (served.status_code, served.content) == (200, a_png())
    assert served.headers["content-type"] == "image/png"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]


@ON_SQLITE
async def test_it_can_be_removed(as_amy, as_vic, bob, vic):
    await as_amy.post(f"{SETTINGS}/agents/{bob.id}/picture", **upload(a_png()))
    await as_amy.post(f"{SETTINGS}/agents/{bob.id}/picture/removal")
    await an_interaction(vic, agent=bob)

    assert "/pictures/" not in (await as_vic.get("/widget/shop")).text


def test_of_a_jpg_only_what_draws_it_is_kept():
    # Exif, XMP, a profile, Photoshop's notes, a comment, and the thumbnails of JFIF and JFXX; what
    # a phone puts behind the picture is a second one, with notes of its own.
    secret = b"GPS 48.1 N"
    notes = b"".join(
        segment(number, head + secret)
        for number, head in (
            (0xE1, b"Exif\0\0"),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0"),
            (0xE2, b"ICC_PROFILE\0"),
            (0xED, b"Photoshop 3.0\0"),
            (0xE0, b"JFXX\0\x10"),
            (0xFE, b""),
        )
    )
    noted = a_jpeg(
        notes=notes + b"\xff", between=notes, thumbnail=b"\1\1" + secret[:3], after=secret
    )

    assert checked(noted) == ("jpg", a_jpeg())
    assert checked(a_jpeg()) == ("jpg", a_jpeg())


@pytest.mark.parametrize("order", ["<", ">"])
def test_of_the_notes_of_a_phone_only_the_way_up_is_kept(order):
    def exif(*tags):
        head = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(tags))
        entries = [struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0) for tag, value in tags]
        return segment(0xE1, b"Exif\0\0" + head + b"".join(entries) + bytes(4))

    way_up = segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, 6, 0, 0))
    cut_short = segment(0xE1, b"Exif\0\0II*\0\x08\0")

    noted = checked(a_jpeg(notes=exif((0x8825, 48), (0x112, 6)) + exif((0x112, 3))))

    assert noted == ("jpg", a_jpeg(notes=way_up))
    assert checked(a_jpeg(notes=way_up)) == noted
    assert checked(a_jpeg(notes=exif((0x112, 1)) + exif((0x112, 99)))) == ("jpg", a_jpeg())
    assert checked(a_jpeg(notes=cut_short)) == ("jpg", a_jpeg())


def test_of_a_png_only_what_draws_it_is_kept():
    kinds = (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME", b"iCCP", b"acTL", b"prVt")
    noted = a_png(notes=[(kind, b"GPS 48.1 N") for kind in kinds], after=b"GPS 48.1 N")
    drawn = a_png(notes=[(b"gAMA", b"\0\0\xb1\x8f"), (b"tRNS", b"\0\0")])

    assert checked(noted) == ("png", a_png())
    assert checked(drawn) == ("png", drawn)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a picture in the format png or jpg."),
        (b"<svg onload='alert(1)'/>", "Choose a picture in the format png or jpg."),
        (b"\x89PNG\r\n\x1a\n", "Choose a picture in the format png or jpg."),
        (b"\xff\xd8\xff", "Choose a picture in the format png or jpg."),
        (a_jpeg()[:-2] + b"nothing more", "Choose a picture in the format png or jpg."),
        (a_png()[:-4], "Choose a picture in the format png or jpg."),
        (a_png(width=9000), "at most 4,000 pixels"),
        (a_png() + b"x" * 1024 * 1024, "at most 1 MB"),
    ],
)
def test_anything_else_is_refused(content, sentence):
    with pytest.raises(Invalid, match=sentence):
        checked(content)


@ON_SQLITE
async def test_a_refusal_stands_beside_the_field_and_is_for_admins(as_amy, as_bob, bob):
    wrong = await as_amy.post(f"{SETTINGS}/agents/{bob.id}/picture", **upload(b"no picture"))
    missing = await as_amy.post(f"{SETTINGS}/agents/{bob.id}/picture")
    strange = await as_bob.post(f"{SETTINGS}/agents/{bob.id}/picture", **upload(a_png()))

    assert (wrong.status_code, missing.status_code, strange.status_code) == (422, 422, 403)
    assert "Choose a picture in the format png or jpg." in wrong.text
    assert (await as_bob.get("/pictures/unknown")).status_code == 404
