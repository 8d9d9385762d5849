"""What may not be left when everybody has gone."""

from pathlib import Path
from typing import Any

from bench.faults.kinds import Around

# Of a process, beside those of its baseline: connections of the pool, and files that it opened.
MORE_DESCRIPTORS = 16


async def left(around: Around, checks: Any, baseline: int) -> list[str]:
    """Descriptors and connections are what they were, once all pages are closed."""
    found = []
    for worker in around.workers:
        has = descriptors(worker)
        if has > baseline + MORE_DESCRIPTORS:
            found.append(f"{worker} has {has} descriptors, {baseline} at its start")
    [row] = await checks.fetch(
        "SELECT COUNT(*) FILTER (WHERE state LIKE 'idle in transaction%') AS held, COUNT(*) AS all "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    found += [f"{row['held']} transactions are held open"] if row["held"] else []
    most = 11 * len(around.workers) + 2
    return found + ([f"{row['all']} connections, at most {most}"] if row["all"] > most else [])


def descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
