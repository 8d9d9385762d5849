"""The bus of many processes: one channel of a Redis, which may go away and come back."""

import asyncio
import json
import random
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.realtime.bus import LOST, ROOM, Lost, MemoryBus, Signal, Topic

log = structlog.get_logger()
BATCH = 500
# In seconds. Each process says something at least every BEAT, and hears itself: silence that
# lasts longer is a connection that is dead and does not know it.
BEAT, SILENCE, PATIENCE = 2.0, 8.0, 5.0
FAREWELL = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0


class RedisBus:
    """Gives signals to this process at once, and to the others through Redis.

    What could not be sent waits and is sent when Redis is back, and may be sent twice: a signal
    only says where to look. After each connection signals may have been lost meanwhile, and it
    says so. It says so too when another process falls silent without a farewell: killed, it may
    have stored what it did not come to tell.
    """

    def __init__(self, url: str, *, room: int = ROOM) -> None:
        self._url = url
        self._here = MemoryBus(room)
        self._room = room
        self._name = secrets.token_hex(8)
        self._unsent: deque[Signal | Lost] = deque()
        self._sending: list[Signal | Lost] = []
        self._woken = asyncio.Event()
        self._failures = 0
        self._others: dict[str, float] = {}
        self.hears = False

    async def publish(self, signal: Signal) -> None:
        await self._here.publish(signal)
        if len(self._unsent) >= self._room:
            self._unsent.clear()
            self._unsent.append(LOST)
        self._unsent.append(signal)
        self._woken.set()

    def signals(self) -> AsyncIterator[Signal | Lost]:
        return self._here.signals()

    async def run(self) -> None:
        """Stay connected; after a fault connect anew, soon at first and then less often."""
        try:
            await self._stay_connected()
        finally:
            await self._say_farewell()

    async def _stay_connected(self) -> None:
        while True:
            client = self._client()
            try:
                await self._connected(client)
            except* (RedisError, OSError, TimeoutError) as faults:
                self._failed(faults)
            finally:
                self.hears = False
                await _closed(client)
            await asyncio.sleep(self._pause())

    async def _connected(self, client: Redis) -> None:
        async with client.pubsub() as channel, asyncio.TaskGroup() as both:
            async with asyncio.timeout(PATIENCE):
                await channel.subscribe(self._channel(client))
                await self._next(channel)  # subscribed: from here on nothing is missed
            self.hears = True
            self._failures = 0
            self._here.lose()
            log.info("bus connected")
            both.create_task(self._listen(channel))
            both.create_task(self._send(client))

    async def _listen(self, channel: PubSub) -> None:
        while True:
            message = await self._next(channel)
            try:
                sender, signals, ends = _read(message)
            except (ValueError, TypeError):  # of another version, while it is replaced
                log.warning("a message on the bus is not understood")
                self._here.lose()
                continue
            self._note(sender, ends=ends)
            if sender == self._name:
                continue  # given to this process when it was published
            for one in signals:
                if isinstance(one, Lost):
                    self._here.lose()
                else:
                    await self._here.publish(one)

    def _note(self, sender: str, *, ends: bool) -> None:
        """Who is heard at all is heard each BEAT, or has said that it ends."""
        at = time.monotonic()
        self._others[sender] = at
        if ends:
            del self._others[sender]
        for silent in [one for one, heard in self._others.items() if at - heard > SILENCE]:
            del self._others[silent]
            log.warning("a process on the bus fell silent")
            self._here.lose()

    async def _say_farewell(self) -> None:
        """Send what waits, and that no more comes; without Redis the others wait until SILENCE."""
        client = self._client()
        rest = [*self._sending, *self._unsent]
        try:
            async with asyncio.timeout(FAREWELL):
                await client.publish(self._channel(client), _written(self._name, rest, ends=True))
        except (RedisError, OSError, TimeoutError):
            pass  # there is nobody to tell
        finally:
            await _closed(client)

    async def _send(self, client: Redis) -> None:
        """Send what waits, all of it at once; it has been sent when Redis has said so."""
        channel = self._channel(client)
        while True:
            if not self._sending:
                self._sending = self._taken()
            async with asyncio.timeout(PATIENCE):
                await client.publish(channel, _written(self._name, self._sending))
            self._sending = []
            if not self._unsent:
                await self._something_to_send()

    def _taken(self) -> list[Signal | Lost]:
        return [self._unsent.popleft() for _ in range(min(BATCH, len(self._unsent)))]

    async def _something_to_send(self) -> None:
        """Wait for it, but not longer than until the next beat."""
        self._woken.clear()
        try:
            async with asyncio.timeout(BEAT):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _next(self, channel: PubSub) -> bytes:
        message = await channel.get_message(timeout=SILENCE)
        if message is None:
            raise TimeoutError("nothing is heard")
        data: bytes = message["data"]
        return data

    def _client(self) -> Redis:
        # Its own way to connect anew would hide that signals were lost; its own timeout swallows
        # a cancellation on Python 3.11.
        return Redis.from_url(
            self._url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
        )

    def _channel(self, client: Redis) -> str:
        """A name for each of Redis' databases, which share their channels."""
        return f"parley:{client.connection_pool.connection_kwargs.get('db') or 0}:signals"

    def _pause(self) -> float:
        """With jitter, so that processes do not come back all at once."""
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._failures) * random.uniform(0.5, 1)  # noqa: S311 - no secret

    def _failed(self, faults: BaseExceptionGroup[BaseException]) -> None:
        self._failures = min(self._failures + 1, 10)
        if self._failures == 1:  # said once, not at every try
            names = sorted({type(fault).__name__ for fault in faults.exceptions})
            log.warning("bus away: other processes are not heard", faults=names)


def _written(sender: str, signals: list[Signal | Lost], *, ends: bool = False) -> str:
    """A message: its sender, each signal as a list or null for a lost one, whether it ends."""
    plain = [None if isinstance(one, Lost) else [*one.topic, one.kind, one.ids] for one in signals]
    return json.dumps([sender, plain, *([True] if ends else [])])


def _read(message: bytes) -> tuple[str, list[Signal | Lost], bool]:
    sender, plain, *last = json.loads(message)
    return sender, [LOST if one is None else _signal(*one) for one in plain], bool(last)


def _signal(audience: str, recipient: int, kind: str, ids: dict[str, int]) -> Signal:
    return Signal(Topic(audience, recipient), kind, ids)


async def _closed(client: Redis) -> None:
    try:
        async with asyncio.timeout(1):
            await client.aclose()
    except (RedisError, OSError, TimeoutError):
        pass  # it is given up either way
