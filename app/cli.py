"""The `parley` command."""

import argparse
import asyncio
import getpass
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app.settings import Settings, SettingsError, load_settings

Command = Callable[[argparse.Namespace], None]
# In times of what a stream waits for its reader: the stream ends first, then its connection.
GONE_AFTER = 3


def main(argv: list[str] | None = None) -> None:
    """Run one command; a fault is told in a sentence and ends with code 1."""
    parser = argparse.ArgumentParser(prog="parley", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run in COMMANDS.items():
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        if name in {"serve", "demo"}:
            how = command.add_mutually_exclusive_group()
            how.add_argument("--reload", action="store_true", help="restart when code changes")
            if name == "serve":
                how.add_argument("--workers", type=int, default=1, help="processes that serve")
        if name == "create-admin":
            command.add_argument("email")
            command.add_argument("name")
        if name in {"backup", "restore"}:
            command.add_argument("file", type=Path)
    arguments = parser.parse_args(argv)
    try:
        arguments.run(arguments)
    except SettingsError as error:
        sys.exit(str(error))


def serve(arguments: argparse.Namespace) -> None:
    """Serve Parley, after bringing the database up to date."""
    settings = load_settings()
    _refuse_many(settings, arguments.workers)
    _refuse_a_second(settings)
    _with_database(settings, _migrated)
    _listen(settings, reload=arguments.reload, workers=arguments.workers)


def demo(arguments: argparse.Namespace) -> None:
    """Serve the demo shop and workspace, with demo accounts."""
    os.environ["PARLEY_DEMO"] = "true"
    os.environ.setdefault("PARLEY_CENTRE_NAME", "Lumen & Oak contact centre")
    os.environ.setdefault("PARLEY_CALLS", "true")
    settings = load_settings()
    _refuse_a_second(settings)
    _with_database(settings, _demo_filled)
    _listen(settings, reload=arguments.reload, greeting=True)


def migrate(_: argparse.Namespace) -> None:
    """Bring the database up to date."""
    _with_database(load_settings(), _migrated)
    print("The database is up to date.")


def create_admin(arguments: argparse.Namespace) -> None:
    """Make an admin's account: the first one, or one for who is locked out."""
    from app.problems import Invalid

    password = os.environ.get("PARLEY_ADMIN_PASSWORD") or getpass.getpass("Password: ")

    async def work() -> None:
        from app.accounts.service import create_agent

        await _migrated()
        await create_agent(
            email=arguments.email, name=arguments.name, password=password, role="admin"
        )

    try:
        _with_database(load_settings(), work)
    except Invalid as error:
        sys.exit(error.text)
    print(f"{arguments.email} can sign in as an admin.")


def check(_: argparse.Namespace) -> None:
    """Say whether settings and database are in order."""
    settings = load_settings()

    async def work() -> None:
        from app.agents.tables import Agent

        admins = await Agent.count().where(Agent.role == "admin", Agent.disabled_at.is_null())
        kind = "PostgreSQL" if settings.on_postgres else f"SQLite in {settings.sqlite_path}"
        print(f"Database: {kind}, {admins} admin account(s).")
        print(f"Address: {settings.base_url or f'http://{settings.host}:{settings.port}'}")
        if not admins:
            print("Nobody can administer yet: run `parley create-admin EMAIL NAME`.")

    _with_database(settings, work)


def backup(arguments: argparse.Namespace) -> None:
    """Write database and files to one archive, also while Parley serves."""
    from app.backup.archive import BackupError
    from app.backup.making import back_up

    try:
        whole = back_up(load_settings(), arguments.file)
    except BackupError as error:
        sys.exit(str(error))
    print(f"Backed up {whole.text}, to {arguments.file}.")


def restore(arguments: argparse.Namespace) -> None:
    """Put a backup into an empty data folder."""
    from app.backup.archive import BackupError
    from app.backup.restoring import restore as put_back

    settings = load_settings()
    try:
        whole = put_back(settings, arguments.file)
    except BackupError as error:
        sys.exit(str(error))
    print(f"Restored {whole.text}, into {settings.data}. Start it with `parley serve`.")


def _refuse_a_second(settings: Settings) -> None:
    """Say so in a sentence, before anything is touched; the app itself holds the lock."""
    from app.lock import only_process

    with only_process(settings):
        pass


def _refuse_many(settings: Settings, workers: int) -> None:
    if workers < 1:
        raise SettingsError("At least one worker serves.")
    if workers > 1 and not settings.on_postgres:
        raise SettingsError("SQLite serves one process: set DATABASE_URL to PostgreSQL for more.")
    if workers > 1 and not settings.redis_url:
        raise SettingsError(
            "Many processes hear of each other through Redis: set PARLEY_REDIS_URL."
        )


async def _migrated() -> None:
    from app.database import migrate as bring_up_to_date

    await bring_up_to_date()


async def _demo_filled() -> None:
    from app.demo.data import fill

    await _migrated()
    await fill()


def _with_database(settings: Settings, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run work with the database open.

    What touches tables is imported only now: Piccolo reads its configuration on import, and
    `parley --help` must not need a database.
    """
    from app import database

    async def whole() -> None:
        try:
            await work()
        finally:
            await database.engine().close()

    database.bind(database.engine_for(settings))
    asyncio.run(whole())


def _listen(settings: Settings, *, reload: bool, greeting: bool = False, workers: int = 1) -> None:
    listener = _socket(settings)
    port = listener.getsockname()[1]
    print(_welcome(settings, port) if greeting else f"Parley listens on port {port}.", flush=True)
    options: dict[str, Any] = {
        "app": "app.main:app_from_environment",
        "factory": True,
        "host": settings.host,
        "port": port,
        "log_level": settings.log_level,
        "access_log": False,
        "ws": "none",  # nothing here is a WebSocket
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or None,
        "timeout_graceful_shutdown": 3,
        "server_header": False,
    }
    if workers > 1:
        _listen_as_many(workers, options, listener, settings.log_level)
    else:
        _listen_alone(options, listener, reload=reload)


def _listen_as_many(
    workers: int, options: dict[str, Any], listener: socket.socket, log_level: str
) -> None:
    from app.logs import set_up_logs
    from app.main import app_from_environment
    from app.web.templates import compile_all
    from app.workers import NoWorker, Workers

    set_up_logs(log_level)
    compile_all()  # once for all of them
    try:
        Workers(workers, options | {"app": app_from_environment}, listener).run()
    except NoWorker as error:
        sys.exit(str(error))


def _listen_alone(options: dict[str, Any], listener: socket.socket, *, reload: bool) -> None:
    import uvicorn

    config = uvicorn.Config(**options, reload=reload)
    if reload:
        from uvicorn.supervisors import ChangeReload

        ChangeReload(config, target=uvicorn.Server(config).run, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


def _socket(settings: Settings) -> socket.socket:
    """The listening socket; a port that is taken is said in a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # For every connection: who takes nothing for so long, or is gone without a word, is cut off.
    # Else the kernel waits for the one for ever, and for the other a quarter of an hour.
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        gone = int(GONE_AFTER * settings.send_timeout_seconds * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, gone)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        message = f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}."
        raise SettingsError(message) from error
    return listener


def _welcome(settings: Settings, port: int) -> str:
    from app.demo.data import PASSWORD, PEOPLE

    base = settings.base_url or f"http://localhost:{port}"
    people = "\n".join(f"  {email:22} {name}" for email, name, _, _ in PEOPLE)
    return (
        f"\nShop:       {base}/demo\nWorkspace:  {base}/workspace/webchat\n\n"
        f"Accounts (password {PASSWORD}):\n{people}\n"
    )


COMMANDS: dict[str, Command] = {
    "serve": serve,
    "demo": demo,
    "migrate": migrate,
    "create-admin": create_admin,
    "check": check,
    "backup": backup,
    "restore": restore,
}
