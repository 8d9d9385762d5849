"""A file as it comes in: straight to disk, counted and hashed, cut off where it must be."""

import asyncio
import errno
import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiofiles
from litestar import Request

from app.languages import N_
from app.problems import Problem, TooMany
from app.settings import Settings

MEGABYTE = 1024 * 1024
BLOCK = 512 * 1024
# So much in each span of patience at the least: less is a sender who only holds us up.
ENOUGH = 64 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
SLOW = N_("The file came too slowly and was cut off. Nothing was stored; try again.")
READ_TO_ITS_END = "upload_was_read"


class TooLarge(Problem):
    """More bytes than a file may have."""

    status = 413
    title = N_("Too large")


class TooSlow(Problem):
    """The sender stalls."""

    status = 408
    title = N_("Too slow")


class CutOff(Problem):
    """The sender has gone in the middle; this answer reaches nobody."""

    status = 400


class NoRoom(Problem):
    """Neither the disk nor the quota has room for it."""

    status = 507
    title = N_("No room")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has come whole: where it lies, how long it is, and its hash."""

    path: Path
    size: int
    sha256: str


class Turns:
    """How many uploads of one person are on their way to this process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[Hashable] = Counter()

    @contextmanager
    def one(self, key: Hashable, text: str) -> Iterator[None]:
        """Let one more upload of this person in, or raise TooMany with this text."""
        if self._open[key] >= self._most:
            raise TooMany(text, retry_after=10)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


def check_size(size: int, largest_mb: int) -> None:
    """Refuse what is larger than a file may be."""
    if size > largest_mb * MEGABYTE:
        raise TooLarge(
            N_("The file is larger than {size} MB, so it was not sent.", size=largest_mb)
        )


def announced_size(request: Request[Any, Any, Any]) -> int:
    """How long the sender says it is; 0 when it does not say."""
    told = request.headers.get("content-length", "")
    return int(told[:20]) if told.isascii() and told.isdecimal() else 0


@asynccontextmanager
async def received(request: Request[Any, Any, Any], settings: Settings) -> AsyncIterator[Received]:
    """The body as a file, which is gone after the block unless it was moved."""
    folder = settings.parts
    path = folder / f"{secrets.token_hex(16)}.part"
    try:
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            size, digest = await _written(_body(request, settings), path, settings.upload_mb)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise NoRoom(
                N_("There is no room for this file right now. Nothing was stored; try later.")
            ) from error
        yield Received(path, size, digest)
    finally:
        _forget(path)


async def _written(chunks: AsyncIterator[bytes], path: Path, largest_mb: int) -> tuple[int, str]:
    digest, size, block = hashlib.sha256(), 0, bytearray()
    async with aiofiles.open(path, "xb") as file:
        async for chunk in chunks:
            size += len(chunk)
            check_size(size, largest_mb)
            block += chunk
            if len(block) >= BLOCK:
                # The hash in a thread of its own: it takes as long as the writing.
                await asyncio.gather(file.write(block), asyncio.to_thread(digest.update, block))
                block = bytearray()
        digest.update(block)
        await file.write(block)
    return size, digest.hexdigest()


async def _body(request: Request[Any, Any, Any], settings: Settings) -> AsyncIterator[bytes]:
    """The chunks of the body; CutOff when the sender goes, TooSlow when it keeps us waiting."""
    loop, patience = asyncio.get_running_loop(), settings.upload_patience_seconds
    end = loop.time() + settings.upload_minutes * 60
    deadline, came = loop.time() + patience, 0
    more = True
    while more:
        try:
            async with asyncio.timeout_at(min(deadline, end)):
                message: Any = await request.receive()
        except TimeoutError as error:
            raise TooSlow(SLOW) from error
        if loop.time() > end:  # of a sender for whom nobody had to wait
            raise TooSlow(SLOW)
        if message["type"] == "http.disconnect":
            raise CutOff(N_("The upload was cut off. Nothing was stored."))
        came += len(message.get("body", b""))
        if came >= ENOUGH:
            deadline, came = loop.time() + patience, 0
        more = message.get("more_body", False)
        yield message.get("body", b"")
    request.scope["state"][READ_TO_ITS_END] = True


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


async def forget_parts(folder: Path, before: datetime) -> None:
    """Remove what a process that was killed had begun to receive."""
    await asyncio.to_thread(_forget_parts, folder, before.timestamp())


def _forget_parts(folder: Path, before: float) -> None:
    for path in folder.glob("*.part"):
        if path.lstat().st_mtime < before:
            path.unlink(missing_ok=True)
