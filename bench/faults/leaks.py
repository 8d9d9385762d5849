"""What may not be left when everybody has gone."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.faults.kinds import Around
from bench.faults.rows import Rows

MEGABYTE = 1024 * 1024
# Of a process, beside what it had: connections of pools and files that it opened, tasks of the
# jobs that run just then, and what Python and its caches keep.
MORE_DESCRIPTORS, MORE_TASKS, MORE_MEGABYTES = 16, 12, 64
# Of PostgreSQL: the pool of each process and its own look at the others, and who looks here.
CONNECTIONS_EACH, CONNECTIONS_MORE = 11, 3
TRIES = 40
NUMBER = re.compile(r"^(parley_open_streams|parley_tasks)(?:{(.*)})? (\S+)$", re.MULTILINE)
HELD = """
    SELECT COUNT(*) FILTER (WHERE state LIKE 'idle in transaction%') AS held, COUNT(*) AS every
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Uses:
    """What the processes have, each the most that one of them has; streams are of all."""

    streams: int
    tasks: int
    descriptors: int
    megabytes: int

    def __str__(self) -> str:
        return (
            f"{self.streams} streams, {self.tasks} tasks, {self.descriptors} descriptors, "
            f"{self.megabytes} MB"
        )


async def uses(around: Around) -> Uses:
    """What the processes have at this moment."""
    numbers = await _numbers(around)
    return Uses(
        streams=sum(value for name, _, value in numbers if name == "parley_open_streams"),
        tasks=max(value for name, _, value in numbers if name == "parley_tasks"),
        descriptors=max(map(_descriptors, around.workers)),
        megabytes=max(map(_memory, around.workers)) // MEGABYTE,
    )


async def _numbers(around: Around) -> set[tuple[str, str, int]]:
    """The metrics of each process: they answer in turns, so it takes some questions."""
    found: dict[str, set[tuple[str, str, int]]] = {}
    for _ in range(TRIES):
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            text = (await client.get(f"http://127.0.0.1:{around.front.target}/metrics")).text
        numbers = {(name, labels or "", int(value)) for name, labels, value in NUMBER.findall(text)}
        worker = re.search(r'worker="(\d+)"', text)
        found[worker[1] if worker else ""] = numbers
        if len(found) == len(around.workers):
            break
    return set().union(*found.values())


def grown(before: Uses, after: Uses) -> list[str]:
    """What there is more of than there may be."""
    found = [f"{after.streams} streams are open"] if after.streams else []
    for name, more in (
        ("tasks", MORE_TASKS),
        ("descriptors", MORE_DESCRIPTORS),
        ("megabytes", MORE_MEGABYTES),
    ):
        had, has = getattr(before, name), getattr(after, name)
        found += [f"a process has {has} {name}, {had} at its start"] if has > had + more else []
    return found


async def left(around: Around, rows: Rows, before: Uses) -> list[str]:
    """What is left once all pages are closed."""
    found = []
    try:
        found += grown(before, await uses(around))
    except (httpx.HTTPError, ValueError) as error:
        found.append(f"the metrics cannot be read: {error!r}")
    if "postgres" in around.ways:
        found += held(await rows.fetch(HELD), len(around.workers))
    return found


def held(rows: list[dict[str, int]], processes: int) -> list[str]:
    """Connections and transactions of PostgreSQL that nobody needs any more."""
    [row] = rows
    most = CONNECTIONS_EACH * processes + CONNECTIONS_MORE
    found = [f"{row['held']} transactions are held open"] if row["held"] else []
    return found + ([f"{row['every']} connections, at most {most}"] if row["every"] > most else [])


def _descriptors(pid: int) -> int:
    with suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return 0


def _memory(pid: int) -> int:
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024
    return 0
