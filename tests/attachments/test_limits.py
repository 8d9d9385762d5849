"""What an upload may cost us: bytes, time, room; and what it leaves behind, which is nothing."""

import asyncio
import contextlib
import resource
from contextlib import contextmanager
from datetime import timedelta

import pytest

from app.attachments import service
from app.attachments.folder import Folder
from app.attachments.tables import Attachment, IncomingFile
from app.moments import ago, now
from tests.attachments.sending import (
    an_upload_id,
    send,
    stored_files,
    upload,
    uploaded,
)
from tests.databases import ON_SQLITE
from tests.waiting import eventually

WIDGET = "/widget/shop"
MEGABYTE = 1024 * 1024
TOKEN = "__Host-parley-shop=token-of-vic"

pytestmark = ON_SQLITE


class Sender:
    """A connection that sends an upload piece by piece."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def begin(self, *, length=None, cookie=TOKEN, name="a.txt"):
        size = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
        self.chunked = not length
        head = (
            f"PUT {WIDGET}/uploads/{an_upload_id()}?name={name} HTTP/1.1\r\nHost: parley.test\r\n"
            f"Cookie: {cookie}\r\nContent-Type: text/plain\r\n{size}\r\n\r\n"
        )
        self.writer.write(head.encode())
        await self.writer.drain()

    async def send(self, data):
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)
        await self.writer.drain()

    async def end(self):
        if self.chunked:
            self.writer.write(b"0\r\n\r\n")

    async def answer(self):
        """Status and body, and that the connection then ends."""
        told = b""
        # Bytes that were on their way when it ended make it a reset, behind the answer.
        with contextlib.suppress(ConnectionResetError):
            while part := await self.reader.read(MEGABYTE):
                told += part
        return int(told.split()[1]), told.decode()

    async def close(self):
        self.writer.close()


@pytest.fixture
async def sender(live, vic):
    made = Sender(*await asyncio.open_connection("127.0.0.1", live.port))
    yield made
    await made.close()


@pytest.mark.settings(upload_mb=1)
async def test_a_length_that_is_too_large_is_refused_before_the_first_byte(sender, settings):
    # F6
    await sender.begin(length=MEGABYTE + 1)

    status, told = await sender.answer()

    assert status == 413
    assert "larger than 1 MB" in told
    assert stored_files(settings) == []


@pytest.mark.settings(upload_mb=1)
async def test_without_a_length_it_is_cut_off_at_the_limit(sender, settings):
    # F6
    await sender.begin()
    for _ in range(16):
        await sender.send(b"x" * (MEGABYTE // 16))
    await sender.send(b"x")

    assert (await sender.answer())[0] == 413
    assert stored_files(settings) == []
    assert await Attachment.count() == 0


@pytest.mark.settings(upload_mb=1)
async def test_the_largest_file_is_taken(as_vic):
    whole = b"x" * MEGABYTE

    assert (await upload(as_vic, WIDGET, name="a.txt", content=whole)).status_code == 200


@pytest.mark.parametrize(
    ("cookie", "name", "expected"), [("", "a.txt", 401), (TOKEN, "a.exe", 415)]
)
async def test_who_may_not_is_refused_while_nothing_is_read(
    sender, settings, cookie, name, expected
):
    # F6: of 100 MB that are coming
    await sender.begin(length=100 * MEGABYTE, cookie=cookie, name=name)

    assert (await sender.answer())[0] == expected
    assert stored_files(settings) == []


@pytest.mark.settings(upload_patience_seconds=0.2)
@pytest.mark.parametrize("dripping", [False, True])
async def test_a_sender_who_stalls_or_drips_is_cut_off(sender, settings, dripping):
    # F6
    await sender.begin(length=10 * MEGABYTE)

    async def drip():
        while True:
            await sender.send(b"x")
            await asyncio.sleep(0.02)

    drops = asyncio.create_task(drip()) if dripping else None
    status, told = await sender.answer()
    if drops:
        drops.cancel()
        await asyncio.gather(drops, return_exceptions=True)

    assert status == 408
    assert "too slowly" in told
    assert stored_files(settings) == []


@pytest.mark.settings(upload_minutes=0.5 / 60)
async def test_a_file_that_takes_too_long_on_the_whole_is_cut_off(sender, settings):
    # F6: what comes is in time, and the end is not; nothing is on its way when the answer comes,
    # as bytes for a closed connection would make it unreadable
    await sender.begin(length=90 * MEGABYTE)
    for _ in range(5):
        await sender.send(b"x" * 64 * 1024)

    status, told = await sender.answer()

    assert status == 408
    assert "too slowly" in told
    assert stored_files(settings) == []


async def test_who_breaks_off_near_the_end_leaves_nothing(sender, settings):
    # F6
    await sender.begin(length=MEGABYTE)
    await sender.send(b"x" * (MEGABYTE - 1))
    await eventually(lambda: stored_files(settings))

    await sender.close()

    await eventually(lambda: not stored_files(settings))
    assert await Attachment.count() == 0


async def test_a_full_disk_is_said_and_leaves_nothing(as_vic, settings):
    # F6: a limit on the size of files stands for the disk
    with files_at_most(2 * MEGABYTE):
        refused = await upload(as_vic, WIDGET, name="a.txt", content=b"x" * 3 * MEGABYTE)

    assert refused.status_code == 507
    assert "no room for this file" in refused.text
    assert stored_files(settings) == []
    assert await Attachment.count() == 0
    assert (await upload(as_vic, WIDGET)).status_code == 200


@contextmanager
def files_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def text_of(size):
    return {"name": "a.txt", "content": b"x" * size}


@pytest.mark.settings(widget_quota_mb=1)
async def test_visitors_fill_nine_tenths_of_a_widgets_room_and_agents_the_rest(
    as_vic, as_mallory, as_bob, at_work, settings
):
    theirs = MEGABYTE * 9 // 10
    assert (await upload(as_vic, WIDGET, **text_of(theirs - 100))).status_code == 200

    refused = await upload(as_mallory, WIDGET, **text_of(101))

    assert refused.status_code == 507
    assert "no room for more files here. Nothing was stored; your text is kept." in refused.text
    assert len(stored_files(settings)) == 1
    assert (await upload(as_mallory, WIDGET, **text_of(100))).status_code == 200
    rest = MEGABYTE - theirs
    assert (await upload(as_bob, at_work, **text_of(rest + 1))).status_code == 507
    assert (await upload(as_bob, at_work, **text_of(rest))).status_code == 200


@pytest.mark.settings(visitor_quota_mb=1)
async def test_one_visitor_does_not_take_the_room_of_the_others(
    as_vic, as_mallory, as_bob, at_work, settings
):
    assert (await upload(as_vic, WIDGET, **text_of(MEGABYTE - 100))).status_code == 200

    refused = await upload(as_vic, WIDGET, **text_of(101))

    assert refused.status_code == 507
    assert "fill all the room that you have here. This one was not stored" in refused.text
    assert len(stored_files(settings)) == 1
    assert (await upload(as_vic, WIDGET, **text_of(100))).status_code == 200
    for somebody, base in ((as_mallory, WIDGET), (as_bob, at_work)):
        assert (await upload(somebody, base, **text_of(101))).status_code == 200


@pytest.mark.settings(upload_mb=2, visitor_quota_mb=2, widget_quota_mb=3)
@pytest.mark.parametrize("length", [MEGABYTE + 1, None])
async def test_what_is_on_its_way_has_its_room_already(sender, as_vic, as_mallory, length):
    # Without a length it may become as large as a file may be.
    await sender.begin(length=length)
    await eventually(IncomingFile.count)

    one, other = [await upload(who, WIDGET, **text_of(MEGABYTE)) for who in (as_vic, as_mallory)]

    assert (one.status_code, other.status_code) == (507, 200 if length else 507)
    await sender.close()
    await eventually(nothing_is_on_its_way)
    assert (await upload(as_vic, WIDGET, **text_of(MEGABYTE))).status_code == 200
    assert await nothing_is_on_its_way()


async def nothing_is_on_its_way():
    return not await IncomingFile.exists()


@pytest.mark.settings(visitor_quota_mb=1)
async def test_what_a_killed_process_was_receiving_gives_its_room_back(as_vic, vic, shop, settings):
    lost = IncomingFile(
        stored_as="f" * 32,
        widget=shop.id,
        visitor=vic.id,
        size=MEGABYTE,
        until=now() + timedelta(hours=1),
    )
    await lost.save()
    assert (await upload(as_vic, WIDGET)).status_code == 507

    await IncomingFile.update({IncomingFile.until: ago(1)}, force=True)
    assert (await upload(as_vic, WIDGET)).status_code == 200
    await service.remove_lost(Folder(settings.data / "files"), settings)

    assert await nothing_is_on_its_way()


@pytest.mark.settings(widget_quota_mb=1)
async def test_files_that_come_together_do_not_both_get_the_last_room(as_vic, settings):
    half = text_of(MEGABYTE * 2 // 3)

    answers = await asyncio.gather(*(upload(as_vic, WIDGET, **half) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 507, 507, 507]
    assert len(stored_files(settings)) == 1


@pytest.mark.settings(limit_uploads=2)
async def test_many_files_in_a_minute_are_too_many(as_vic, as_mallory):
    answers = [await upload(as_vic, WIDGET) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await upload(as_mallory, WIDGET)).status_code == 200


async def test_nobody_has_many_files_on_their_way_at_once(live, as_vic, as_mallory, settings):
    # F6
    senders = [
        Sender(*await asyncio.open_connection("127.0.0.1", live.port))
        for _ in range(service.AT_ONCE)
    ]
    for one in senders:
        await one.begin(length=MEGABYTE)
    await eventually(lambda: len(stored_files(settings)) == service.AT_ONCE)

    assert (await upload(as_vic, WIDGET)).status_code == 429
    assert (await upload(as_mallory, WIDGET)).status_code == 200
    for one in senders:
        await one.close()
    await eventually(lambda: len(stored_files(settings)) == 1)

    async def is_let_in():
        return (await upload(as_vic, WIDGET)).status_code == 200

    await eventually(is_let_in)  # a moment after its file has gone


async def test_one_address_has_not_many_files_on_their_way_at_once(app, live, sender, monkeypatch):
    monkeypatch.setattr(app.state.uploads_address, "_most", 1)
    await sender.begin(length=MEGABYTE)
    await eventually(lambda: app.state.uploads_address._open)
    other = Sender(*await asyncio.open_connection("127.0.0.1", live.port))
    await other.begin(length=MEGABYTE)

    assert (await other.answer())[0] == 429
    await other.close()
    await sender.close()
    await eventually(lambda: not app.state.uploads_address._open)


@pytest.mark.settings(limit_uploads_address=2)
async def test_many_files_from_one_address_are_too_many(as_vic):
    answers = [await upload(as_vic, WIDGET) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.png", b"<html>", "is not what its ending says"),
        ("a.png", b"", "is empty"),
        ("a.exe", b"MZ", "of a type that cannot be sent"),
        ("", b"x", "of a type that cannot be sent"),
    ],
)
async def test_a_refusal_says_why_and_leaves_nothing(as_vic, settings, name, content, sentence):
    answer = await upload(as_vic, WIDGET, name=name, content=content)

    assert answer.status_code == 415
    assert sentence in answer.text
    assert stored_files(settings) == []
    assert await Attachment.count() == 0


async def test_uploads_that_no_message_took_are_removed_after_their_time(as_vic, chat, settings):
    sent, left = await uploaded(as_vic, WIDGET), await uploaded(as_vic, WIDGET)
    await send(as_vic, f"{WIDGET}/messages", sent)
    storage = Folder(settings.data / "files")

    await service.remove_unsent(storage, 60)
    assert await Attachment.count() == 2
    await Attachment.update({Attachment.created_at: ago(3601)}).where(
        Attachment.upload_id.is_in([sent, left])
    )
    await service.remove_unsent(storage, 60)

    [kept] = await Attachment.objects()
    assert kept.upload_id == sent
    assert [path.name for path in stored_files(settings)] == [kept.stored_as]


async def test_files_without_a_row_and_half_received_ones_are_removed(as_vic, chat, settings):
    one = await uploaded(as_vic, WIDGET)
    await uploaded(as_vic, WIDGET)
    settings.parts.joinpath("abc.part").write_bytes(b"x")
    await Attachment.delete().where(Attachment.upload_id != one)
    storage = Folder(settings.data / "files")

    await service.remove_lost(storage, settings)
    assert len(stored_files(settings)) == 3
    await service.remove_lost(storage, settings.model_copy(update={"upload_keep_minutes": -1}))

    [kept] = await Attachment.objects()
    assert [path.name for path in stored_files(settings)] == [kept.stored_as]
