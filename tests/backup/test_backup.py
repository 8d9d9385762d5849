"""Backups: whole while Parley serves, and put back only where and when that is safe."""

import asyncio
import io
import shutil
import sqlite3
import tarfile

import httpx
import pytest

from app import database
from app.attachments.tables import Attachment
from app.backup import making
from app.backup.archive import BackupError
from app.backup.making import back_up
from app.backup.restoring import restore
from app.interactions.tables import Entry
from app.lock import only_process
from app.settings import Settings, SettingsError
from tests.attachments.sending import send, uploaded
from tests.builders import an_interaction
from tests.databases import ON_SQLITE
from tests.processes import ended, serving
from tests.waiting import eventually

pytestmark = ON_SQLITE
WHAT_A_VISITOR_SENT = "/widget/shop/messages"


@pytest.fixture
def empty(settings, tmp_path):
    """Settings of a machine that has nothing yet."""
    return Settings(data=tmp_path / "elsewhere")


@pytest.fixture
async def made(app, as_vic, vic, bob, settings, tmp_path):
    """A backup of a chat with a file."""
    await an_interaction(vic, agent=bob)
    await send(as_vic, WHAT_A_VISITOR_SENT, await uploaded(as_vic, "/widget/shop"), body="Look")
    archive = tmp_path / "parley.tar"
    back_up(settings, archive)
    return archive


async def test_what_was_acknowledged_before_is_restored_from_a_server_that_goes_on(
    settings, empty, vic, bob, tmp_path
):
    chat = await an_interaction(vic, agent=bob, words=[])
    await database.engine().close()
    archive, acknowledged, stop = tmp_path / "parley.tar", [], asyncio.Event()
    unlimited = {"PARLEY_LIMIT_MESSAGES": "9999", "PARLEY_LIMIT_UPLOADS": "9999"}
    async with (
        serving(settings, **unlimited) as server,
        server.client(Cookie="__Host-parley-shop=token-of-vic") as visitor,
    ):
        await eventually(lambda: answers(visitor), within=30)
        writing = asyncio.create_task(write(visitor, acknowledged, stop))
        await eventually(lambda: len(acknowledged) >= 20, within=30)
        before = list(acknowledged)
        code, said, errors = await ended(settings, "backup", str(archive))
        stop.set()
        await writing
    assert (code, errors) == (0, "")
    assert said.startswith("Backed up the database and ")

    code, said, errors = await ended(empty, "restore", str(archive))

    assert (code, errors) == (0, "")
    assert said.startswith("Restored the database and ")
    database.bind(database.engine_for(empty))
    rows = await Entry.select(Entry.body).where(Entry.interaction == chat.id).order_by(Entry.seq)
    restored = [row["body"] for row in rows]
    assert restored[: len(before)] == before
    names = [row["stored_as"] for row in await Attachment.select(Attachment.stored_as)]
    assert len(names) >= 4
    assert all((empty.data / "files" / name[:2] / name).stat().st_size for name in names)
    await database.engine().close()


async def write(visitor, acknowledged, stop):
    """Send one message after the other, every fifth with a file."""
    while not stop.is_set():
        number = len(acknowledged)
        files = [] if number % 5 else [await uploaded(visitor, "/widget/shop")]
        sent = await send(visitor, WHAT_A_VISITOR_SENT, *files, body=f"number {number}")
        assert sent.status_code == 200
        acknowledged.append(f"number {number}")


async def answers(somebody):
    try:
        return (await somebody.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def test_an_archive_is_its_owners_alone_and_never_written_over(made, settings):
    assert made.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="there already"):
        back_up(settings, made)
    assert [path.name for path in made.parent.iterdir() if "backup" in path.name] == []


async def test_a_folder_with_anything_in_it_or_in_use_is_left_alone(made, empty):
    empty.data.mkdir()
    with only_process(empty), pytest.raises(SettingsError, match="Another Parley process"):
        restore(empty, made)
    (empty.data / "note.txt").write_text("mine")

    with pytest.raises(BackupError, match="not empty"):
        restore(empty, made)

    assert sorted(path.name for path in empty.data.iterdir()) == ["note.txt", "parley.lock"]


@pytest.mark.parametrize("damage", ["cut", "changed", "no tar", "end cut off at a member"])
async def test_a_damaged_archive_is_refused_and_leaves_nothing(made, empty, damage):
    whole = made.read_bytes()
    at = whole.index(b"\x89PNG")
    made.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "changed": whole[:at] + b"\x00" + whole[at + 1 :],
            "no tar": b"not a backup" * 1000,
            "end cut off at a member": whole[: at - at % 512 - 512] + bytes(10240),
        }[damage]
    )

    with pytest.raises(BackupError, match="is no whole backup of Parley"):
        restore(empty, made)

    assert [path.name for path in empty.data.iterdir()] == ["parley.lock"]


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/tmp/escaped", "files/../../escaped", "files/ab/escaped", "parley.sqlite-wal"],
)
async def test_a_member_that_leads_elsewhere_is_refused(empty, tmp_path, name):
    # F7
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(BackupError, match="something foreign"):
        restore(empty, hostile)

    assert not list(tmp_path.rglob("escaped"))


async def test_a_link_in_an_archive_is_refused(empty, tmp_path):
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as tar:
        member = tarfile.TarInfo("parley.sqlite")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)

    with pytest.raises(BackupError, match="something foreign"):
        restore(empty, hostile)


async def test_an_archive_of_a_newer_parley_is_refused(made, empty, settings, tmp_path):
    await database.engine().run_ddl(
        "INSERT INTO migration (name, app_name) VALUES ('2999-01-01T00:00:00:000000', 'parley')"
    )
    newer = tmp_path / "newer.tar"
    back_up(settings, newer)

    with pytest.raises(BackupError, match="newer Parley"):
        restore(empty, newer)


async def test_a_file_that_was_lost_before_is_counted_and_one_removed_meanwhile_is_not(
    made, settings, tmp_path, monkeypatch, empty
):
    shutil.rmtree(settings.data / "files")
    lost = back_up(settings, tmp_path / "lost.tar")

    with sqlite3.connect(settings.sqlite_path) as live:
        monkeypatch.setattr(making, "_names", removing(live, making._names))
        removed = back_up(settings, tmp_path / "removed.tar")

    assert (lost.files, lost.missing) == (0, 1)
    assert (removed.files, removed.missing) == (0, 0)
    assert restore(empty, tmp_path / "removed.tar").missing == 0


def removing(live, names):
    """As if its row and file were removed after the database was taken, and before the file."""

    def found(snapshot):
        for table, name in list(names(snapshot)):
            live.execute("DELETE FROM attachments")
            live.commit()
            yield table, name

    return found


async def test_who_keeps_data_elsewhere_is_told_of_the_right_tools(settings, tmp_path):
    for others in ({"database_url": "postgres://parley@db/parley"}, {"bucket": "files"}):
        elsewhere = settings.model_copy(update=others)
        for work in (back_up, restore):
            with pytest.raises(SettingsError, match="pg_dump"):
                work(elsewhere, tmp_path / "parley.tar")
