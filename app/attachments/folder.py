"""Files in a folder of this machine."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile

import aiofiles

from app.attachments.storage import BATCH, BLOCK, NAME, Missing, checked

PAGE = 4096  # what a disk gives at least


class Folder:
    """A folder with 256 folders in it, so that none grows large."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, part: Path, name: str) -> None:
        """Move the received file to its place."""
        await asyncio.to_thread(_move, part, self._path(name))

    @asynccontextmanager
    async def reading(
        self, name: str, start: int, length: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """So many bytes from `start`, in blocks."""
        try:
            opened = await aiofiles.open(self._path(name), "rb", opener=_not_through_links)
        except OSError as error:
            raise Missing(name) from error

        async def blocks() -> AsyncIterator[bytes]:
            await opened.seek(start)
            left = length
            while left > 0 and (block := await opened.read(min(BLOCK, left))):
                left -= len(block)
                yield block

        try:
            yield blocks()
        finally:
            await opened.close()

    async def remove(self, name: str) -> None:
        """Forget the file."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    async def check(self) -> None:
        """Write something there; raises when that is not possible, as on a full disk."""
        await asyncio.to_thread(_try_out, self._root)

    async def older_than(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The names of all files from before this moment, in batches."""
        names = _names_before(self._root, moment.timestamp())
        while batch := await asyncio.to_thread(lambda: list(islice(names, BATCH))):
            yield batch

    def _path(self, name: str) -> Path:
        return self._root / checked(name)[:2] / name


def _move(part: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    part.replace(to)


def _try_out(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=root) as file:
        file.write(bytes(PAGE))


def _not_through_links(path: str, flags: int) -> int:
    """Open the file itself: a link that somebody put in its place leads nowhere."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)


def _names_before(root: Path, moment: float) -> Iterator[str]:
    for path in root.glob("??/*"):
        if NAME.fullmatch(path.name) and path.lstat().st_mtime < moment:
            yield path.name
