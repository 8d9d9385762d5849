"""What a backup is: a tar of the database, its files, and a manifest with their checksums.

The members stand in this order: about.json, files/…, parley.sqlite, manifest. Both sides go
through it once and hold no more than a block of it in memory.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import IO, NamedTuple, Protocol

from app.settings import Settings, SettingsError

FORMAT = 1
ABOUT, DATABASE, MANIFEST = "about.json", "parley.sqlite", "manifest"
MEMBER = re.compile(r"about\.json|parley\.sqlite|manifest|files/([0-9a-f]{2})/\1[0-9a-f]{30}")
BLOCK = 1024 * 1024
# Whose rows name a file in the storage.
FILES_OF = ("attachments", "response_files")
ELSEWHERE = (
    "This Parley keeps its data outside the data folder: back up and restore PostgreSQL with "
    "pg_dump and pg_restore, and the bucket or the folder of files with their own tools."
)


class BackupError(Exception):
    """A backup cannot be made or put back; the message is one sentence."""


class Whole(NamedTuple):
    """What was backed up or restored; `missing` files were lost before."""

    files: int
    size: int
    missing: int

    @property
    def text(self) -> str:
        """It in words."""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        lost = f"; {self.missing} more had been lost before" if self.missing else ""
        return f"the database and {files}, {self.size / 1_000_000:.1f} MB in all{lost}"


class Readable(Protocol):
    """Something to read bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes, or what is left."""


class Hashed:
    """Counts and hashes what is read through it."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes of the source."""
        block = self._source.read(size)
        self._hash.update(block)
        self.size += len(block)
        return block

    def blocks(self) -> Iterator[bytes]:
        """All of it."""
        while block := self.read(BLOCK):
            yield block

    def line(self, name: str) -> str:
        """The manifest's line about what was read."""
        return f"{self._hash.hexdigest()} {self.size} {name}\n"


def refuse_elsewhere(settings: Settings) -> None:
    """Refuse what is not in the data folder: it has better tools of its own."""
    if settings.on_postgres or settings.bucket:
        raise SettingsError(ELSEWHERE)


def same(one: IO[bytes], other: IO[bytes]) -> bool:
    """Whether both hold the same bytes."""
    while True:
        left, right = one.read(BLOCK), other.read(BLOCK)
        if left != right:
            return False
        if not left:
            return True
