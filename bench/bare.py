"""What Parley is compared with: a bare handler with one INSERT, a bare copy to disk, nothing."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiofiles
import uvicorn
from litestar import Litestar, Request, Response, post, put
from litestar.params import URLEncodedBody
from piccolo.columns import Text, Timestamptz, Varchar
from piccolo.table import Table

from app.database import engine_for
from app.moments import now
from app.settings import load_settings

ENGINE = engine_for(load_settings())
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Note(Table, tablename="bench_notes", db=ENGINE):
    """A message and nothing else."""

    body = Text()
    nonce = Varchar(64)
    created_at = Timestamptz(default=None, null=True)


@dataclass
class NoteForm:
    """The same form as a message's."""

    body: str = ""
    nonce: str = ""


@post("/notes", status_code=200)
async def write(data: URLEncodedBody[NoteForm]) -> Response[str]:
    """Store it."""
    await Note.insert(Note(body=data.body, nonce=data.nonce, created_at=now()))
    return Response("ok", media_type="text/plain")


@put("/copy", request_max_body_size=None)
async def copy(request: Request[Any, Any, Any]) -> Response[str]:
    """Write what comes to disk as it comes."""
    async with aiofiles.open(load_settings().data / "copy", "wb") as file:
        async for chunk in request.stream():
            await file.write(chunk)
    return Response("ok", media_type="text/plain")


@asynccontextmanager
async def lifespan(_: Litestar) -> AsyncIterator[None]:
    """A table that is there."""
    await Note.create_table(if_not_exists=True)
    yield
    await ENGINE.close()


class Nothing(asyncio.Protocol):
    """Answers whatever comes: the load generator against this shows its own ceiling."""

    def connection_made(self, transport: Any) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        """Answer; the load generator has one request on its way."""
        self._transport.write(NO_CONTENT)


async def nothing(listener: socket.socket) -> None:
    """Serve nothing."""
    server = await asyncio.get_running_loop().create_server(Nothing, sock=listener)
    await server.serve_forever()


def handlers(listener: socket.socket) -> None:
    """Serve the bare handlers, on a server set as Parley's is."""
    app = Litestar([write, copy], lifespan=[lifespan], openapi_config=None, logging_config=None)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    """Serve the handlers or nothing on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"Listens on port {listener.getsockname()[1]}.", flush=True)
    if sys.argv[1] == "handlers":
        handlers(listener)
    else:
        import uvloop  # noqa: PLC0415 - only here

        uvloop.run(nothing(listener))


if __name__ == "__main__":
    main()
