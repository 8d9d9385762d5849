"""A folder and a bucket keep files alike; the bucket is one of a real server."""

import socket
import sys
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from obstore.exceptions import BaseError

from app.attachments.bucket import Bucket
from app.attachments.folder import Folder
from app.attachments.storage import Missing, new_name
from app.attachments.tables import Attachment
from app.moments import now
from app.settings import Settings
from tests.attachments.samples import mp3
from tests.attachments.sending import an_upload_id, send, stored_files, upload, uploaded
from tests.databases import ON_SQLITE
from tests.services import free_port, running

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="session")
def bucket_settings(tmp_path_factory):
    """Settings that name a bucket of a server of its own."""
    port, folder = free_port(), tmp_path_factory.mktemp("bucket")
    endpoint = f"http://127.0.0.1:{port}"
    with running(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        answers=lambda: answers(port),
        cwd=folder,
    ):
        httpx.put(f"{endpoint}/files", trust_env=False).raise_for_status()
        yield Settings(
            data=folder,
            bucket="files",
            bucket_endpoint=endpoint,
            bucket_access_key="key",
            bucket_secret_key="secret",
        )


def answers(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(params=["folder", "bucket"])
def storage(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path / "files")
    return Bucket(request.getfixturevalue("bucket_settings"))


@pytest.fixture
def part(tmp_path):
    """A received file, longer than one part of an upload to a bucket."""
    path = tmp_path / "received.part"
    path.write_bytes(bytes(range(256)) * 4096 * 6)
    return path


async def read(storage, name, start, length):
    async with storage.reading(name, start, length) as blocks:
        return b"".join([block async for block in blocks])


async def names(storage, moment):
    return [name async for batch in storage.older_than(moment) for name in batch]


async def test_what_is_kept_is_read_back_whole_and_in_parts(storage, part):
    whole, name = part.read_bytes(), new_name()

    await storage.keep(part, name)

    assert await read(storage, name, 0, len(whole)) == whole
    assert await read(storage, name, 1000, 5) == whole[1000:1005]
    assert await read(storage, name, len(whole) - 1, 1) == whole[-1:]


async def test_what_was_removed_is_missing_and_may_be_removed_again(storage, part):
    name = new_name()
    await storage.keep(part, name)

    await storage.remove(name)
    await storage.remove(name)

    with pytest.raises(Missing):
        await read(storage, name, 0, 1)


async def test_a_storage_that_works_passes_its_check(storage):
    await storage.check()


async def test_a_bucket_that_is_not_there_does_not(bucket_settings):
    with pytest.raises(BaseError, match="NoSuchBucket"):
        await Bucket(bucket_settings.model_copy(update={"bucket": "nowhere"})).check()


async def test_old_files_are_listed_and_young_ones_are_not(storage, part):
    name = new_name()
    await storage.keep(part, name)

    assert name in await names(storage, now() + timedelta(minutes=1))
    assert name not in await names(storage, now() - timedelta(minutes=1))


@pytest.mark.parametrize("name", ["../x", "", "a/b", "\x00", "x" * 32])
async def test_only_names_of_ours_are_names(storage, part, name):
    # F7
    with pytest.raises(Missing):
        await storage.keep(part, name)
    with pytest.raises(Missing):
        await read(storage, name, 0, 1)


@ON_SQLITE
async def test_files_travel_through_a_bucket(app, bucket_settings, as_vic, as_bob, chat, settings):
    # F2
    app.state["storage"] = Bucket(bucket_settings)
    one = await uploaded(as_vic, "/widget/shop", name="voice.mp3")
    await send(as_vic, "/widget/shop/messages", one)
    url = f"/workspace/attachments/{(await Attachment.objects().first()).id}"

    part = await as_bob.get(url, headers={"Range": "bytes=100-199"})

    assert (await as_bob.get(url)).content == mp3()
    assert (part.status_code, part.content) == (206, mp3()[100:200])
    assert stored_files(settings) == []  # the received file has gone there


@ON_SQLITE
@pytest.mark.settings(widget_quota_mb=1)
async def test_what_is_refused_leaves_nothing_in_the_bucket(
    app, bucket_settings, as_vic, chat, settings
):
    # F6
    app.state["storage"] = bucket = Bucket(bucket_settings)
    before = await names(bucket, now() + timedelta(minutes=1))
    whole = b"x" * MEGABYTE

    await uploaded(as_vic, "/widget/shop", name="a.txt", content=b"x")
    refused = await upload(
        as_vic, "/widget/shop", name="b.txt", content=whole, upload_id=an_upload_id()
    )

    assert refused.status_code == 507
    assert len(await names(bucket, now() + timedelta(minutes=1))) == len(before) + 1
    assert stored_files(settings) == []
