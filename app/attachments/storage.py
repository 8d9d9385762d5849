"""Where files are: a folder or a bucket, each file under a name that we made."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.settings import Settings

NAME = re.compile("[0-9a-f]{32}")
BLOCK = 256 * 1024
BATCH = 500


class Missing(Exception):
    """The storage has no file of this name."""


class Storage(Protocol):
    """Keeps whole files under names of ours."""

    async def keep(self, part: Path, name: str) -> None:
        """Take a received file over; all of it or, after an error, nothing."""

    def reading(
        self, name: str, start: int, length: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """So many bytes from `start`, in blocks; Missing when there is no such file."""

    async def remove(self, name: str) -> None:
        """Forget the file; one that is gone already is no error."""

    async def check(self) -> None:
        """Raises when files cannot be kept."""

    def older_than(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The names of all files from before this moment, in batches."""


def new_name() -> str:
    """A name that nobody can guess or choose."""
    return secrets.token_hex(16)


def checked(name: str) -> str:
    """The name, if it is one of ours: nothing else becomes a path."""
    if not NAME.fullmatch(name):
        raise Missing(name)
    return name


def storage_for(settings: Settings) -> Storage:
    """The storage of these settings."""
    if settings.bucket:
        from app.attachments.bucket import Bucket  # noqa: PLC0415 - a big library, often not needed

        return Bucket(settings)
    from app.attachments.folder import Folder  # noqa: PLC0415 - beside the other one

    return Folder(settings.data / "files")
