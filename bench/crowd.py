"""Visitors and agents as their pages behave: what they keep, when they ask, how they try again."""

import asyncio
import html
import inspect
import random
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

# In seconds; the servers are set to beat each second, the page's 40 and 15 in small.
SILENCE, PATIENCE, POLL = 4.0, 5.0, 2.0
ENTRY = re.compile(r'id="entry_(\d+)_(\d+)"(.*?)(?=id="entry_|\Z)', re.DOTALL)
WORDS = re.compile(r"<p>([vaf][0-9a-z-]+)</p>")
OFFER = re.compile(r"/workspace/offers/(\d+)/sight")
ROW = re.compile(r'id="interaction_(\d+)"')
OK, REFUSED, GONE = 200, 409, {401, 404}
BROKEN = 500


class Lost(Exception):
    """No answer, or one that says that it did not work: it may have been done, or not."""


@dataclass
class Log:
    """An interaction as one page shows it: each number once, with its words."""

    shown: dict[int, str] = field(default_factory=dict)
    checked: int = 0
    twice: list[int] = field(default_factory=list)

    def take(self, number: int, words: str) -> None:
        """Show an entry; the same again changes nothing, another in its place is a fault."""
        if self.shown.setdefault(number, words) != words:
            self.twice.append(number)

    @property
    def complete_to(self) -> int:
        """The last number up to which nothing is missing."""
        last = self.checked
        while last + 1 in self.shown:
            last += 1
        return last


@dataclass
class Told:
    """What all of them together know: what was acknowledged, and what must not have been."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    tried: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    broken: int = 0
    lost: int = 0


def nonce_of(words: str) -> str:
    """The same for the same words, which begin as no others do."""
    return f"nonce-{words[:40]}"


class Client:
    """Somebody who asks, and gets an answer or none."""

    def __init__(self, url: str, told: Told) -> None:
        self.told = told
        self.cookie = ""
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=4)
        self.http = httpx.AsyncClient(
            base_url=url, timeout=PATIENCE, trust_env=False, limits=limits
        )

    async def ask(
        self, method: str, path: str, *, patience: float = PATIENCE, **form: str
    ) -> httpx.Response:
        """The answer; Lost where none comes, and where the server says it could not."""
        headers = {"Cookie": self.cookie, "HX-Request": "true"}
        try:
            answer = await self.http.request(
                method, path, data=form or None, headers=headers, timeout=patience
            )
        except httpx.HTTPError as error:
            self.told.lost += 1
            raise Lost from error
        if answer.status_code >= BROKEN:
            self.told.broken += 1
            if answer.status_code == BROKEN:  # whatever breaks around it, it says so with a 503
                self.told.wrong.append(f"an error of its own for {method} {path}")
            raise Lost
        return answer


class Page(Client, ABC):
    """What a page of either side does: one stream, and catching up whenever it says so."""

    stream: str

    def __init__(self, url: str, told: Told, dice: random.Random, name: str) -> None:
        super().__init__(url, told)
        self.name = name
        self.dice = dice
        self.logs: dict[int, Log] = {}
        self.connects = 0
        self.live = False
        self._wants = asyncio.Event()

    @abstractmethod
    def log_of(self, interaction: int) -> Log | None:
        """Where the entries of an interaction go that is not open; None if they are not shown."""

    @abstractmethod
    def another_tab(self, url: str) -> "Page":
        """A second page of the same person, which reaches the server by another way."""

    @abstractmethod
    async def catch_up(self) -> None:
        """Ask for what is after the last number."""

    async def insist(self, words: str, send: Callable[[], Awaitable[httpx.Response]]) -> bool:
        """Send until there is an answer; whether it was taken, or refused for good."""
        while True:
            try:
                answer = await send()
            except Lost:
                await asyncio.sleep(self.dice.uniform(0.05, 0.5))
                continue
            if answer.status_code == OK:
                self.told.acknowledged[words] = self.name
                return True
            if answer.status_code != REFUSED:
                self.told.wrong.append(f"{self.name}: {answer.status_code} for {words[:24]}")
            return False

    def take(self, text: str) -> None:
        """Put entries into their logs."""
        for interaction, number, rest in ENTRY.findall(text):
            found = WORDS.search(rest)
            log = self.logs.get(int(interaction)) or self.log_of(int(interaction))
            if log is not None:
                log.take(int(number), html.unescape(found[1]) if found else "")

    async def listen(self) -> None:
        """Keep the stream open; after an end, a silence or a refusal, open it again."""
        while True:
            try:
                async for event, data in self._events():
                    if event == "ready":
                        self.live = True
                        self._wants.set()
                    elif event == "":
                        self.take(data)
                        self.heard(data)
            except (httpx.HTTPError, TimeoutError, Lost):
                pass
            self.live = False
            await asyncio.sleep(self.dice.uniform(0.1, 0.6))

    def heard(self, data: str) -> None:
        """What else the page does about a frame."""

    async def follow(self) -> None:
        """Catch up when asked to; again until it worked, and by asking while there is no stream."""
        while True:
            try:
                async with asyncio.timeout(POLL):
                    await self._wants.wait()
            except TimeoutError:
                if self.live:
                    continue
            self._wants.clear()
            try:
                await self.catch_up()
            except Lost:
                await asyncio.sleep(0.3)
                self._wants.set()

    async def _events(self) -> AsyncIterator[tuple[str, str]]:
        self.connects += 1
        headers = {"Cookie": self.cookie, "Accept": "text/event-stream"}
        event, data = "", []
        patience = httpx.Timeout(PATIENCE, read=SILENCE)
        async with self.http.stream(
            "GET", self.stream, headers=headers, timeout=patience
        ) as answer:
            if answer.status_code != OK:
                if answer.status_code in GONE:
                    self.told.wrong.append(f"{self.name}: its stream answers {answer.status_code}")
                raise Lost
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line:
                    yield event, "\n".join(data)
                    event, data = "", []


class Visitor(Page):
    """Writes, sends twice now and then, ends the chat sometimes, and begins another."""

    stream = "/widget/shop/stream"

    def __init__(self, url: str, told: Told, dice: random.Random, name: str) -> None:
        super().__init__(url, told, dice, name)
        self.current = 0
        self.written = 0

    def log_of(self, interaction: int) -> Log | None:
        """A visitor's page shows the newest chat; another is there from its first entry on."""
        if interaction < self.current:
            return None
        self.current = interaction
        return self.logs.setdefault(interaction, Log())

    async def catch_up(self) -> None:
        """What is after the last number of the current chat."""
        log = self.logs.get(self.current, Log())
        asked = self.current
        answer = await self.ask("GET", f"/widget/shop/entries?after={log.complete_to}")
        if answer.status_code in GONE:
            self.told.wrong.append(f"{self.name}: is not known any more")
        now = int(answer.headers.get("Parley-Log", "log_0").removeprefix("log_"))
        if now != asked:  # another chat: the page loads it whole
            answer = await self.ask("GET", "/widget/shop/entries?after=0")
            now = int(answer.headers.get("Parley-Log", "log_0").removeprefix("log_"))
            if not now:
                return
            self.log_of(now)
        self.take(answer.text)
        log = self.logs[now]
        log.checked = max(log.checked, int(answer.headers.get("Parley-Last", 0)))

    async def begin(self) -> None:
        """The first message, which brings the token; tried again with the same nonce."""
        words = f"v{self.name}-0"
        self.told.tried[words] = self.name

        async def send() -> httpx.Response:
            answer = await self._post(words)
            given = re.search(r"(__Host-parley-shop=[^;]+)", answer.headers.get("set-cookie", ""))
            if given:
                self.cookie = given[1]
            return answer

        await self.insist(words, send)
        self.written = 1

    async def talk(self, quiet: asyncio.Event) -> None:
        """Write until it shall be quiet."""
        while not quiet.is_set():
            words = f"v{self.name}-{self.written}"
            self.told.tried[words] = self.name
            self.written += 1
            await self.insist(words, lambda words=words: self._twice_sometimes(words))
            if self.dice.random() < 0.05:
                await self._end()
            await asyncio.sleep(self.dice.uniform(0.05, 0.4))

    async def say_much(self, count: int, length: int) -> None:
        """Write so many long messages, one after the other."""
        for _ in range(count):
            words = f"v{self.name}-{self.written}-{'x' * length}"
            self.told.tried[words] = self.name
            self.written += 1
            await self.insist(words, lambda words=words: self._post(words))

    def another_tab(self, url: str) -> "Visitor":
        """A second page of the same visitor, which reaches the server by another way."""
        tab = Visitor(url, self.told, self.dice, self.name)
        tab.cookie = self.cookie
        return tab

    async def _end(self) -> None:
        try:
            await self.ask("POST", "/widget/shop/ending")
        except Lost:
            return

    async def _twice_sometimes(self, words: str) -> httpx.Response:
        if self.dice.random() < 0.2:
            found = await asyncio.gather(
                self._post(words), self._post(words), return_exceptions=True
            )
            for one in found:
                if isinstance(one, httpx.Response):
                    return one
            raise Lost
        return await self._post(words)

    async def _post(self, words: str) -> httpx.Response:
        return await self.ask("POST", "/widget/shop/messages", body=words, nonce=nonce_of(words))


class Agent(Page):
    """Accepts what is offered, answers, and archives after a while."""

    stream = "/workspace/stream"

    def __init__(
        self, url: str, told: Told, dice: random.Random, name: str, session: str, code: int
    ) -> None:
        super().__init__(url, told, dice, name)
        self.cookie = f"parley-session={session}"
        self.code = str(code)
        self.offers: asyncio.Queue[str] = asyncio.Queue()
        self.held: set[int] = set()
        self.written = 0

    def log_of(self, interaction: int) -> Log | None:
        """Entries are shown where the interaction is open."""
        return self.logs.get(interaction)

    def heard(self, data: str) -> None:
        """Offers are accepted, and what stands in the list is opened."""
        for offer in OFFER.findall(data):
            self.offers.put_nowait(offer)
        for row in ROW.findall(data):
            self.open(int(row))

    def another_tab(self, url: str) -> "Agent":
        """A second page of the same agent, which reaches the server by another way."""
        session = self.cookie.partition("=")[2]
        return Agent(url, self.told, self.dice, self.name, session, int(self.code))

    def open(self, interaction: int) -> None:
        """Open an interaction; from now on its log is kept."""
        if interaction not in self.logs:
            self.logs[interaction] = Log()
            self.held.add(interaction)
            self._wants.set()

    async def catch_up(self) -> None:
        """What is after the last number of each that is open."""
        for interaction, log in list(self.logs.items()):
            path = f"/workspace/interactions/{interaction}/entries?after={log.complete_to}"
            answer = await self.ask("GET", path)
            if answer.status_code == OK:
                self.take(answer.text)
                log.checked = max(log.checked, int(answer.headers["Parley-Last"]))
            elif answer.status_code in GONE:
                self.logs.pop(interaction)  # it went to somebody else
                self.held.discard(interaction)

    async def accept(self) -> None:
        """Accept whatever is offered; an offer that is gone is gone."""
        while True:
            offer = await self.offers.get()
            try:
                await self.ask("PUT", f"/workspace/offers/{offer}/sight")
                answer = await self.ask("POST", f"/workspace/offers/{offer}/acceptance")
            except Lost:
                continue  # it is shown again, or in the list
            found = re.search(r'id="log_(\d+)"', answer.text)
            if answer.status_code == OK and found:
                self.open(int(found[1]))

    async def talk(self, quiet: asyncio.Event) -> None:
        """Answer, and archive now and then."""
        while not quiet.is_set():
            await asyncio.sleep(self.dice.uniform(0.1, 0.6))
            if not self.held:
                continue
            interaction = self.dice.choice(sorted(self.held))
            words = f"a{self.name}-{interaction}-{self.written}"
            self.written += 1
            self.told.tried[words] = self.name
            path = f"/workspace/interactions/{interaction}"
            sent = await self.insist(
                words,
                lambda words=words, path=path: self.ask(
                    "POST", f"{path}/messages", body=words, nonce=nonce_of(words)
                ),
            )
            if not sent:
                self.held.discard(interaction)
            elif self.dice.random() < 0.1:
                await self._archive(interaction, path)

    async def _archive(self, interaction: int, path: str) -> None:
        try:
            await self.ask("POST", f"{path}/archive", wrap_up_code=self.code, note="")
        except Lost:
            return
        self.held.discard(interaction)


async def until(found: Callable[[], Any], within: float) -> bool:
    """Whether this becomes true in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        so = found()
        if await so if inspect.isawaitable(so) else so:
            return True
        await asyncio.sleep(0.2)
    return False
