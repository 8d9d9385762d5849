"""Jobs that run beside requests, and end with the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()
Job = Callable[[], Awaitable[None]]


@asynccontextmanager
async def running(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run these jobs until the block ends."""
    tasks = [asyncio.create_task(_run(job)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def every(seconds: float, work: Job) -> Job:
    """A job that does the work again and again; a failure is recorded and tried anew."""

    async def job() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception:  # the next round may succeed: a database comes back
                log.exception("job failed", job=getattr(work, "__name__", "job"))

    return job


async def _run(job: Job) -> None:
    await job()
