"""A way between two programs that can be cut, frozen, slowed, and made to lose answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 65_536
# Of a slow way: bytes at a time, seconds between them, and what the kernel may keep meanwhile.
SMALL, PAUSE, SEGMENT, WINDOW = 2_048, 0.03, 536, 4_096


class Way:
    """Passes bytes on between those who connect here and a port."""

    _chunk = CHUNK

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0
        self.answers_to_lose = 0
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._lives: dict[asyncio.Event, list[asyncio.StreamWriter]] = {}
        self._tasks: set[asyncio.Task[None] | None] = set()

    def cut(self) -> None:
        """End every connection at once, as a cable that is pulled out and a router that says so."""
        for writer in list(self._writers):
            writer.transport.abort()
        for lives in self._lives:
            lives.set()

    def freeze(self) -> None:
        """Pass nothing on, and say nothing of it: half-open connections."""
        self._open.clear()

    def abandon(self) -> None:
        """Never pass on anything of those that are connected, and say nothing; others may come.

        As where one side has lost its power, or a router has forgotten what it knew.
        """
        for lives in self._lives:
            lives.clear()

    def bury(self) -> None:
        """End those that were abandoned, as a kernel does that has asked for a sign of life."""
        for lives, writers in list(self._lives.items()):
            if not lives.is_set():
                for writer in writers:
                    writer.transport.abort()
                lives.set()

    async def close(self) -> None:
        """End every connection, and wait until it has ended."""
        self.heal()
        self.cut()
        await asyncio.gather(*filter(None, self._tasks), return_exceptions=True)

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
        task = asyncio.current_task()
        self._tasks.add(task)
        self._writers.add(writer)
        lives = asyncio.Event()
        lives.set()
        self._lives[lives] = [writer]
        try:
            there, onward = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        else:
            self._writers.add(onward)
            self._lives[lives].append(onward)
            try:
                out = self._pass(reader, onward, lives)
                back = self._pass(there, writer, lives, loses=True)
                await asyncio.gather(out, back)
            finally:
                onward.transport.abort()
                self._writers.discard(onward)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            del self._lives[lives]
            self._tasks.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self.target)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        lives: asyncio.Event,
        *,
        loses: bool = False,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(self._chunk):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                await lives.wait()
                if loses and self.answers_to_lose and data.startswith(b"HTTP/1.1 200"):
                    self.answers_to_lose -= 1
                    break  # it was done, and whoever asked does not learn so
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


class SlowWay(Way):
    """Takes little at a time, and keeps no more: whoever sends to it must wait."""

    _chunk = SMALL

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.delay = PAUSE

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = narrow_socket()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (HOST, self.target))
        return await asyncio.open_connection(sock=connection, limit=SMALL)


def narrow_socket() -> socket.socket:
    """A socket for which both kernels keep kilobytes only, where they could keep megabytes."""
    made = socket.socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
    return made


@asynccontextmanager
async def way_to(port: int, kind: type[Way] = Way) -> AsyncIterator[Way]:
    """Open a way to a port, on a port of its own."""
    way = kind(port)
    server = await asyncio.start_server(way.take, HOST, 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        await way.close()
