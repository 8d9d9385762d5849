"""Servers to measure: each a real process on a free port, with its CPU and memory from /proc."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.settings import Settings
from bench.load import TICKS, cpu_of
from tests.services import postgres_server

PARLEY = ("-c", "from app.cli import main; main()", "serve")
BARE = ("-m", "bench.bare", "handlers")
NOTHING = ("-m", "bench.bare", "nothing")
PATIENCE = 30
PORT = re.compile(r"port (\d+)")
# Limits are for people; what is measured is what is behind them.
UNLIMITED = {
    f"PARLEY_{name}": str(10**9)
    for name in (
        "LIMIT_MESSAGES",
        "LIMIT_MESSAGES_ADDRESS",
        "LIMIT_STREAMS",
        "LIMIT_STREAMS_ADDRESS",
        "LIMIT_VISITORS",
    )
}


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        return cpu_of(self.pid)

    def memory(self) -> int:
        """Bytes of memory that it has now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@contextmanager
def database(kind: str) -> Iterator[Settings]:
    """Settings with an empty database of this kind, in a folder that goes afterwards."""
    server = postgres_server() if kind == "PostgreSQL" else nullcontext("")
    with TemporaryDirectory(prefix="parley-bench-") as folder, server as url:
        yield Settings(data=Path(folder) / "data", database_url=url)


@contextmanager
def serving(command: tuple[str, ...], settings: Settings, **more: str) -> Iterator[Server]:
    """Run a Python command that says on which port it listens, until the block ends."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        **UNLIMITED,
        **more,
        "PORT": "0",
        "PARLEY_DATA": str(settings.data),
        "DATABASE_URL": settings.database_url,
        "PARLEY_LOG_LEVEL": "warning",
    }
    settings.data.mkdir(parents=True, exist_ok=True)
    log = settings.data / "log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = PORT.search(said)
            if not found:
                raise RuntimeError(f"The server did not start:\n{said}{log.read_text()}")
            yield _answering(Server(process.pid, int(found[1])))
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
    complaints = log.read_text().strip()
    if complaints:
        print(f"The server said:\n{complaints[-2000:]}", file=sys.stderr)


def _answering(server: Server) -> Server:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port)).close()
            return server
        time.sleep(0.02)
    raise RuntimeError("The server does not answer.")


class Others:
    """How much of the machine is used by what is not ours, since this was made."""

    def __init__(self) -> None:
        self._begin = _busy_idle_ours()

    def percent(self) -> float:
        """All use of the CPU but that of this process and of its children that have ended."""
        now = _busy_idle_ours()
        busy, idle, ours = (new - old for new, old in zip(now, self._begin, strict=True))
        return 100 * max(0.0, busy - ours) / max(1, busy + idle)


def _busy_idle_ours() -> tuple[float, float, float]:
    line = Path("/proc/stat").read_text().partition("\n")[0]
    fields = [int(field) for field in line.split()[1:9]]
    idle = fields[3] + fields[4]
    ours = sum(os.times()[:4]) * TICKS
    return sum(fields) - idle, idle, ours
