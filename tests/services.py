"""Private PostgreSQL, Redis and coturn servers for tests: free ports, gone without a trace."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

READY_WITHIN = 30
SECONDS_BETWEEN_TRIES = 0.02
# No data here has to outlive a power cut, and no client comes from elsewhere.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
}
REDIS_SETTINGS = {"bind": "127.0.0.1", "save": "", "appendonly": "no"}


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start an empty PostgreSQL; yields its superuser's address, `postgres://…`, no password."""
    with postgres_folder() as folder, postgres_in(folder, free_port()) as url:
        yield url


@contextmanager
def postgres_folder(where: str = "") -> Iterator[str]:
    """A folder, there or where others are, in which a PostgreSQL can be started again and again."""
    with TemporaryDirectory(prefix="parley-postgres-", dir=where or None) as folder:
        initdb = [postgres_program("initdb"), "--pgdata=data", "--username=postgres"]
        as_user = {**owner_of(folder), "cwd": folder}
        run([*initdb, "--auth=trust", "--no-sync", "--locale=C.UTF-8"], **as_user)
        yield folder


@contextmanager
def postgres_in(folder: str, port: int, **more: str) -> Iterator[str]:
    """Start the PostgreSQL of a folder on this port."""
    settings = {**POSTGRES_SETTINGS, **more, "port": port, "unix_socket_directories": folder}
    options = [f"--{name}={value}" for name, value in settings.items()]
    is_ready = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    with running(
        [postgres_program("postgres"), "-D", "data", *options],
        answers=lambda: subprocess.run(is_ready, check=False).returncode == 0,
        cwd=folder,
        **owner_of(folder),
    ):
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def redis_server(port: int = 0) -> Iterator[str]:
    """Start an empty Redis that keeps nothing; yields its address, `redis://…`.

    On a port that was another's before it is that one, started again.
    """
    program = shutil.which("redis-server")
    assert program, "redis-server is missing; tools/install_test_services installs it"
    with TemporaryDirectory(prefix="parley-redis-") as folder:
        port = port or free_port()
        settings = {**REDIS_SETTINGS, "port": str(port)}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        with running([program, *options], answers=lambda: redis_answers(port), cwd=folder):
            yield f"redis://127.0.0.1:{port}"


@contextmanager
def relay_server(secret: str) -> Iterator[str]:
    """Start a coturn that shares this secret; yields its address, `turn:…`."""
    program = shutil.which("turnserver")
    assert program, "coturn is missing; tools/install_test_services installs it"
    port = free_port()
    options = ["-n", "--use-auth-secret", f"--static-auth-secret={secret}", "--realm=parley.test"]
    options += ["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    options += ["--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers", "--log-file=stdout"]
    options += ["--pidfile=pid", "--userdb=users"]
    # It keeps nothing, and SIGINT while it is busy may leave it waiting for itself.
    ends = {"ends_on": signal.SIGKILL}
    with (
        TemporaryDirectory(prefix="parley-relay-") as folder,
        running([program, *options], answers=lambda: connects(port), cwd=folder, **ends),
    ):
        yield f"turn:127.0.0.1:{port}"


@contextmanager
def running(command, *, answers, cwd, ends_on=signal.SIGINT, **options):
    """Keep a server running in its folder, from its first answer on; its log is there too.

    To PostgreSQL and Redis SIGINT says: drop the clients and end now.
    """
    log = Path(cwd, "log")
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not answers():
            assert server.poll() is None, f"{command} has ended:\n{log.read_text()}"
            assert time.monotonic() < deadline, f"{command} does not answer:\n{log.read_text()}"
            time.sleep(SECONDS_BETWEEN_TRIES)
        yield
    finally:
        server.send_signal(ends_on)
        server.wait(READY_WITHIN)


def connects(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def redis_answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def postgres_program(name):
    """The newest PostgreSQL's program: Debian keeps servers of several versions outside PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4])
    )
    program = installed[-1] if installed else shutil.which(name)
    assert program, f"{name} of PostgreSQL is missing; tools/install_test_services installs it"
    return program


def owner_of(folder):
    """Hand the folder to the user who runs PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stderr}"
