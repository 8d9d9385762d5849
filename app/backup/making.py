"""Making a backup, also while Parley serves."""

import io
import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, BinaryIO, cast
from urllib.parse import quote

from app.backup.archive import (
    ABOUT,
    DATABASE,
    FILES_OF,
    FORMAT,
    MANIFEST,
    BackupError,
    Hashed,
    Whole,
    refuse_elsewhere,
)
from app.settings import Settings

# The archive holds everything that was ever said: it is its owner's alone.
PRIVATE = 0o600


def back_up(settings: Settings, to: Path) -> Whole:
    """Write database and files to one archive; all of it or, after an error, nothing.

    The database is taken at one moment, as SQLite's online backup does, so whatever was
    acknowledged before is in it. Its files are taken after it: they never change.
    """
    refuse_elsewhere(settings)
    if not settings.sqlite_path.is_file():
        raise BackupError(f"There is no database in {settings.data}.")
    if to.exists():
        raise BackupError(f"{to} is there already: choose another name.")
    try:
        with TemporaryDirectory(prefix=".parley-backup-", dir=to.parent) as scratch:
            part, whole = _written(settings, Path(scratch))
            part.rename(to)
    except OSError as error:
        raise BackupError(f"Nothing was backed up to {to}: {error.strerror}.") from error
    return whole


def _written(settings: Settings, scratch: Path) -> tuple[Path, Whole]:
    part, copy = scratch / "archive.tar", scratch / DATABASE
    with (
        closing(sqlite3.connect(_read_only(settings.sqlite_path), uri=True)) as live,
        closing(sqlite3.connect(copy)) as snapshot,
        (scratch / MANIFEST).open("w+b") as manifest,
        _private(part) as out,
    ):
        live.backup(snapshot)
        snapshot.execute("PRAGMA journal_mode=DELETE")
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, manifest, ABOUT, io.BytesIO(json.dumps({"format": FORMAT}).encode()))
            files, missing = _add_files(tar, manifest, settings, snapshot, live)
            snapshot.commit()
            with copy.open("rb") as database:
                _add(tar, manifest, DATABASE, database)
            _add(tar, None, MANIFEST, manifest)
        out.flush()
        os.fsync(out.fileno())
        return part, Whole(files, out.tell(), missing)


def _read_only(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=ro"


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")


def _not_through_links(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _add_files(
    tar: tarfile.TarFile,
    manifest: IO[bytes],
    settings: Settings,
    snapshot: sqlite3.Connection,
    live: sqlite3.Connection,
) -> tuple[int, int]:
    """Add the files that the snapshot names; gives how many there are and how many are lost.

    A file that was removed since then, with its row, is removed from the snapshot too.
    """
    added = missing = 0
    for table, name in _names(snapshot):
        member = f"files/{name[:2]}/{name}"
        try:
            with _not_through_links(settings.data / member) as file:
                _add(tar, manifest, member, file)
            added += 1
        except FileNotFoundError:
            if live.execute(f"SELECT 1 FROM {table} WHERE stored_as = ?", [name]).fetchone():  # noqa: S608 - our own names
                missing += 1
            else:
                snapshot.execute(f"DELETE FROM {table} WHERE stored_as = ?", [name])  # noqa: S608 - our own names
    return added, missing


def _names(snapshot: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for table in FILES_OF:
        last = 0
        while rows := snapshot.execute(
            f"SELECT id, stored_as FROM {table} WHERE id > ? ORDER BY id LIMIT 500",  # noqa: S608 - our own names
            [last],
        ).fetchall():
            for last, name in rows:  # noqa: B007 - where the next rows begin
                yield table, name


def _add(tar: tarfile.TarFile, manifest: IO[bytes] | None, name: str, file: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    member.mode, member.mtime = PRIVATE, int(time.time())
    file.seek(0)
    hashed = Hashed(file)
    tar.addfile(member, cast("IO[bytes]", hashed))
    if manifest is not None:
        manifest.write(hashed.line(name).encode())
