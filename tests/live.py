"""A real port for streams: the app behind uvicorn in the test's own loop, and readers of events."""

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import uvicorn

from tests.waiting import PATIENCE, eventually

# Small, so that a reader who takes nothing is noticed after kilobytes, not megabytes.
SEND_BUFFER = 16 * 1024


class Event(NamedTuple):
    """One server-sent event; `name` is empty for HTML."""

    id: str
    name: str
    data: str


class Reader:
    """The events of one stream, as they arrive."""

    def __init__(self, response):
        self.response = response
        self.seen = []
        self._arrived = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def next(self, within=PATIENCE):
        """The next event; None when the stream has ended; TimeoutError when there is none."""
        async with asyncio.timeout(within):  # wait_for of Python 3.11 may swallow a cancellation
            event = await self._arrived.get()
        if event is None:
            self._arrived.put_nowait(None)
        else:
            self.seen.append(event)
        return event

    async def named(self, name, within=PATIENCE):
        """The next event of this name; the ones before it are in `seen`."""
        return await self.until(lambda event: event.name == name, within)

    async def with_text(self, text, within=PATIENCE):
        """The next event whose data has this text."""
        return await self.until(lambda event: text in event.data, within)

    async def until(self, wanted, within=PATIENCE):
        async with asyncio.timeout(within):
            while (event := await self.next(within)) is not None:
                if wanted(event):
                    return event
        seen = "\n".join(map(str, self.seen))
        raise AssertionError(f"The stream ended before that; it had:\n{seen}")

    async def ready(self):
        """Wait until the page is connected and caught up."""
        return await self.named("ready")

    async def end(self, within=PATIENCE):
        """Wait for the end; gives the last event before it."""
        async with asyncio.timeout(within):
            while await self.next(within) is not None:
                pass
        return self.seen[-1] if self.seen else None

    def arrived(self):
        """What has come and was not asked for yet, without waiting."""
        events = []
        while not self._arrived.empty() and (event := self._arrived.get_nowait()) is not None:
            events.append(event)
        self.seen += events
        return events

    async def close(self):
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self):
        fields = {}
        try:
            async for line in self.response.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields.setdefault(name, []).append(value)
                elif fields:
                    self._arrived.put_nowait(_event(fields))
                    fields = {}
        except httpx.TransportError:
            pass  # cut off: the end, as for a browser
        self._arrived.put_nowait(None)


def _event(fields):
    joined = {name: "\n".join(values) for name, values in fields.items()}
    return Event(joined.get("id", ""), joined.get("event", ""), joined.get("data", ""))


class LiveServer:
    """The app on a port of its own."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.AsyncClient(
            base_url=self.url,
            transport=httpx.AsyncHTTPTransport(
                verify=False, limits=httpx.Limits(max_connections=None)
            ),
            timeout=httpx.Timeout(PATIENCE, read=None),
            trust_env=False,
        )

    @asynccontextmanager
    async def stream(self, somebody, path, **headers):
        """Open a stream as this browser would; `headers` have underscores for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Cookie"] = somebody.headers.get("Cookie", "")
        async with self._http.stream("GET", path, headers=named) as response:
            assert response.status_code == 200, await response.aread()
            reader = Reader(response)
            try:
                yield reader
            finally:
                await reader.close()

    async def aclose(self):
        await self._http.aclose()


@asynccontextmanager
async def serving(app):
    """Serve an app whose lifespan runs already; ends when every connection has ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        proxy_headers=False,
        server_header=False,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    live = LiveServer(listener.getsockname()[1])
    try:
        yield live
    finally:
        await live.aclose()
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await eventually(lambda: not server.server_state.tasks)
        await eventually(lambda: not server.server_state.connections)
