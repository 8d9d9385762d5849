"""An attachment as an answer: the bytes that came in, our type, whole or in part."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog
from litestar.types import Receive, Scope, Send

from app.attachments.kinds import BY_NAME
from app.attachments.names import disposition
from app.attachments.ranges import Part, Unsatisfiable, part_of
from app.attachments.storage import Missing, Storage
from app.attachments.tables import Attachment
from app.problems import NotFound
from app.responses.tables import ResponseFile

SANDBOX = "default-src 'none'; sandbox"
IN_PLAYERS = {"image", "audio", "video"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Download:
    """Answers GET and HEAD; `inline` is for what a page draws or plays itself."""

    attachment: Attachment | ResponseFile
    storage: Storage
    inline: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the part that was asked for."""
        asked = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            part = self._part(asked)
        except Unsatisfiable:
            await self._start(send, 416, 0, {"Content-Range": f"bytes */{self.attachment.size}"})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        start, length = part or Part(0, self.attachment.size)
        try:
            async with self.storage.reading(self.attachment.stored_as, start, length) as blocks:
                await self._start(send, 206 if part else 200, length, self._range(part))
                if scope.get("method") != "HEAD":
                    gone = asyncio.ensure_future(_until_gone(receive))
                    try:
                        async for block in blocks:
                            if gone.done():
                                return
                            await send(
                                {"type": "http.response.body", "body": block, "more_body": True}
                            )
                    finally:
                        gone.cancel()
                        with suppress(asyncio.CancelledError):
                            await gone
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Missing as error:
            log.warning("an attachment's file is missing", attachment=self.attachment.id)
            raise NotFound from error

    def _part(self, asked: dict[bytes, str]) -> Part | None:
        condition = asked.get(b"if-range")
        if condition and condition != self._etag:
            return None
        return part_of(self.attachment.size, asked.get(b"range", ""))

    def _range(self, part: Part | None) -> dict[str, str]:
        if part is None:
            return {}
        last = part.start + part.length - 1
        return {"Content-Range": f"bytes {part.start}-{last}/{self.attachment.size}"}

    @property
    def _etag(self) -> str:
        return f'"{self.attachment.sha256}"'

    async def _start(self, send: Send, status: int, length: int, more: dict[str, str]) -> None:
        kind = BY_NAME[self.attachment.kind]
        inline = self.inline and kind.shown_as in IN_PLAYERS
        headers = {
            "Content-Type": kind.media_type,
            "Content-Length": str(length),
            "Content-Disposition": disposition(self.attachment.name, inline=inline),
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Accept-Ranges": "bytes",
            "ETag": self._etag,
            "Cache-Control": "private, no-store",
            **more,
        }
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})


async def _until_gone(receive: Receive) -> None:
    """Wait until the reader has gone: nothing is read for nobody."""
    while (await receive())["type"] != "http.disconnect":
        pass
