"""A way between two programs that can be cut, frozen, slowed, and made to lose answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 65_536


class Way:
    """Passes bytes on between those who connect here and a port."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0
        self.answers_to_lose = 0
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End every connection at once, as a cable that is pulled out and a router that says so."""
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        """Pass nothing on, and say nothing of it: half-open connections."""
        self._open.clear()

    def refuse(self) -> None:
        """Cut, and take no new connection."""
        self._refuses = True
        self.cut()

    def heal(self) -> None:
        """Pass on everything again."""
        self.delay, self.answers_to_lose, self._refuses = 0.0, 0, False
        self._open.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, until either side ends it."""
        if self._refuses:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            there, onward = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        else:
            self._writers.add(onward)
            try:
                both = [self._pass(reader, onward), self._pass(there, writer, loses=True)]
                await asyncio.gather(*both)
            finally:
                onward.transport.abort()
                self._writers.discard(onward)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, loses: bool = False
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                if loses and self.answers_to_lose and data.startswith(b"HTTP/1.1 200"):
                    self.answers_to_lose -= 1
                    break  # it was done, and whoever asked does not learn so
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[Way]:
    """Open a way to a port, on a port of its own."""
    way = Way(port)
    server = await asyncio.start_server(way.take, HOST, 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        way.heal()
        server.close()
        way.cut()
