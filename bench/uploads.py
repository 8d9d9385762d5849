"""Uploads: how fast a large file is taken, and what it costs in memory."""

import hashlib
import http.client
import secrets
import time
from argparse import Namespace
from collections.abc import Iterator

from bench import budgets, scene
from bench.budgets import Measured
from bench.load import Chat
from bench.server import BARE, PARLEY, Server, database, serving

MEGABYTE = 1024 * 1024
SIZE = 100 * MEGABYTE
BLOCK = 256 * 1024
ROUNDS = 5


def run(options: Namespace) -> list[Measured]:
    """Upload a large file again and again, in turns to Parley and to a bare copy."""
    with database(options.databases[0]) as settings:
        chat = scene.chats(settings, 1)[0]
        room = {"PARLEY_LIMIT_UPLOADS": "1000", "PARLEY_VISITOR_QUOTA_MB": "1000"}
        with (
            serving(PARLEY, settings, **room) as parley,
            serving(BARE, settings) as bare,
        ):
            _upload(parley.port, chat, MEGABYTE)  # what is loaded once is no growth
            before, most = parley.memory(), 0
            ours, theirs = [], []
            for _ in range(ROUNDS):
                theirs.append(_copy(bare.port))
                took, peak = _measured(parley, chat)
                ours.append(took)
                most = max(most, peak)
    share, grown = 100 * min(theirs) / min(ours), (most - before) / MEGABYTE
    return [
        Measured("100 MB upload: memory grows", grown, "MB", budgets.UPLOAD_MEMORY),
        Measured("100 MB upload: speed", SIZE / MEGABYTE / min(ours), "MB/s"),
        Measured("bare copy of the same stream", SIZE / MEGABYTE / min(theirs), "MB/s"),
        Measured("100 MB upload: of the bare copy's speed", share, "%", budgets.UPLOAD_SPEED),
    ]


def _measured(parley: Server, chat: Chat) -> tuple[float, int]:
    """How long an upload took, and the most memory on the way."""
    most = 0

    def looking() -> Iterator[bytes]:
        nonlocal most
        for number, block in enumerate(_blocks(SIZE)):
            if number % 16 == 0:
                most = max(most, parley.memory())
            yield block

    begin = time.perf_counter()
    _put(parley.port, _path(chat), SIZE, looking(), _headers(chat))
    took = time.perf_counter() - begin
    return took, max(most, parley.memory())


def _upload(port: int, chat: Chat, size: int) -> None:
    _put(port, _path(chat), size, _blocks(size), _headers(chat))


def _copy(port: int) -> float:
    begin = time.perf_counter()
    _put(port, "/copy", SIZE, _blocks(SIZE), {})
    return time.perf_counter() - begin


def _path(chat: Chat) -> str:
    return f"/widget/{chat.widget}/uploads/{secrets.token_hex(16)}?name=film.pdf"


def _headers(chat: Chat) -> dict[str, str]:
    return {"Cookie": chat.visitor_cookie, "Content-Type": "application/pdf"}


def _put(port: int, path: str, size: int, blocks: Iterator[bytes], headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("PUT", path, blocks, {**headers, "Content-Length": str(size)})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")


def _blocks(size: int) -> Iterator[bytes]:
    """So many bytes of something that passes for a document."""
    block = (b"%PDF-" + hashlib.shake_128(b"").digest(BLOCK - 5)) if size else b""
    for _ in range(size // BLOCK):
        yield block
