"""Pages: the server's time for the heavy ones, and what a first visit loads."""

import gzip
import http.client
import re
import statistics
import time
from argparse import Namespace
from typing import NamedTuple

from bench import budgets, scene
from bench.budgets import Budget, Measured
from bench.load import Chat
from bench.server import PARLEY, database, serving

CHATS, LONG = 50, 1_000
TIMES, WARMING = 60, 5
NAMED = re.compile(rb'(?:src|href)="(/(?:static|widget)[^"#]+\.(?:css|js|svg|png))"')


class Loaded(NamedTuple):
    """What a page took over the wire: bodies as sent, and how many requests."""

    size: int
    requests: int


class Browser:
    """One kept connection with a cookie; asks for compressed answers."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Accept": "text/html", "Accept-Encoding": "gzip", "Cookie": cookie}

    def get(self, path: str) -> bytes:
        """The body as it was sent."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}.")
        return body

    def seconds(self, path: str) -> float:
        """How long the page takes this time."""
        begin = time.perf_counter()
        self.get(path)
        return time.perf_counter() - begin

    def first_load(self, path: str) -> Loaded:
        """The page and every file it names; its stream is one request more."""
        page = self.get(path)
        read = gzip.decompress(page)
        files = sorted({found.decode() for found in NAMED.findall(read)})
        sizes = [len(self.get(file)) for file in files]
        return Loaded(len(page) + sum(sizes), 1 + len(files) + (b"<live-stream" in read))


def run(options: Namespace) -> list[Measured]:
    """Time the pages on each database, then weigh them."""
    measured: list[Measured] = []
    for kind in options.databases:
        with database(kind) as settings:
            words = [f"Line {number} of a *long* talk about lamps." for number in range(LONG)]
            chats = scene.chats(settings, CHATS)
            long = scene.chats(settings, 1, words=words, key="long")[0]
            with serving(PARLEY, settings) as server:
                measured += _times(kind, server.port, chats[0], long)
                weights = _weights(server.port, chats[0])
    return measured + weights


def _times(kind: str, port: int, chat: Chat, long: Chat) -> list[Measured]:
    entries = f"/workspace/interactions/{long.interaction}/entries"
    pages: list[tuple[str, Chat, str, Budget | None]] = [
        (f"workspace, {CHATS} chats", chat, "/workspace/webchat", budgets.WORKSPACE_PAGE),
        (
            f"workspace, {CHATS} chats, one open",
            chat,
            f"/workspace/webchat/{chat.interaction}",
            budgets.WORKSPACE_PAGE,
        ),
        (
            f"transcript of {LONG:,} entries, last page",
            long,
            f"/workspace/webchat/{long.interaction}",
            budgets.TRANSCRIPT,
        ),
        (
            f"transcript of {LONG:,} entries, an earlier page",
            long,
            f"{entries}?before={LONG // 2}",
            budgets.TRANSCRIPT,
        ),
        (f"all {LONG:,} entries after an absence", long, f"{entries}?after=0", None),
    ]
    browsers = [Browser(port, by.agent_cookie) for _, by, _, _ in pages]
    took: list[list[float]] = [[] for _ in pages]
    for _ in range(WARMING + TIMES):
        # In turns: where the machine is slow for a second, it is so for every page.
        for browser, (_, _, path, _), times in zip(browsers, pages, took, strict=True):
            times.append(browser.seconds(path))
    return [
        Measured(f"{kind}: {what}", statistics.median(times[WARMING:]) * 1000, "ms", budget)
        for (what, _, _, budget), times in zip(pages, took, strict=True)
    ]


def _weights(port: int, chat: Chat) -> list[Measured]:
    stranger = Browser(port, "none=1")
    loader = len(stranger.get("/widget.js"))
    opened = stranger.first_load(f"/widget/{chat.widget}?site={scene.SITE}")
    workspace = Browser(port, chat.agent_cookie).first_load("/workspace/webchat")
    return [
        Measured("widget, loader", loader / 1024, "KB gz", budgets.LOADER_WEIGHT),
        Measured("widget, opened", opened.size / 1024, "KB gz", budgets.WIDGET_WEIGHT),
        Measured("widget, opened", opened.requests, "requests", budgets.WIDGET_REQUESTS),
        Measured(
            f"workspace, first load with {CHATS} chats",
            workspace.size / 1024,
            "KB gz",
            budgets.WORKSPACE_WEIGHT,
        ),
        Measured("workspace, first load", workspace.requests, "requests"),
    ]
