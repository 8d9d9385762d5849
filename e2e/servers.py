"""The machines of a story: Parley's own process, a line that can break, and somebody's shop."""

import contextlib
import http.client
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app import cli

PATIENCE = 60
MOMENT = 0.02
# `uvicorn.error` is the name of a log in which mostly no errors stand.
COMPLAINT = re.compile(r"Traceback|(?<!uvicorn\.)\berror\b", re.IGNORECASE)
COMMAND = Path(sys.executable).with_name("parley")
# Imports, routes and templates take most of a start: each server is a fork of one process that has
# them all.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["e2e.servers", "app.cli", "e2e.preloaded"])
# Below those that the system gives to outgoing connections: ours stay ours while we restart.
OUR_PORTS = range(12_000, 32_000)


def free_port():
    while True:
        port = random.choice(OUR_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def parley(command, environment, log):
    """What the process of a server runs: the command, as people start it, in its environment."""
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    cli.main([command])


class Parley:
    """`parley demo` or `serve` in a process of its own; port and data outlive the process."""

    def __init__(self, data, log, *, command="demo", **settings):
        self.command = command
        self.data = data
        self.port = free_port()
        self.log = log
        self.process = None
        self._settings = {f"PARLEY_{name.upper()}": str(value) for name, value in settings.items()}

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def start(self):
        self.launch()
        self.is_ready()

    def launch(self):
        """Start the process without waiting for it."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PARLEY_") and name not in {"DATABASE_URL", "HOST"}
        }
        ours = {"PORT": str(self.port), "PARLEY_DATA": str(self.data), **self._settings}
        self.process = PROCESSES.Process(
            target=parley, args=(self.command, inherited | ours, self.log), daemon=True
        )
        self.process.start()

    def stop(self):
        """Ask it to end, as a restart by an administrator does."""
        self.process.terminate()
        self.process.join(PATIENCE)

    def kill(self):
        """End it in the middle of whatever it does: kill -9."""
        if self.process:
            self.process.kill()
            self.process.join(PATIENCE)

    def restart(self):
        self.kill()
        self.start()

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGCONT)

    def rows(self, query, *values):
        """What the database says, as tuples."""
        with contextlib.closing(sqlite3.connect(self.data / "parley.sqlite")) as database:
            return database.execute(query, values).fetchall()

    def change(self, statement, *values):
        """Set something that has no page yet."""
        with contextlib.closing(sqlite3.connect(self.data / "parley.sqlite")) as database:
            database.execute(statement, values)
            database.commit()

    def entries(self):
        """Every line of every log: interaction, number, author, text."""
        return self.rows(
            "SELECT interaction, seq, author, CASE notice WHEN '' THEN body ELSE notice END "
            "FROM entries ORDER BY interaction, seq"
        )

    def messages(self):
        """The bodies of all messages in the order of their log."""
        return [text for (text,) in self.rows(
            "SELECT body FROM entries WHERE kind = 'message' ORDER BY interaction, seq"
        )]  # fmt: skip

    def complaints(self):
        """What the server's log has that nobody wants to read there."""
        told = self.log.read_text(errors="replace")
        return [line for line in told.splitlines() if COMPLAINT.search(line)]

    def is_ready(self):
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.is_alive(), f"Parley has ended:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"Parley does not answer:\n{self.log.read_text()}"
            time.sleep(MOMENT)

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def copy_of(template, to):
    """A data folder that has been filled before, so that a server starts at once."""
    shutil.copytree(template, to)
    return to


class Line:
    """A line between browsers and a server, which can be cut, go silent, or lose answers.

    Each connection knows the request it carries, by its first line; patterns are looked for
    there, so that a story may treat the streams, or the writes, differently from the rest.
    """

    NOTHING = re.compile("(?!)")

    def __init__(self, port):
        self._to = port
        self._open = set()
        self._refused = self._answers_lost = self.NOTHING
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def cut(self, which="."):
        """Break the connections that carry such a request now."""
        for one in self._carrying(which):
            one.break_()

    def silence(self, which="."):
        """Nothing comes or goes any more on these, and nobody is told: a half-open line."""
        for one in self._carrying(which):
            one.silent = True

    def refuse(self, which="."):
        """Break these, and from now on every such request."""
        self._refused = re.compile(which)
        self.cut(which)

    def lose_answers_to(self, which):
        """From now on the server hears such a request, and its answer never arrives."""
        self._answers_lost = re.compile(which)

    def mend(self):
        """Let everything through again."""
        self._refused = self._answers_lost = self.NOTHING

    def close(self):
        self._listener.close()
        self.cut()

    def refuses(self, request):
        return bool(self._refused.search(request))

    def loses_answer(self, request):
        return bool(self._answers_lost.search(request))

    def forget(self, connection):
        self._open.discard(connection)

    def _carrying(self, which):
        return [one for one in list(self._open) if re.search(which, one.request or "idle")]

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            if self._refused.pattern == ".":
                _reset(browser)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._to), timeout=PATIENCE)
            except OSError:
                _reset(browser)
                continue
            server.settimeout(None)
            connection = _Connection(self, browser, server)
            self._open.add(connection)
            connection.start()


class _Connection:
    """One connection through the line, pumped both ways."""

    REQUEST = re.compile(rb"(?:GET|POST|PUT|DELETE|HEAD) \S+ HTTP/1\.1\r\n")

    def __init__(self, line, browser, server):
        self.silent = False
        self.request = ""
        self._line = line
        self._browser = browser
        self._server = server

    def start(self):
        for pump in (self._requests, self._answers):
            threading.Thread(target=pump, daemon=True).start()

    def break_(self):
        self._line.forget(self)
        _reset(self._browser)
        _reset(self._server)

    def _requests(self):
        for chunk in self._read(self._browser):
            started = self.REQUEST.match(chunk)
            if started:
                self.request = started.group().decode()
            if self._line.refuses(self.request):
                break
            self._pass(chunk, self._server)
        self.break_()

    def _answers(self):
        for chunk in self._read(self._server):
            if self._line.loses_answer(self.request):
                break
            self._pass(chunk, self._browser)
        self.break_()

    def _pass(self, chunk, to):
        if not self.silent:
            with contextlib.suppress(OSError):
                to.sendall(chunk)

    def _read(self, source):
        with contextlib.suppress(OSError):
            while chunk := source.recv(65_536):
                yield chunk


def _reset(connection):
    """Close with a reset, as a cut does; a second time does nothing."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Shop:
    """Somebody's website under a strict policy, with the widget on it; counts what it is asked."""

    PAGE = """<!doctype html>
      <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>{title}</title>
        <link rel="icon" href="data:,">
        <script async src="{chat}/widget.js" data-widget="{key}"></script>
      </head>
      <body><main><h1>{title}</h1><p><a href="/other">Another page</a></p></main></body>
      </html>"""
    POLICY = (
        "default-src 'none'; script-src {chat}; frame-src {chat}; img-src data:; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )

    def __init__(self, chat, *, title="Teapots", key="demo", strict=True):
        policy = self.POLICY.format(chat=chat) if strict else "base-uri 'none'"
        pages = {"/": title, "/other": f"More {title.lower()}"}
        template = self.PAGE

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self):
                here = pages.get(self.path, title)
                body = template.format(title=here, chat=chat, key=key).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, host="shop.localhost"):
        return f"http://{host}:{self.port}/"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
