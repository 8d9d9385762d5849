"""Visitors and agents talk while everything around them breaks; then what must hold is checked.

`python -m bench faults --seconds 120 --seed 7`: a worker is killed, ended and frozen, connections
of browsers, PostgreSQL and Redis are cut, slowed and left half-open, answers are lost after the
work was done, and both servers are started anew. The seed decides what happens in which order;
the machine decides in which moment.
"""

import asyncio
import os
import random
import signal
import socket
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.parse import urlsplit

import asyncpg

from app import database
from app.settings import Settings
from bench import budgets
from bench.budgets import Measured
from bench.crowd import ENTRY, WORDS, Agent, Log, Lost, Page, Told, Visitor, until
from bench.proxy import Way, way_to
from bench.server import PARLEY, PORT, UNLIMITED
from tests.builders import a_queue, a_session, a_widget, a_wrap_up_code, an_agent
from tests.services import free_port, postgres_folder, postgres_in, redis_server

# In seconds.
STARTS_WITHIN, CALM_WITHIN, ACKNOWLEDGED_WITHIN = 40, 30, 60
SAMPLES_EVERY, CALM = 0.5, 4.0
CAPACITY = 4
# How often two faults come together.
TOGETHER = 0.4
# Of a process, beside those of its baseline: connections of the pool, and files that it opened.
MORE_DESCRIPTORS = 16
QUICK = {
    "PARLEY_HEARTBEAT_SECONDS": "1",
    "PARLEY_SEND_TIMEOUT_SECONDS": "3",
    "PARLEY_PRESENCE_SECONDS": "8",
    "PARLEY_MISSES": "1000000",
    "PARLEY_LOG_LEVEL": "error",
    "PARLEY_LIMIT_TYPING": "1000000",
}
OPEN = "('queued', 'offered', 'active')"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, with whom, what may happen, and how long one fault lasts at most."""

    seconds: float
    seed: int
    visitors: int = 8
    agents: int = 3
    workers: int = 2
    longest: float = 3.0
    kinds: tuple[str, ...] = ()


@dataclass
class Result:
    """What was broken how often, what was seen, and what should not have been."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    acknowledged: int = 0
    stored: int = 0
    chats: int = 0
    unanswered: int = 0
    refused: int = 0
    connects: int = 0
    settled: float = 0.0


@dataclass
class Around:
    """What can be broken: the ways, the processes and the two servers."""

    front: Way
    postgres: Way
    redis: Way
    parent: int
    restart_postgres: Callable[[], Awaitable[None]]
    restart_redis: Callable[[], Awaitable[None]]

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children")
        return [int(number) for number in children.read_text().split()]

    def heal(self) -> None:
        """Mend all ways."""
        for way in (self.front, self.postgres, self.redis):
            way.heal()


Fault = Callable[[Around, random.Random, float], Awaitable[None]]


def _signals(number: int) -> Fault:
    async def fault(around: Around, dice: random.Random, _: float) -> None:
        _send(dice.choice(around.workers), number)

    return fault


async def _worker_frozen(around: Around, dice: random.Random, seconds: float) -> None:
    worker = dice.choice(around.workers)
    _send(worker, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    _send(worker, signal.SIGCONT)


def _cuts(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, __: float) -> None:
        getattr(around, name).cut()

    return fault


def _freezes(name: str) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.freeze()
        await asyncio.sleep(seconds)
        if dice.random() < 0.5:  # the connections never come back, or they go on
            way.cut()
        way.heal()

    return fault


def _refuses(name: str) -> Fault:
    async def fault(around: Around, _: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.refuse()
        await asyncio.sleep(seconds)
        way.heal()

    return fault


def _slows(name: str, most: float) -> Fault:
    async def fault(around: Around, dice: random.Random, seconds: float) -> None:
        way = getattr(around, name)
        way.delay = dice.uniform(0.02, most)
        await asyncio.sleep(seconds)
        way.heal()

    return fault


async def _answers_lost(around: Around, dice: random.Random, seconds: float) -> None:
    around.front.answers_to_lose = dice.randint(3, 20)
    await asyncio.sleep(seconds)
    around.front.heal()


async def _postgres_restarted(around: Around, _: random.Random, __: float) -> None:
    await around.restart_postgres()


async def _redis_restarted(around: Around, _: random.Random, __: float) -> None:
    await around.restart_redis()


FAULTS: dict[str, Fault] = {
    "answers lost": _answers_lost,
    "worker killed": _signals(signal.SIGKILL),
    "browsers cut": _cuts("front"),
    "redis cut": _cuts("redis"),
    "postgres cut": _cuts("postgres"),
    "worker ended": _signals(signal.SIGTERM),
    "redis restarted": _redis_restarted,
    "postgres restarted": _postgres_restarted,
    "worker frozen": _worker_frozen,
    "browsers half-open": _freezes("front"),
    "redis half-open": _freezes("redis"),
    "postgres stalled": _freezes("postgres"),
    "browsers slowed": _slows("front", 0.5),
    "postgres slowed": _slows("postgres", 0.05),
    "browsers refused": _refuses("front"),
    "redis refused": _refuses("redis"),
    "postgres refused": _refuses("postgres"),
}


def run(options: Namespace) -> list[Measured]:
    """Break things for so many seconds, and say what came of it."""
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    plan = Plan(options.seconds, seed, visitors=12, agents=4, longest=options.longest)
    result = asyncio.run(broken(plan))
    print(f"Seed {result.seed}.")
    for violation in result.violations:
        print(f"  VIOLATION {violation}")
    lines = [
        Measured(f"faults: {name}", count, "times") for name, count in sorted(result.faults.items())
    ]
    return [
        *lines,
        Measured("faults: messages acknowledged", result.acknowledged, "messages"),
        Measured("faults: entries stored, in chats", result.stored, f"in {result.chats}"),
        Measured("faults: requests without an answer", result.unanswered, "requests"),
        Measured("faults: requests that the server could not do", result.refused, "requests"),
        Measured("faults: streams opened", result.connects, "streams"),
        Measured("faults: all pages as the database, after", result.settled, "s"),
        Measured("faults: violations", len(result.violations), "", budgets.NONE_LOST),
    ]


async def broken(plan: Plan, url: str = "") -> Result:
    """Run one plan to the last check, in this empty database or in a PostgreSQL of its own."""
    result = Result(plan.seed)
    dice = random.Random(plan.seed)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="parley-faults-"))
        stage = await stack.enter_async_context(_servers(url))
        settings = Settings(data=Path(folder), database_url=stage.direct)
        agents, code = await _scene(settings, plan.agents)
        around = await stack.enter_async_context(_parley(stage, plan.workers))
        checks = await asyncpg.connect(stage.direct)
        baseline = max(map(_descriptors, around.workers))
        told = Told()
        pages = _crowd(plan, f"http://127.0.0.1:{around.front.port}", told, agents, code)
        samples = asyncio.create_task(_sample(stage.direct, result))
        people = [asyncio.create_task(page.begin()) for page in pages if isinstance(page, Visitor)]
        await asyncio.wait_for(asyncio.gather(*people), STARTS_WITHIN)
        quiet = asyncio.Event()
        async with _living(pages, quiet) as talks, _readers_who_do_not_read(pages, around.front):
            await _break(plan, around, dice, result)
            around.heal()
            # What is said now must arrive by itself: nothing breaks that makes pages ask.
            await asyncio.sleep(CALM)
            quiet.set()
            done, late = await asyncio.wait(talks, timeout=ACKNOWLEDGED_WITHIN)
            result.violations += [f"still without an answer: {len(late)} people"] if late else []
            result.violations += [f"{one.exception()!r}" for one in done if one.exception()]
            began = time.monotonic()
            samples.cancel()
            checks = await _again(checks, stage.direct)
            result.violations += await _left_over(lambda: _readers(checks, pages))
            result.settled = time.monotonic() - began
        result.violations += await _stored(checks, told)
        result.violations += await _seen(checks, pages)
        result.violations += await _left_over(lambda: _left(around, checks, baseline))
        result.violations += told.wrong
        await _count(result, checks, told, pages)
        await checks.close()
    return result


# The scene.


@dataclass
class _Stage:
    direct: str
    postgres: Way
    redis: Way
    restart_postgres: Callable[[], Awaitable[None]]
    restart_redis: Callable[[], Awaitable[None]]


class _Server:
    """A server that can be started anew, on its port."""

    def __init__(self, start: Callable[[], AbstractContextManager[str]]) -> None:
        self._start = start
        self._running = ExitStack()

    def run(self) -> None:
        """Start it."""
        self._running.enter_context(self._start())

    def end(self) -> None:
        """End it."""
        self._running.close()

    async def again(self) -> None:
        """End it, and start it."""
        await asyncio.to_thread(self.end)
        await asyncio.to_thread(self.run)


@asynccontextmanager
async def _servers(url: str) -> AsyncIterator[_Stage]:
    """PostgreSQL and Redis, each behind a way; without a PostgreSQL of somebody else's its own."""
    with ExitStack() as stack:
        port = urlsplit(url).port or free_port()
        redis_port = free_port()
        # Not even a crash may lose what was committed; the machine itself does not crash.
        home = "" if url else stack.enter_context(postgres_folder())
        postgres = _Server(lambda: postgres_in(home, port, synchronous_commit="on"))
        redis = _Server(lambda: redis_server(redis_port))
        for server in [redis] if url else [redis, postgres]:
            stack.callback(server.end)
            await asyncio.to_thread(server.run)
        direct = url or f"postgres://postgres@127.0.0.1:{port}/postgres"
        async with way_to(port) as to_postgres, way_to(redis_port) as to_redis:
            yield _Stage(direct, to_postgres, to_redis, postgres.again, redis.again)


async def _scene(settings: Settings, count: int) -> tuple[list[tuple[str, str]], int]:
    """Agents of one queue, each with a session; gives their names and tokens, and a code."""
    database.bind(database.engine_for(settings))
    try:
        await database.migrate()
        queue = await a_queue("Sales", offer_seconds=5)
        await a_widget(queue, key="shop")
        found = []
        for number in range(count):
            agent = await an_agent(f"Agent-{number}", queues=[queue], capacity=CAPACITY)
            found.append((str(agent.id), await a_session(agent, token=f"session-of-{agent.id}")))
        code = await a_wrap_up_code()
        return found, code.id
    finally:
        await database.engine().close()


@asynccontextmanager
async def _parley(stage: _Stage, workers: int) -> AsyncIterator[Around]:
    """Parley with its workers, through the ways, behind one of its own."""
    name = urlsplit(stage.direct).path
    postgres = f"postgres://postgres@127.0.0.1:{stage.postgres.port}{name}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        **UNLIMITED,
        **QUICK,
        "PORT": "0",
        "DATABASE_URL": postgres,
        "PARLEY_REDIS_URL": f"redis://127.0.0.1:{stage.redis.port}",
    }
    with TemporaryDirectory(prefix="parley-faults-") as data, _file(data) as log:
        environment["PARLEY_DATA"] = data
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *PARLEY,
            *("--workers", str(workers)),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout
        try:
            found = PORT.search((await process.stdout.readline()).decode())
            assert found, "Parley did not start."
            async with way_to(int(found[1])) as front:
                again = stage.restart_postgres, stage.restart_redis
                around = Around(front, stage.postgres, stage.redis, process.pid, *again)
                await _serving(around, workers)
                yield around
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            process._transport.close()  # noqa: SLF001 - else the collector does, with a warning


def _file(folder: str) -> IO[bytes]:
    return Path(folder, "log").open("wb")


async def _serving(around: Around, workers: int) -> None:
    page = Page(f"http://127.0.0.1:{around.front.port}", Told(), random.Random(0), "start")

    async def ready() -> bool:
        with suppress(Exception):
            answer = await page.ask("GET", "/health/ready")
            return answer.status_code == 200 and len(around.workers) == workers
        return False

    assert await until(ready, STARTS_WITHIN), "Parley does not become ready."
    await page.http.aclose()


def _crowd(
    plan: Plan, url: str, told: Told, agents: list[tuple[str, str]], code: int
) -> list[Page]:
    def dice(name: str) -> random.Random:
        return random.Random(f"{plan.seed} {name}")

    people: list[Page] = [
        Visitor(url, told, dice(f"v{number}"), str(number)) for number in range(plan.visitors)
    ]
    return people + [
        Agent(url, told, dice(f"a{name}"), name, token, code) for name, token in agents
    ]


@asynccontextmanager
async def _living(
    pages: list[Page], quiet: asyncio.Event
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Everybody's page and what they do; leaving closes all pages."""
    tasks, talks = [], []
    for page in pages:
        path = "/widget/shop/stream" if isinstance(page, Visitor) else "/workspace/stream"
        tasks += [asyncio.create_task(page.listen(path)), asyncio.create_task(page.follow())]
        if isinstance(page, Agent):
            tasks.append(asyncio.create_task(page.accept()))
        assert isinstance(page, Agent | Visitor)
        talks.append(asyncio.create_task(page.talk(quiet)))
    try:
        yield talks
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in (*tasks, *talks):
            task.cancel()
        await asyncio.gather(*tasks, *talks, return_exceptions=True)
        await asyncio.gather(*(page.http.aclose() for page in pages))


@asynccontextmanager
async def _readers_who_do_not_read(pages: list[Page], front: Way) -> AsyncIterator[None]:
    """A second tab of three people that takes nothing from its stream."""
    opened = []
    for page in pages[:2] + pages[-1:]:
        path = "/widget/shop/stream" if isinstance(page, Visitor) else "/workspace/stream"
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sleeper.connect(("127.0.0.1", front.target))
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {page.cookie}\r\n\r\n"
        sleeper.sendall(head.encode())
        opened.append(sleeper)
    try:
        yield
    finally:
        for one in opened:
            one.close()


# What breaks.


async def _break(plan: Plan, around: Around, dice: random.Random, result: Result) -> None:
    """One fault after the other, each kind as often as the others, in an order of the seed's."""
    deadline = time.monotonic() + plan.seconds
    waiting: list[str] = []
    while time.monotonic() < deadline:
        if not waiting:
            waiting = list(plan.kinds or FAULTS)
            dice.shuffle(waiting)
        names = [waiting.pop()]
        if waiting and dice.random() < TOGETHER:
            names.append(waiting.pop())
        together = [_after(dice.uniform(0, 0.5), name, plan, around, dice) for name in names]
        await asyncio.gather(*together)
        around.heal()
        result.faults.update(names)
        await asyncio.sleep(dice.uniform(0.2, 0.8))


async def _after(pause: float, name: str, plan: Plan, around: Around, dice: random.Random) -> None:
    await asyncio.sleep(pause)
    if around.workers or not name.startswith("worker"):
        await FAULTS[name](around, dice, dice.uniform(0.3, plan.longest))


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


# What must hold.


async def _sample(url: str, result: Result) -> None:
    """What must hold at every moment, looked at while it goes on."""
    while True:
        await asyncio.sleep(SAMPLES_EVERY)
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(url)
            try:
                result.violations += await _always(connection)
            finally:
                await connection.close()


ALWAYS = {
    "two open chats of one visitor": f"""
        SELECT visitor FROM interactions WHERE state IN {OPEN} GROUP BY visitor HAVING COUNT(*) > 1
    """,
    "two open offers of one chat": """
        SELECT interaction FROM offers WHERE outcome = '' GROUP BY interaction HAVING COUNT(*) > 1
    """,
    "an agent over capacity": f"""
        SELECT a.id FROM agents a WHERE
          (SELECT COUNT(*) FROM interactions i WHERE i.agent = a.id AND i.state = 'active')
          + (SELECT COUNT(*) FROM offers o WHERE o.agent = a.id AND o.outcome = '') > {CAPACITY}
    """,
    "a chat with nobody, or a waiting one with somebody": """
        SELECT id FROM interactions
        WHERE (state = 'active') <> (agent IS NOT NULL) AND state IN ('active', 'queued', 'offered')
    """,
    "numbers with gaps, or twice": """
        SELECT i.id FROM interactions i LEFT JOIN entries e ON e.interaction = i.id
        GROUP BY i.id, i.last_seq
        HAVING COUNT(e.id) <> i.last_seq OR COUNT(DISTINCT e.seq) <> i.last_seq
               OR MAX(e.seq) <> i.last_seq
    """,
}


async def _always(connection: Any) -> list[str]:
    found = []
    for what, statement in ALWAYS.items():
        rows = await connection.fetch(statement)
        found += [f"{what}: {[row[0] for row in rows]}"] if rows else []
    return found


async def _again(connection: Any, url: str) -> Any:
    """A connection that lives: the server may have been started anew."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=1)
    return await asyncpg.connect(url)


async def _stored(checks: Any, told: Told) -> list[str]:
    """Acknowledged is stored exactly once; not acknowledged, once or not at all."""
    times = Counter(row["body"] for row in await checks.fetch(MESSAGES))
    lost = [words for words in told.acknowledged if times[words] == 0]
    twice = [words for words, count in times.items() if count > 1]
    unknown = [words for words in times if words not in told.tried]
    found = await _always(checks)
    found += [f"acknowledged and not stored: {lost}"] if lost else []
    found += [f"stored more than once: {twice}"] if twice else []
    return found + ([f"written by nobody: {unknown}"] if unknown else [])


MESSAGES = "SELECT interaction, seq, body FROM entries WHERE kind = 'message'"


async def _left_over(look: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """What is still wrong when it has had time to become right."""
    found: list[str] = []

    async def nothing() -> bool:
        found[:] = await look()
        return not found

    await until(nothing, CALM_WITHIN)
    return found


async def _readers(checks: Any, pages: list[Page]) -> list[str]:
    """Each page shows what the database has, in its order, and what a page opened now shows."""
    stored: dict[int, dict[int, str]] = {}
    for row in await checks.fetch(MESSAGES):
        stored.setdefault(row["interaction"], {})[row["seq"]] = row["body"]
    active = {
        row["id"]: str(row["agent"])
        for row in await checks.fetch("SELECT id, agent FROM interactions WHERE state = 'active'")
    }
    found = []
    for page in pages:
        if isinstance(page, Visitor):
            mine = [max(one for one, log in stored.items() if _written_by(log, page.name))]
        else:
            mine = [one for one, agent in active.items() if agent == page.name]
        for one in mine:
            found += await _differences(page, one, stored.get(one, {}))
    return found


def _written_by(log: dict[int, str], name: str) -> bool:
    return any(words.startswith(f"v{name}-") for words in log.values())


async def _differences(page: Page, interaction: int, stored: dict[int, str]) -> list[str]:
    log = page.logs.get(interaction)
    who = f"page {type(page).__name__} {page.name}, chat {interaction}"
    if log is None:
        return [f"{who}: is not shown"]
    shown = {number: words for number, words in log.shown.items() if words}
    if shown != stored:
        missing, more = stored.keys() - shown.keys(), shown.keys() - stored.keys()
        return [f"{who}: missing {sorted(missing)}, too many {sorted(more)}"]
    if log.twice:
        return [f"{who}: two entries in the place {log.twice}"]
    afresh = Log()
    path = (
        "/widget/shop/entries?after=0"
        if isinstance(page, Visitor)
        else f"/workspace/interactions/{interaction}/entries?after=0"
    )
    try:
        # However busy the machine is: here it counts what is answered, not when.
        answer = await page.ask("GET", path, patience=CALM_WITHIN)
    except Lost:
        return [f"{who}: a page opened now gets no answer"]
    for _, number, rest in ENTRY.findall(answer.text):
        found = WORDS.search(rest)
        afresh.take(int(number), found[1] if found else "")
    if afresh.shown != log.shown:
        return [f"{who}: afresh {sorted(afresh.shown)}, live {sorted(log.shown)}"]
    return []


async def _seen(checks: Any, pages: list[Page]) -> list[str]:
    """Nobody has seen words of a chat that never was theirs."""
    where = {row["body"]: row["interaction"] for row in await checks.fetch(MESSAGES)}
    accepted = {
        (row["interaction"], str(row["agent"]))
        for row in await checks.fetch(
            "SELECT interaction, agent FROM offers WHERE outcome = 'accepted'"
        )
    }
    found = []
    for page in pages:
        for log in page.logs.values():
            for words in filter(None, log.shown.values()):
                chat = where.get(words)
                theirs = (
                    words.startswith(f"v{page.name}-")
                    or chat in {where.get(w) for w in where if w.startswith(f"v{page.name}-")}
                    if isinstance(page, Visitor)
                    else (chat, page.name) in accepted
                )
                if not theirs:
                    found.append(f"{type(page).__name__} {page.name} has seen {words}")
    return found


async def _left(around: Around, checks: Any, baseline: int) -> list[str]:
    """Descriptors and connections are what they were, once all pages are closed."""
    found = []
    for worker in around.workers:
        has = _descriptors(worker)
        if has > baseline + MORE_DESCRIPTORS:
            found.append(f"{worker} has {has} descriptors, {baseline} at its start")
    [row] = await checks.fetch(
        "SELECT COUNT(*) FILTER (WHERE state LIKE 'idle in transaction%') AS held, COUNT(*) AS all "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    found += [f"{row['held']} transactions are held open"] if row["held"] else []
    most = 11 * len(around.workers) + 2
    return found + ([f"{row['all']} connections, at most {most}"] if row["all"] > most else [])


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


async def _count(result: Result, checks: Any, told: Told, pages: list[Page]) -> None:
    result.acknowledged = len(told.acknowledged)
    result.stored = await checks.fetchval("SELECT COUNT(*) FROM entries")
    result.chats = await checks.fetchval("SELECT COUNT(*) FROM interactions")
    result.unanswered, result.refused = told.lost, told.broken
    result.connects = sum(page.connects for page in pages)
