"""Sends a visitor's message through the public address, and waits for it on an agent's stream."""

import asyncio
import secrets
import time
from dataclasses import dataclass

import httpx
import structlog

from app.accounts.access import session_cookie
from app.canary.stage import Stage, set_up
from app.metrics.numbers import CANARIES, CANARY
from app.settings import Settings

# In seconds: what has not come by then has not been delivered.
PATIENCE = 10.0
DELIVERED, LATE = "delivered", "late"
UNREACHABLE, REFUSED, BROKEN = "unreachable", "refused", "broken"
FAULTS = {
    LATE: "a message did not arrive in time",
    UNREACHABLE: "the public address does not answer, or breaks off",
    REFUSED: "the public address refuses the message or the stream",
    BROKEN: "no message could be prepared",
}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Flight:
    """How the last message fared; `ended_at` is by the process's own clock."""

    outcome: str
    seconds: float
    ended_at: float


class _RefusedError(Exception):
    """An answer that a browser would not get."""


class Canary:
    """What the last message of this process says about delivery."""

    def __init__(self, settings: Settings) -> None:
        self._url = address_of(settings)
        self._cookie = session_cookie(settings)
        self.last: Flight | None = None

    @property
    def well(self) -> bool:
        """Whether nothing speaks against delivery."""
        return self.last is None or self.last.outcome == DELIVERED

    def words(self) -> str:
        """How delivery is, in a line."""
        if self.last is None:
            return "no message has been sent yet"
        took, ago = round(self.last.seconds * 1000), round(time.monotonic() - self.last.ended_at)
        if self.well:
            return f"ok, {took} ms from sending to an agent's stream, {ago} s ago"
        return f"{FAULTS[self.last.outcome]}, {ago} s ago"

    async def fly(self) -> None:
        """Send one message, and note what became of it."""
        began = time.monotonic()
        outcome, seconds = await self._flown()
        CANARIES.add(outcome)
        if outcome == DELIVERED:
            CANARY.observe(seconds)
        if outcome != DELIVERED or not self.well:
            log.warning("delivery canary", outcome=outcome, ms=round(seconds * 1000))
        self.last = Flight(outcome, seconds or time.monotonic() - began, time.monotonic())

    async def _flown(self) -> tuple[str, float]:
        try:
            async with set_up() as stage, asyncio.timeout(PATIENCE):
                return DELIVERED, await self._sent(stage)
        except TimeoutError:
            return LATE, PATIENCE
        except _RefusedError:
            return REFUSED, 0
        except httpx.HTTPError:
            return UNREACHABLE, 0
        except Exception:  # a database that is away: said as every other failure is
            log.exception("delivery canary")
            return BROKEN, 0

    async def _sent(self, stage: Stage) -> float:
        words = f"canary {secrets.token_hex(8)}"
        reader = {"Cookie": f"{self._cookie}={stage.session}", "Accept": "text/event-stream"}
        writer = {"Cookie": f"__Host-parley-{stage.key}={stage.visitor}", "HX-Request": "true"}
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=PATIENCE, trust_env=False) as client,
            client.stream("GET", "/workspace/stream", headers=reader) as stream,
        ):
            _check(stream)
            lines = stream.aiter_lines()
            async for line in lines:
                if line == "event: ready":
                    break
            began = time.monotonic()
            form = {"body": words, "nonce": secrets.token_hex(16)}
            path = f"/widget/{stage.key}/messages"
            _check(await client.post(path, data=form, headers=writer))
            async for line in lines:
                if f"<p>{words}" in line:  # in the transcript; a list shows its first words as well
                    return time.monotonic() - began
        raise _RefusedError  # the stream has ended


def _check(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise _RefusedError


def address_of(settings: Settings) -> str:
    """The public address, or where this process listens when there is none."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - the opposite
    host = everywhere.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    return settings.base_url or f"http://{host}:{settings.port}"
