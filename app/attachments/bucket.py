"""Files in a bucket of an S3-compatible service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from obstore.store import S3Store

from app.attachments.storage import BATCH, BLOCK, NAME, Missing, checked
from app.settings import Settings

PART = 5 * 1024 * 1024  # the smallest that S3 takes
AT_ONCE = 2  # parts of one file on their way, each of them in memory


class Bucket:
    """A bucket; its files lie side by side."""

    def __init__(self, settings: Settings) -> None:
        self._store = S3Store(
            settings.bucket,
            endpoint=settings.bucket_endpoint or None,
            region=settings.bucket_region,
            access_key_id=settings.bucket_access_key or None,
            secret_access_key=settings.bucket_secret_key or None,
            virtual_hosted_style_request=not settings.bucket_endpoint,
            client_options={"allow_http": settings.bucket_endpoint.startswith("http://")},
        )

    async def keep(self, part: Path, name: str) -> None:
        """Send the received file there in parts."""
        await self._store.put_async(checked(name), part, chunk_size=PART, max_concurrency=AT_ONCE)

    @asynccontextmanager
    async def reading(
        self, name: str, start: int, length: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """So many bytes from `start`, in blocks."""
        try:
            found = await self._store.get_async(
                checked(name), options={"range": (start, start + length)}
            )
        except FileNotFoundError as error:
            raise Missing(name) from error

        async def blocks() -> AsyncIterator[bytes]:
            async for block in found.stream(min_chunk_size=BLOCK):
                yield bytes(block)

        yield blocks()

    async def remove(self, name: str) -> None:
        """Forget the file."""
        await self._store.delete_async(checked(name))

    async def check(self) -> None:
        """Ask for a list; raises when the bucket is not there or not ours to read."""
        async for _ in self._store.list(prefix="0" * 32, chunk_size=1):
            break

    async def older_than(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The names of all files from before this moment, in batches."""
        async for batch in self._store.list(chunk_size=BATCH):
            yield [
                one["path"]
                for one in batch
                if NAME.fullmatch(one["path"]) and one["last_modified"] < moment
            ]
