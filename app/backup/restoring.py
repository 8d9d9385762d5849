"""Putting a backup back into an empty data folder."""

import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from app.backup.archive import (
    ABOUT,
    DATABASE,
    FILES_OF,
    FORMAT,
    MANIFEST,
    MEMBER,
    BackupError,
    Hashed,
    Readable,
    Whole,
    refuse_elsewhere,
    same,
)
from app.lock import LOCK, only_process
from app.settings import Settings

CHAIN = Path(__file__).parents[1] / "migrations" / "chain"
DAMAGED = "{} is no whole backup of Parley: {}. Nothing was restored."
NEWER = "{} was made by a newer Parley: update this one first. Nothing was restored."


def restore(settings: Settings, archive: Path) -> Whole:
    """Put a backup into the data folder, which must be empty; all of it or nothing."""
    refuse_elsewhere(settings)
    if not archive.is_file():
        raise BackupError(f"There is no file {archive}.")
    with only_process(settings), _empty_place(settings.data) as place:
        try:
            _unpack(archive, place)
            whole = _checked(archive, place)
        except (
            tarfile.TarError,
            EOFError,
            ValueError,
            LookupError,
            TypeError,
            sqlite3.DatabaseError,
        ) as error:
            raise BackupError(DAMAGED.format(archive, "it is damaged")) from error
        except OSError as error:
            raise BackupError(f"Nothing was restored: {error.strerror}.") from error
        if (place / "files").exists():
            (place / "files").rename(settings.data / "files")
        (place / DATABASE).rename(settings.sqlite_path)
    return whole


@contextmanager
def _empty_place(data: Path) -> Iterator[Path]:
    """A place inside the folder, which has nothing else; it is gone afterwards."""
    if any(path.name != LOCK for path in data.iterdir()):
        raise BackupError(f"The folder {data} is not empty: name an empty one in PARLEY_DATA.")
    place = data / ".restoring"
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _unpack(archive: Path, place: Path) -> None:
    """Write the members to the place; any that no backup has is refused, links above all."""
    last = ""
    with (
        tarfile.open(archive, "r|") as tar,
        (place / "found").open("wb") as found,
    ):
        for member in tar:
            if not member.isreg() or not MEMBER.fullmatch(member.name):
                raise BackupError(DAMAGED.format(archive, "something foreign is in it"))
            hashed = Hashed(cast("Readable", tar.extractfile(member)))
            _write(hashed, place / member.name)
            last = member.name
            if member.name != MANIFEST:
                found.write(hashed.line(member.name).encode())
    if last != MANIFEST:
        raise BackupError(DAMAGED.format(archive, "its end is missing"))


def _write(hashed: Hashed, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        out = to.open("xb")
    except FileExistsError as error:
        raise ValueError("A member is there twice.") from error
    with out:
        for block in hashed.blocks():
            out.write(block)


def _checked(archive: Path, place: Path) -> Whole:
    with (place / "found").open("rb") as found, (place / MANIFEST).open("rb") as manifest:
        if not same(found, manifest):
            raise BackupError(DAMAGED.format(archive, "it is damaged"))
    if json.loads((place / ABOUT).read_text())["format"] != FORMAT:
        raise BackupError(NEWER.format(archive))
    with closing(sqlite3.connect(place / DATABASE)) as database:
        if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise ValueError("The database is damaged.")
        ran = {name for (name,) in database.execute("SELECT name FROM migration")}
        if ran - _known_migrations():
            raise BackupError(NEWER.format(archive))
        return _counted(database, archive, place)


def _known_migrations() -> set[str]:
    found = (
        re.search(r'^ID = "(.+)"', path.read_text(), re.MULTILINE) for path in CHAIN.glob("*.py")
    )
    return {one[1] for one in found if one}


def _counted(database: sqlite3.Connection, archive: Path, place: Path) -> Whole:
    files = missing = 0
    for table in FILES_OF:
        for (name,) in database.execute(f"SELECT stored_as FROM {table}"):  # noqa: S608 - our own names
            there = (place / "files" / name[:2] / name).is_file()
            files, missing = files + there, missing + (not there)
    return Whole(files, archive.stat().st_size, missing)
