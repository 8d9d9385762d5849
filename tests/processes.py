"""Parley as its own process, started as people start it."""

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.waiting import eventually

PARLEY = Path(sys.executable).with_name("parley")
LISTENS = re.compile(rb"Parley listens on port (\d+)")
STARTS_WITHIN = 30


def environment(settings, **more):
    """The settings as variables, and what programs need besides."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PYTHONWARNINGS": "error",
        "PARLEY_DATA": str(settings.data),
        "DATABASE_URL": settings.database_url,
        "PORT": "0",
        **more,
    }


async def ended(settings, *arguments, **more):
    """Run a command to its end; gives its code, output and errors."""
    process = await start(settings, *arguments, **more)
    async with asyncio.timeout(STARTS_WITHIN):
        output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def start(settings, *arguments, **more):
    return await asyncio.create_subprocess_exec(
        PARLEY,
        *arguments,
        env=environment(settings, **more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


class Server:
    """A process that serves; `kill()` it as kill -9 does, or `stop()` it as systemd does."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"

    def client(self, **headers):
        return httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            transport=httpx.AsyncHTTPTransport(verify=False),
            trust_env=False,
        )

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    async def stop(self, within):
        self.process.terminate()
        async with asyncio.timeout(within):
            _, errors = await self.process.communicate()
        return errors.decode()


@asynccontextmanager
async def serving(settings, *arguments, **more):
    """Serve on a free port, from the first line that says which."""
    process = await start(settings, "serve", *arguments, **more)
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while not (found := LISTENS.search(line := await process.stdout.readline())):
                assert line, (await process.stderr.read()).decode()
        yield Server(process, int(found.group(1)))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        process._transport.close()  # else its pipes are closed by the collector, with a warning


async def ready(somebody):
    """Wait until the server of this client answers that it is."""

    async def answers():
        try:
            return (await somebody.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    await eventually(answers, within=STARTS_WITHIN)
