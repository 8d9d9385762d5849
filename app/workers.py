"""Many processes on one listening socket: started together, watched, replaced, ended together."""

import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvicorn

from app.metrics.numbers import name_worker

log = structlog.get_logger()
# The parent has imported everything and runs nothing: a copy of it serves at once.
FORK = multiprocessing.get_context("fork")

LOOKS_EVERY = 0.2
# In seconds: a loop that stands still for so long hangs.
HANGS_AFTER, STARTS_WITHIN = 15.0, 60.0
# A worker that ends at once, again and again, is started less and less often.
LONGEST_PAUSE = 30.0
# SIGTERM ends all of them by then, those that do not obey by SIGKILL.
ENDS_WITHIN = 3.5
ENDINGS = (signal.SIGTERM, signal.SIGINT)


class NoWorker(Exception):
    """Not one worker came as far as to serve."""


@dataclass
class Worker:
    """One process; `beat` is when its event loop last said that it turns, 0 until it serves."""

    number: int
    process: Any
    beat: Any
    began: float = field(default_factory=time.monotonic)

    @property
    def serves(self) -> bool:
        """Whether it has come as far as to serve."""
        return bool(self.beat.value)

    @property
    def hangs(self) -> bool:
        """Whether its loop has stood still for too long, frozen or blocked."""
        last, patience = (
            (self.beat.value, HANGS_AFTER) if self.serves else (self.began, STARTS_WITHIN)
        )
        return time.monotonic() - last > patience


class Workers:
    """Keeps `count` processes serving until SIGTERM or SIGINT."""

    def __init__(self, count: int, options: dict[str, Any], listener: socket.socket) -> None:
        self._count = count
        self._options = options
        self._listener = listener
        self._workers: list[Worker] = []
        self._stop = threading.Event()
        self._short_lived = 0
        self._not_before = 0.0
        self._served = False

    def run(self) -> None:
        """Serve; raises NoWorker when none of them ever could."""
        for number in ENDINGS:
            signal.signal(number, lambda *_: self._stop.set())
        gc.freeze()  # else the first collection of each worker copies what all could share
        try:
            while not self._stop.is_set():
                self._look()
                self._stop.wait(LOOKS_EVERY)
        finally:
            self._end_all()

    def _look(self) -> None:
        for worker in list(self._workers):
            self._served |= worker.serves
            if worker.process.is_alive() and worker.hangs:
                log.error("worker hangs", pid=worker.process.pid)
                worker.process.kill()
                worker.process.join()
            if not worker.process.is_alive():
                self._workers.remove(worker)
                self._ended(worker)
        if time.monotonic() >= self._not_before:
            while len(self._workers) < self._count:
                self._workers.append(self._started())

    def _started(self) -> Worker:
        beat = FORK.Value("d", 0.0, lock=False)
        taken = {worker.number for worker in self._workers}
        number = next(number for number in range(self._count) if number not in taken)
        process = FORK.Process(target=_work, args=(number, self._options, self._listener, beat))
        process.start()
        log.info("worker started", pid=process.pid, number=number)
        return Worker(number, process, beat)

    def _ended(self, worker: Worker) -> None:
        log.warning("worker ended", pid=worker.process.pid, code=worker.process.exitcode)
        if worker.serves:
            self._short_lived = 0
            return
        if not self._served:
            raise NoWorker(f"A worker ended with code {worker.process.exitcode} at its start.")
        self._short_lived += 1
        self._not_before = time.monotonic() + min(LONGEST_PAUSE, 2.0**self._short_lived)

    def _end_all(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        deadline = time.monotonic() + ENDS_WITHIN
        for worker in self._workers:
            worker.process.join(max(0, deadline - time.monotonic()))
            if worker.process.is_alive():
                log.warning("worker killed", pid=worker.process.pid)
                worker.process.kill()
                worker.process.join()


def _work(number: int, options: dict[str, Any], listener: socket.socket, beat: Any) -> None:
    """The worker's own process."""

    async def turns() -> None:
        beat.value = time.monotonic()  # of the machine, the same in every process

    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)
    name_worker(number)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):
        config = uvicorn.Config(**options, callback_notify=turns, timeout_notify=0)
        uvicorn.Server(config).run(sockets=[listener])


def _end_with_parent() -> None:
    """Nobody would replace it, nor end it, once whoever started it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
