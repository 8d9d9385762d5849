"""Waiting for something to become true: with a deadline, never by sleeping and hoping."""

import asyncio
import inspect
import time

# Reached by what is broken only; a busy machine may be slow.
PATIENCE = 30
PAUSE = 0.005


async def eventually(found, within=PATIENCE):
    """What `found()` gives, or resolves to, once it is truthy; an AssertionError after `within`."""
    deadline = time.monotonic() + within
    while True:
        value = found()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"Not so within {within} s; last seen: {value!r}"
        await asyncio.sleep(PAUSE)
