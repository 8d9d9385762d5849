"""The load, made in a process of its own: raw HTTP/1.1 on kept connections, no client library.

`python -m bench.load` takes a plan as one line of JSON and answers with one line of JSON.
"""

import asyncio
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import uvloop

HOST = "127.0.0.1"
TICKS = os.sysconf("SC_CLK_TCK")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# The number is looked for where an entry's words begin; a list's preview has it as well.
NUMBER = re.compile(rb"<p>m(\d+)x ")
WORDS = "Do you have the *Alder* floor lamp in oak, and when would it be here?"
WARM_UP = 1.0
# After everybody came at once: agents are told within a second who is there now, and the steady
# rate begins after that.
ARRIVALS = 3.0
DRAIN = 8.0
TOGETHER = 100
READY, BEAT = b"event: ready\n", b"event: beat\n"


@dataclass(frozen=True, slots=True)
class Chat:
    """An active interaction with what lets each side write to it."""

    interaction: int
    widget: str
    visitor: str
    session: str

    @property
    def visitor_cookie(self) -> str:
        """What the visitor's browser sends."""
        return f"__Host-parley-{self.widget}={self.visitor}"

    @property
    def agent_cookie(self) -> str:
        """What the agent's browser sends."""
        return f"parley-session={self.session}"


# What the benches call.


def run(kind: str, **plan: Any) -> dict[str, Any]:
    """Run a plan in a process of its own, and wait for its result."""
    command = [sys.executable, "-m", "bench.load"]
    given = _line({"kind": kind, **plan})
    done = subprocess.run(command, input=given, text=True, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@contextmanager
def holding(**plan: Any) -> Iterator[dict[str, Any]]:
    """Hold streams open, in a process of its own, as long as the block lasts."""
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("Both are pipes.")
        process.stdin.write(_line({"kind": "hold", **plan}))
        process.stdin.flush()
        held: dict[str, Any] = json.loads(process.stdout.readline())
        try:
            yield held
            process.stdin.close()
            held |= json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _line(plan: dict[str, Any]) -> str:
    return json.dumps(plan, default=asdict) + "\n"


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, with those that it has started and that live."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    return own + sum(cpu_of(int(child)) for child in children)


# What is sent.


def get(path: str, cookie: str, accept: str = "*/*") -> bytes:
    """A request as it goes over the wire."""
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: {accept}\r\nCookie: {cookie}\r\n\r\n"
    return head.encode()


def post(path: str, cookie: str, **form: str) -> bytes:
    """A form as it goes over the wire, as the page's own script sends it."""
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nHX-Request: true\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def message(chat: Chat, number: int, *, by_agent: bool) -> bytes:
    """A message whose words begin with its number."""
    words = {"body": f"m{number}x {WORDS}", "nonce": f"bench-{number}"}
    if by_agent:
        path = f"/workspace/interactions/{chat.interaction}/messages"
        return post(path, chat.agent_cookie, **words)
    page = {"page_title": "Lamps", "page_url": "https://shop.example/lamps"}
    return post(f"/widget/{chat.widget}/messages", chat.visitor_cookie, **words, **page)


# Connections.


class Answer(NamedTuple):
    """A response; its body has come whole."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: Any = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the server."""
        self._transport = transport

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for the whole answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        found = LENGTH.search(self._buffer, 0, end)
        whole = end + 4 + (int(found[1]) if found else 0)
        if len(self._buffer) >= whole:
            status = int(self._buffer[9:12])
            self._answer.set_result(Answer(status, bytes(self._buffer[end + 4 : whole])))
            self._answer = None
            del self._buffer[:whole]

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        self.lost = True
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("The server closed the connection."))


class Events(asyncio.Protocol):
    """One stream; tells the bytes of whole events to its listener."""

    def __init__(self, request: bytes, listener: Callable[[bytes], None]) -> None:
        self._request = request
        self._listener = listener
        self._rest = b""
        self.ready = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: Any) -> None:
        """Ask for the stream."""
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Pass on what is complete."""
        whole, end, rest = (self._rest + data).rpartition(b"\n\n")
        self._rest = rest
        if not end:
            return
        if not self.ready.done() and READY in whole + b"\n":
            self.ready.set_result(None)
        self._listener(whole + b"\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it ended before its time, with what the server said."""
        self.lost = True
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError(self._rest[:300].decode()))


class Pool:
    """Kept connections; whoever asks takes a free one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.Queue[Connection] = asyncio.Queue()

    async def open(self, count: int) -> None:
        """Open so many."""
        for _ in range(count):
            self._free.put_nowait(await self._connected())

    async def ask(self, request: bytes) -> Answer:
        """The answer to a request, on whichever connection is free first."""
        connection = await self._free.get()
        if connection.lost:  # while it was idle, as servers do after some seconds
            connection = await self._connected()
        try:
            return await connection.ask(request)
        finally:
            self._free.put_nowait(connection)

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, HOST, self._port)
        return connection


# People who talk.


@dataclass(slots=True)
class Talk:
    """Chats with every stream open, and when each message was seen on which side."""

    port: int
    chats: list[Chat]
    pool: Pool
    seen_by_visitors: dict[int, float] = field(default_factory=dict)
    seen_by_agents: dict[int, float] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    acknowledged: list[float] = field(default_factory=list)
    caught_up: int = 0
    numbers: Iterator[int] = field(
        # A number is a message's nonce as well: no other run on this database has the same.
        default_factory=lambda: itertools.count(random.randrange(10**9) * 10**6)
    )

    async def open_streams(self) -> None:
        """The stream of each visitor and of each agent; ready when all are."""
        key = self.chats[0].widget
        path = f"/widget/{key}/stream"
        requests = [
            *((path, chat.visitor_cookie, self.seen_by_visitors) for chat in self.chats),
            *(
                ("/workspace/stream", cookie, self.seen_by_agents)
                for cookie in sorted({chat.agent_cookie for chat in self.chats})
            ),
        ]
        await asyncio.gather(*(self._stream(*request) for request in requests))
        self.caught_up = 0

    async def _stream(self, path: str, cookie: str, seen: dict[int, float]) -> None:
        def note(events: bytes) -> None:
            at = time.perf_counter()
            for found in NUMBER.finditer(events):
                seen.setdefault(int(found[1]), at)
            self.caught_up += events.count(READY)

        opened = await _open(self.port, get(path, cookie, "text/event-stream"), note)
        await opened.ready

    async def say(self, number: int, chat: Chat, *, by_agent: bool) -> None:
        """Post a message; its status and the time of its answer are noted."""
        answer = await self.pool.ask(message(chat, number, by_agent=by_agent))
        self.acknowledged.append(time.perf_counter())
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1

    async def all_delivered(self, numbers: set[int]) -> bool:
        """Wait until both sides have seen these messages; False when it takes too long."""
        deadline = time.perf_counter() + DRAIN
        while time.perf_counter() < deadline:
            if self.seen_by_agents.keys() >= numbers and self.seen_by_visitors.keys() >= numbers:
                return True
            await asyncio.sleep(0.01)
        return False


async def _talk(plan: dict[str, Any], connections: int) -> Talk:
    talk = Talk(plan["port"], [Chat(**chat) for chat in plan["chats"]], Pool(plan["port"]))
    await talk.pool.open(connections)
    await talk.open_streams()
    return talk


async def latency(plan: dict[str, Any]) -> dict[str, Any]:
    """Messages at a steady rate, whatever the answers: from POST to the other side's stream.

    The clock starts when a message is due and its task runs, so that waiting for a connection
    counts; how late the tasks ran is told, as that would be this process's fault.
    """
    talk = await _talk(plan, 2 * len(plan["chats"]))
    cpu = 0.0
    started: dict[int, tuple[float, bool]] = {}
    late: list[float] = []
    tasks = []
    begin = time.perf_counter() + 0.05
    for index in range(round((ARRIVALS + plan["seconds"]) * plan["rate"])):
        due = begin + index / plan["rate"]
        await asyncio.sleep(max(0, due - time.perf_counter()))
        by_agent = bool(index // len(talk.chats) % 2)
        number = next(talk.numbers)
        now = time.perf_counter()
        if due >= begin + ARRIVALS:
            cpu = cpu or cpu_of(plan["pid"])
            started[number] = now, by_agent
            late.append(now - due)
        chat = talk.chats[index % len(talk.chats)]
        tasks.append(asyncio.create_task(talk.say(number, chat, by_agent=by_agent)))
    await asyncio.gather(*tasks)
    await talk.all_delivered(set(started))
    cpu = cpu_of(plan["pid"]) - cpu
    other = {True: talk.seen_by_visitors, False: talk.seen_by_agents}
    took = [
        other[by_agent][number] - at
        for number, (at, by_agent) in started.items()
        if number in other[by_agent]
    ]
    return {
        "sent": sum(talk.statuses.values()),
        "measured": len(took),
        "lost": len(started) - len(took),
        "statuses": talk.statuses,
        "caught_up": talk.caught_up,
        "cpu": cpu / len(started) * 1000,
        "p50": _percentile(took, 50) * 1000,
        "p99": _percentile(took, 99) * 1000,
        "max": max(took, default=math.nan) * 1000,
        "late_p99": _percentile(late, 99) * 1000,
    }


async def throughput(plan: dict[str, Any]) -> dict[str, Any]:
    """Messages as fast as they are answered, both sides in turn; counted when both have them."""
    talk = await _talk(plan, plan["workers"])

    async def until(deadline: float) -> set[int]:
        said = set()

        async def worker(index: int) -> None:
            for turn in itertools.count():
                if time.perf_counter() >= deadline:
                    return
                chat = talk.chats[(index + turn * plan["workers"]) % len(talk.chats)]
                number = next(talk.numbers)
                said.add(number)
                await talk.say(number, chat, by_agent=bool((index + turn) % 2))

        await asyncio.gather(*(worker(index) for index in range(plan["workers"])))
        return said

    warm = await until(time.perf_counter() + WARM_UP)
    await talk.all_delivered(warm)
    talk.caught_up = 0
    cpu = cpu_of(plan["pid"])
    begin = time.perf_counter()
    said = await until(begin + plan["seconds"])
    answered = max(talk.acknowledged)
    await talk.all_delivered(said)
    cpu = cpu_of(plan["pid"]) - cpu
    sides = (talk.seen_by_agents, talk.seen_by_visitors)
    both = [n for n in said if all(n in side for side in sides)]
    last = max([answered, *(side[n] for n in both for side in sides)])
    return {
        "sent": sum(talk.statuses.values()),
        "statuses": talk.statuses,
        "cpu": cpu / len(said) * 1000,
        "delivered": len(both),
        "lost": len(said) - len(both),
        "caught_up": talk.caught_up,
        "per_second": len(both) / (last - begin),
        "answered_per_second": len(said) / (answered - begin),
        "behind": (last - answered) * 1000,
    }


async def requests(plan: dict[str, Any]) -> dict[str, Any]:
    """One form, posted as fast as it is answered."""
    pool = Pool(plan["port"])
    await pool.open(plan["workers"])
    statuses: dict[int, int] = {}

    async def worker(deadline: float) -> int:
        count = 0
        while time.perf_counter() < deadline:
            words = {"body": f"m{count:07}x {WORDS}", "nonce": f"bench-{count:07}"}
            answer = await pool.ask(post(plan["path"], "none=1", **words))
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            count += 1
        return count

    async def all_until(deadline: float) -> int:
        return sum(await asyncio.gather(*(worker(deadline) for _ in range(plan["workers"]))))

    await all_until(time.perf_counter() + WARM_UP / 2)
    begin = time.perf_counter()
    count = await all_until(begin + plan["seconds"])
    return {"per_second": count / (time.perf_counter() - begin), "statuses": statuses}


async def hold(plan: dict[str, Any]) -> dict[str, Any]:
    """Visitors' streams that only listen, until this process is told to end."""
    counts = {"events": 0, "beats": 0}

    def note(events: bytes) -> None:
        counts["events"] += 1
        counts["beats"] += events.count(BEAT)

    begin = time.perf_counter()
    opened: list[Events] = []
    chats = [Chat(**chat) for chat in plan["chats"]]
    for first in range(0, len(chats), TOGETHER):
        asked = [
            get(f"/widget/{chat.widget}/stream", chat.visitor_cookie, "text/event-stream")
            for chat in chats[first : first + TOGETHER]
        ]
        made = await asyncio.gather(*(_open(plan["port"], one, note) for one in asked))
        await asyncio.gather(*(one.ready for one in made))
        opened += made
    print(json.dumps({"open": len(opened), "seconds": time.perf_counter() - begin}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    return {"lost": sum(one.lost for one in opened), **counts}


async def _open(port: int, request: bytes, listener: Callable[[bytes], None]) -> Events:
    loop = asyncio.get_running_loop()
    _, events = await loop.create_connection(lambda: Events(request, listener), HOST, port)
    return events


def _percentile(values: list[float], percent: float) -> float:
    """By nearest rank, so that it is a value that was measured."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else math.nan


KINDS: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "latency": latency,
    "throughput": throughput,
    "requests": requests,
    "hold": hold,
}


async def _main() -> dict[str, Any]:
    plan = json.loads(sys.stdin.readline())
    return await KINDS[plan["kind"]](plan)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_main())), flush=True)
