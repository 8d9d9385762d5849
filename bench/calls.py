"""Voice calls: what 50 signalled calls at once cost the server, beside 50 chats."""

import asyncio
import json
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterable

from app import database as databases
from app.settings import Settings
from bench import budgets, load, scene
from bench.budgets import Measured
from bench.load import Answer, Chat, Pool, Talk
from bench.server import PARLEY, Server, database, serving

CALLS = 50
BUSY, CALM = (
    100,
    10,
)  # messages a second in all: the rate of the budgets, and one in 5 s of each chat
BEAT = 3.0
TOLD = 2  # times that a browser tells of its ways: those that come up together go together
# About as long as what Chromium writes for sound alone, and for one candidate.
DESCRIPTION, CANDIDATE = "v=0 o=- " + 1_500 * "x", "candidate:1 1 udp " + 120 * "x"
PAGE = "page-of-the-bench"


def run(options: Namespace) -> list[Measured]:
    """The same chats on each database: silent, calm, busy, and then all in calls."""
    return [line for kind in options.databases for line in _measured(kind, 2 * options.seconds)]


def _measured(kind: str, seconds: float) -> list[Measured]:
    with database(kind) as settings:
        chats = scene.chats(settings, CALLS, agents=CALLS)
        asyncio.run(_allow_calls(settings))
        with serving(PARLEY, settings, PARLEY_CALLS="true") as server:
            calm = _cpu_of_messages(server, chats, CALM, seconds)
            busy = _cpu_of_messages(server, chats, BUSY, seconds)
            silent = asyncio.run(_cpu_of_silence(server, chats, seconds / 2))
            calls = asyncio.run(_cpu_of_calls(server, chats, seconds))
    calm_share, busy_share = 100 * calls["talking"] / calm, 100 * calls["cpu"] / busy
    many, said = f"{kind}: {CALLS}", "messages/s"
    return [
        Measured(f"{many} silent chats", silent, "% of a core"),
        Measured(f"{many} chats, {CALM} {said}", calm, "% of a core"),
        Measured(f"{many} calls that talk", calls["talking"], "% of a core"),
        Measured(f"{many} calls that talk, of those chats", calm_share, "%", budgets.CALLS),
        Measured(f"{many} chats, {BUSY} {said}", busy, "% of a core"),
        Measured(f"{many} calls begun at once, and ended", calls["cpu"], "% of a core"),
        Measured(f"{many} calls begun at once, of those chats", busy_share, "%", budgets.CALLS),
        Measured(f"{kind}: calls refused or lost", calls["lost"], "calls", budgets.NONE_LOST),
    ]


async def _allow_calls(settings: Settings) -> None:
    from app.widget.tables import Widget  # noqa: PLC0415 - beside the other tables

    databases.bind(databases.engine_for(settings))
    try:
        await Widget.update({Widget.calls: True}, force=True)
    finally:
        await databases.engine().close()


def _cpu_of_messages(server: Server, chats: list[Chat], rate: int, seconds: float) -> float:
    said = load.run(
        "latency", pid=server.pid, port=server.port, chats=chats, rate=rate, seconds=seconds
    )
    in_a_second: float = said["cpu"] * rate / 1000
    return 100 * in_a_second


async def _listening(server: Server, chats: list[Chat]) -> Talk:
    """Every stream open, as those of the chats were."""
    talk = Talk(server.port, chats, Pool(server.port))
    await talk.pool.open(2 * len(chats))
    await talk.open_streams()
    await asyncio.sleep(load.WARM_UP)
    return talk


async def _cpu_of_silence(server: Server, chats: list[Chat], seconds: float) -> float:
    _streams = await _listening(server, chats)
    cpu = server.cpu()
    await asyncio.sleep(seconds)
    return 100 * (server.cpu() - cpu) / seconds


async def _cpu_of_calls(server: Server, chats: list[Chat], seconds: float) -> dict[str, float]:
    """All calls begin over the first second, and talk until the last."""
    talk = await _listening(server, chats)
    began, cpu = time.perf_counter(), server.cpu()
    calls = [Call(talk.pool, chat) for chat in chats]
    connecting = [_after(n / len(calls), call.connects) for n, call in enumerate(calls)]
    there = asyncio.gather(*(call.is_there(until=began + seconds) for call in calls))
    await _all(connecting)
    at, connected = time.perf_counter(), server.cpu()
    await asyncio.sleep(began + seconds - at)
    talked = (server.cpu() - connected) / (time.perf_counter() - at)
    await there
    await _all(call.ends() for call in calls)
    cpu = (server.cpu() - cpu) / (time.perf_counter() - began)
    lost = sum(not call.fine for call in calls)
    return {"cpu": 100 * cpu, "talking": 100 * talked, "lost": lost}


async def _all(tasks: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*tasks)


async def _after(seconds: float, begin: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await begin()


class Call:
    """What the pages of both sides send for one call."""

    def __init__(self, pool: Pool, chat: Chat) -> None:
        self._pool = pool
        self._chat = chat
        self._id = 0
        self._begun = asyncio.Event()
        self._read = {False: 0, True: 0}
        self.fine = True

    async def connects(self) -> None:
        """The visitor calls and offers, the agent answers; each reads what the other leaves."""
        page = {"page": PAGE}
        path = f"/widget/{self._chat.widget}/calls"
        begun = await self._ask(load.post(path, self._chat.visitor_cookie, **page))
        if not self.fine:
            raise RuntimeError(f"No call begins: {begun.body.decode()}")
        self._id = json.loads(begun.body)["call"]
        self._begun.set()
        await self._tell("answer", by_agent=True, **page)
        await self._signals("offer", "answer")
        await self._signals(*TOLD * ["candidate"])

    async def _signals(self, *kinds: str) -> None:
        for kind in kinds:
            sides = (False, True) if kind == "candidate" else (kind == "answer",)
            text = CANDIDATE if kind == "candidate" else DESCRIPTION
            fields = {"page": PAGE, "round": "1", "kind": kind, "body": json.dumps({"sdp": text})}
            for by_agent in sides:
                await self._tell("signals", by_agent=by_agent, **fields)
                await self._reads(by_agent=not by_agent)

    async def is_there(self, *, until: float) -> None:
        """Both say so from the beginning of the call to this moment."""
        await self._begun.wait()
        while time.perf_counter() < until - BEAT:
            await asyncio.sleep(BEAT)
            for by_agent in (True, False):
                await self._tell("presence", by_agent=by_agent, method="PUT", page=PAGE)

    async def ends(self) -> None:
        """The agent hangs up."""
        await self._tell("ending", by_agent=True)

    def _at(self, step: str, *, by_agent: bool) -> tuple[str, str]:
        if by_agent:
            return f"/workspace/calls/{self._id}/{step}", self._chat.agent_cookie
        return f"/widget/{self._chat.widget}/calls/{self._id}/{step}", self._chat.visitor_cookie

    async def _tell(
        self, step: str, *, by_agent: bool, method: str = "POST", **fields: str
    ) -> None:
        request = load.post(*self._at(step, by_agent=by_agent), **fields)
        await self._ask(request.replace(b"POST", method.encode(), 1))

    async def _reads(self, *, by_agent: bool) -> None:
        path, cookie = self._at(f"signals?after={self._read[by_agent]}", by_agent=by_agent)
        found = json.loads((await self._ask(load.get(path, cookie))).body)["signals"]
        self._read[by_agent] = found[-1]["id"] if found else self._read[by_agent]

    async def _ask(self, request: bytes) -> Answer:
        answer = await self._pool.ask(request)
        self.fine = self.fine and answer.status in {200, 204}
        return answer
