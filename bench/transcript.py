"""A long transcript in a browser: scrolling, a message's arrival, typing, at three lengths."""

import asyncio
import json
import shutil
import statistics
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from app import database as db
from app.settings import Settings
from bench import scene
from bench.budgets import Measured
from bench.load import Chat
from bench.server import PARLEY, database, serving

LENGTHS = (50, 1_000, 5_000)
DAYS = 30
ARRIVALS = 10
FRAMES = 150
TYPED = "Yes, the Alder lamp is in stock again."
WORDS = (
    "Line {}: is the Alder lamp still in stock?",
    "Line {}: yes, fourteen of them.",
    "Line {}: see https://shop.example/alder for the measures, *all* of them.",
    "Line {}: a longer one, as people write who tell" + " what happened, and when, and why," * 4,
)
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

# What is looked for costs little, so that what is measured is the page and not the looking.
SHOWN = "document.querySelectorAll('[role=log] [data-seq]').length"
OLDER = "document.querySelector('[data-older]').click()"
NEWEST = """(body) =>
  document.querySelector("[role=log]").lastElementChild.textContent.includes(body)"""

# One wheel's notch for each frame, up from where it is; how long each frame took.
SCROLL = """async ([frames, step]) => {
  const scroller = document.querySelector("[data-scroll]");
  const next = () => new Promise(requestAnimationFrame);
  const took = [];
  let before = await next();
  for (let frame = 0; frame < frames; frame += 1) {
    scroller.scrollTop -= step;
    const now = await next();
    took.push(now - before);
    before = now;
  }
  return took;
}"""

# From each key to the task after the frame that shows it.
WATCH_KEYS = """() => {
  window.typed = [];
  document.addEventListener("keydown", () => {
    const pressed = performance.now();
    const shown = new MessageChannel();
    shown.port1.onmessage = () => window.typed.push(performance.now() - pressed);
    requestAnimationFrame(() => shown.port2.postMessage(""));
  }, true);
}"""


def run(options: Namespace) -> list[Measured]:
    """Seed one long chat and read it as its agent does."""
    del options
    # One message more than the pages show, so that the last page is a page like the others.
    words = [WORDS[at % len(WORDS)].format(at) for at in range(max(LENGTHS))]
    with database("SQLite") as settings:
        chat = scene.chats(settings, 1, words=words)[0]
        asyncio.run(_spread(settings))
        with (
            serving(PARLEY, settings) as server,
            sync_playwright() as playwright,
            _browser(playwright) as browser,
        ):
            return _Reader(browser, server.port, chat).measures()


async def _spread(settings: Settings) -> None:
    """Let both sides speak in turn, over many days."""
    from app.interactions.tables import Entry, Interaction  # noqa: PLC0415 - beside the others

    db.bind(db.engine_for(settings))
    try:
        agent = (await Interaction.objects().first()).agent
        length = max(LENGTHS) // DAYS + 1
        begin = datetime.now(UTC) - timedelta(days=DAYS - 1)
        for day in range(DAYS):
            entries = (Entry.seq > day * length) & (Entry.seq <= (day + 1) * length)
            at = begin + timedelta(days=day)
            await Entry.update({Entry.created_at: at}).where(entries)
        own = [seq for seq in range(1, max(LENGTHS) + 1) if seq % 5 in {2, 3}]
        for at in range(0, len(own), 500):
            await Entry.update({Entry.author: "agent", Entry.agent: agent}).where(
                Entry.seq.is_in(own[at : at + 500])
            )
    finally:
        await db.engine().close()


@contextmanager
def _browser(playwright: Any) -> Iterator[Browser]:
    found = shutil.which("chromium")
    if not found:
        raise RuntimeError("Chromium is missing; tools/install_test_services installs it.")
    browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
    try:
        yield browser
    finally:
        browser.close()


class _Reader:
    """The chat's agent, with the workspace open."""

    def __init__(self, browser: Browser, port: int, chat: Chat) -> None:
        self._browser = browser
        self._port = port
        self._chat = chat
        self._url = f"http://localhost:{port}"
        # Looking from the outside is not what the page's policy is for.
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-GB", bypass_csp=True
        )
        name, _, value = chat.agent_cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": self._url}])
        self.page: Page = context.new_page()
        self._arrived = 0

    def measures(self) -> list[Measured]:
        """Page back to each length, and measure there."""
        self.page.goto(f"{self._url}/workspace/webchat/{self._chat.interaction}")
        self.page.evaluate(WATCH_KEYS)
        self._arrives()  # and the stream is live
        lines: list[Measured] = []
        for length in LENGTHS:
            lines += [
                *self._pages_back(length),
                *self._scrolls(length),
                *self._receives(length),
                *self._types(length),
            ]
        return lines

    def _pages_back(self, length: int) -> list[Measured]:
        longest: list[float] = []
        while (shown := self.page.evaluate(SHOWN)) - self._arrived < length:
            # Tracing takes longer than a page: only the last one is looked at so closely.
            is_last = shown - self._arrived + 50 >= length
            with self._longest() if is_last else nullcontext([]) as took:
                self.page.evaluate(OLDER)
                self.page.wait_for_function(f"{SHOWN} > {shown}")
                self._rests()
            longest = took
        nodes = self.page.evaluate("document.querySelectorAll('*').length")
        lines = [Measured(f"{length:,} entries: elements in the page", nodes, "")]
        lines += [
            Measured(f"{length:,} entries: longest task when earlier ones come", took, "ms")
            for took in longest
        ]
        return lines

    def _scrolls(self, length: int) -> list[Measured]:
        self.page.evaluate("document.querySelector('[data-scroll]').scrollTop = 1e9")
        self._rests()
        with self._longest() as longest:
            took = self.page.evaluate(SCROLL, [FRAMES, 100])
        median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        return [
            Measured(f"{length:,} entries: a frame while scrolling, median", median, "ms"),
            Measured(f"{length:,} entries: … p95", p95, "ms"),
            Measured(f"{length:,} entries: … longest task", longest[0], "ms"),
        ]

    def _receives(self, length: int) -> list[Measured]:
        self.page.evaluate("document.querySelector('[data-jump]').click()")
        self._rests()
        longest = []
        for _ in range(ARRIVALS):
            with self._longest() as took:
                self._arrives()
                self._rests()
            longest += took
        middle = statistics.median(longest)
        return [
            Measured(
                f"{length:,} entries: longest task when a message arrives, median", middle, "ms"
            ),
            Measured(f"{length:,} entries: … slowest of {ARRIVALS}", max(longest), "ms"),
        ]

    def _types(self, length: int) -> list[Measured]:
        self.page.locator("rich-text").focus()
        self.page.evaluate("window.typed = []")
        self.page.keyboard.type(TYPED, delay=30)
        self._rests()
        took = self.page.evaluate("window.typed")
        return [
            Measured(
                f"{length:,} entries: key to its letter, median", statistics.median(took), "ms"
            ),
            Measured(f"{length:,} entries: … slowest of {len(took)}", max(took), "ms"),
        ]

    def _arrives(self) -> None:
        """The visitor writes, and it stands in the log."""
        self._arrived += 1
        body = f"Arrival {self._arrived}"
        page = {"page_title": "Lamps", "page_url": f"{scene.SITE}/lamps"}
        form = urlencode({"body": body, "nonce": f"bench-arrival-{self._arrived}", **page})
        headers = {"HX-Request": "true", "Cookie": self._chat.visitor_cookie}
        address = f"http://127.0.0.1:{self._port}/widget/{self._chat.widget}/messages"
        with urlopen(Request(address, form.encode(), headers)) as answer:
            if answer.status != 200:
                raise RuntimeError(f"The message was answered {answer.status}.")
        self.page.wait_for_function(NEWEST, arg=body)

    def _rests(self) -> None:
        """Two frames later, all that followed has been drawn."""
        self.page.evaluate(
            "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"
        )

    @contextmanager
    def _longest(self) -> Iterator[list[float]]:
        """The longest task of the page's main thread in the block, in milliseconds."""
        found: list[float] = []
        self._browser.start_tracing(page=self.page, categories=["toplevel", "__metadata"])
        yield found
        events = json.loads(self._browser.stop_tracing())["traceEvents"]
        main = {
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        tasks = [
            event.get("dur", 0) / 1000
            for event in events
            if event.get("ph") == "X" and (event["pid"], event["tid"]) in main
        ]
        found.append(max(tasks, default=0))
