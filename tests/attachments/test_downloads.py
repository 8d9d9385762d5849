"""A file comes back as it went in, to who may read it, and never runs."""

import pytest

from app.attachments.tables import Attachment
from app.interactions.tables import Entry, Interaction
from tests.attachments.samples import SAMPLES, jpg, mp3
from tests.attachments.sending import send, uploaded
from tests.databases import ON_SQLITE

WIDGET = "/widget/shop"
UNKNOWN = 2_000_000_000

pytestmark = ON_SQLITE


@pytest.fixture
def sent(as_vic, chat):
    """Let Vic send a file; gives what the database has of it."""

    async def sending(name="lamp.png", content=None):
        one = await uploaded(as_vic, WIDGET, name=name, content=content)
        await send(as_vic, f"{WIDGET}/messages", one, body="Look")
        return await Attachment.objects().get(Attachment.upload_id == one)

    return sending


async def test_headers_keep_a_file_from_running(as_bob, as_vic, sent):
    # F1, F2
    file = await sent("page.txt", b"<!doctype html><script>alert(1)</script>")

    for answer in (
        await as_bob.get(f"/workspace/attachments/{file.id}"),
        await as_vic.get(f"{WIDGET}/attachments/{file.id}?inline"),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain"
        assert answer.headers["content-disposition"].startswith('attachment; filename="page.txt"')
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["cache-control"] == "private, no-store"
        assert "content-encoding" not in answer.headers
        assert answer.headers["content-length"] == str(file.size)


@pytest.mark.parametrize("ending", ["png", "jpg", "mp3", "mp4", "pdf", "docx", "csv"])
async def test_only_what_a_page_draws_or_plays_is_shown_in_it(as_bob, sent, ending):
    # F1
    file = await sent(f"file.{ending}")

    answer = await as_bob.get(f"/workspace/attachments/{file.id}?inline")

    kind = "inline" if ending in {"png", "jpg", "mp3", "mp4"} else "attachment"
    assert answer.headers["content-disposition"].partition(";")[0] == kind
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


NAMES = ['a".txt', "a\r\nX-Evil: 1.txt", "🙂.txt", "\u202etxt.txt", "x" * 4096 + ".txt", "../a.txt"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_any_name_makes_one_well_formed_header(as_bob, sent, name):
    # F3
    file = await sent(name, b"Hello")

    answer = await as_bob.get(f"/workspace/attachments/{file.id}")

    assert answer.content == b"Hello"
    [header] = answer.headers.get_list("content-disposition")
    assert header.isascii()
    assert header.isprintable()
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 16_679),
        ("bytes=-100", 16_580, 16_679),
        ("bytes=-99999", 0, 16_679),
        ("bytes=16679-99999", 16_679, 16_679),
    ],
)
async def test_players_get_the_part_they_ask_for(as_bob, sent, asked, first, last):
    whole = mp3()
    file = await sent("voice.mp3")
    assert file.size == len(whole) == 16_680

    answer = await as_bob.get(f"/workspace/attachments/{file.id}?inline", headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/16680"
    assert answer.content == whole[first : last + 1]


async def test_a_range_that_is_none_gets_the_whole_or_a_plain_no(as_bob, sent):
    file = await sent("voice.mp3")
    url = f"/workspace/attachments/{file.id}"
    etag = f'"{file.sha256}"'

    for odd in (
        "bytes=5-2",
        "bytes=",
        "bytes=-",
        "lines=1-2",
        "bytes=0-1,4-5",
        "bytes=x",
        "9" * 99,
    ):
        assert (await as_bob.get(url, headers={"Range": odd})).status_code == 200
    for outside in ("bytes=16680-", "bytes=99999999-", "bytes=-0"):
        refused = await as_bob.get(url, headers={"Range": outside})
        assert refused.status_code == 416
        assert refused.headers["content-range"] == "bytes */16680"
    same = {"Range": "bytes=0-9", "If-Range": etag}
    assert (await as_bob.get(url, headers=same)).status_code == 206
    other = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert (await as_bob.get(url, headers=other)).status_code == 200


async def test_head_says_what_get_would_send(as_bob, sent):
    file = await sent()
    url = f"/workspace/attachments/{file.id}"

    head, got = await as_bob.head(url), await as_bob.get(url)

    assert head.status_code == 200
    assert head.content == b""
    for answer in (head, got):
        answer.headers.pop("x-request-id")  # each has its own
    assert dict(head.headers) == dict(got.headers)


async def test_a_strangers_file_is_an_unknown_one(as_eve, as_mallory, as_nobody, sent):
    file = await sent()

    for somebody, base in ((as_eve, "/workspace"), (as_mallory, WIDGET)):
        for method in ("GET", "HEAD"):
            foreign = await somebody.request(method, f"{base}/attachments/{file.id}")
            unknown = await somebody.request(method, f"{base}/attachments/{UNKNOWN}")
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.text == unknown.text
    for base in ("/workspace", WIDGET):
        assert (await as_nobody.get(f"{base}/attachments/{file.id}")).status_code == 401


async def test_what_was_not_sent_yet_cannot_be_fetched(as_vic, as_bob, chat):
    await uploaded(as_vic, WIDGET)
    file = await Attachment.objects().first()

    assert (await as_vic.get(f"{WIDGET}/attachments/{file.id}")).status_code == 404
    assert (await as_bob.get(f"/workspace/attachments/{file.id}")).status_code == 404


async def test_a_copied_address_dies_with_sign_out_reassignment_and_deletion(
    as_bob, as_ada, as_vic, eve, sent
):
    # F5
    file = await sent()
    url, chat = f"/workspace/attachments/{file.id}", Interaction.id == file.interaction
    assert (await as_bob.get(url)).status_code == 200

    await Interaction.update({Interaction.agent: eve.id}).where(chat)
    assert (await as_bob.get(url)).status_code == 404

    await as_ada.post("/sign-out")
    assert (await as_ada.get(url)).status_code == 401

    await Attachment.delete().where(Attachment.id == file.id)
    assert (await as_vic.get(f"{WIDGET}/attachments/{file.id}")).status_code == 404


async def test_a_file_of_an_internal_note_would_be_unknown_to_the_visitor(as_vic, as_bob, sent):
    file = await sent()
    await Entry.update({Entry.kind: "note"}).where(Entry.seq == file.seq)

    assert (await as_vic.get(f"{WIDGET}/attachments/{file.id}")).status_code == 404
    assert (await as_bob.get(f"/workspace/attachments/{file.id}")).status_code == 200


async def test_a_link_in_the_storage_leads_nowhere(as_bob, sent, settings, faults):
    # F7
    file = await sent()
    path = settings.data / "files" / file.stored_as[:2] / file.stored_as
    path.unlink()
    path.symlink_to("/etc/passwd")
    faults.expected = True

    answer = await as_bob.get(f"/workspace/attachments/{file.id}")

    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "x", "", "\x00" * 32])
async def test_no_path_is_built_from_anything_but_a_name_of_ours(as_bob, sent, faults, name):
    # F7: not even from the database
    file = await sent()
    await Attachment.update({Attachment.stored_as: name}).where(Attachment.id == file.id)
    faults.expected = True

    assert (await as_bob.get(f"/workspace/attachments/{file.id}")).status_code == 404


async def test_images_have_their_room_before_they_are_there(as_bob, as_vic, chat, sent):
    file = await sent("lamp.png", SAMPLES["png"])

    page = (await as_bob.get(f"/workspace/interactions/{chat.id}/entries?after=1")).text

    assert (file.width, file.height) == (64, 48)
    assert 'width="248" height="186"' in page


async def test_an_image_of_absurd_dimensions_is_a_document(as_bob, chat, sent):
    # F7
    await sent("bomb.jpg", jpg(65_000, 65_000))

    page = (await as_bob.get(f"/workspace/interactions/{chat.id}/entries?after=1")).text

    assert "<img" not in page
    assert "Download bomb.jpg" in page
