"""A restart under the eyes of many."""

import asyncio

from app import database
from app.contacts.tables import Visitor
from app.moments import now
from app.tokens import token_hash
from tests.builders import a_nonce
from tests.databases import ON_SQLITE
from tests.processes import ready, serving

MANY, AT_ONCE = 2_000, 200
ROOM = {
    "PARLEY_LIMIT_STREAMS_ADDRESS": "100000",
    "PARLEY_LIMIT_MESSAGES": "100000",
    "PARLEY_LOG_LEVEL": "warning",
}


async def visitors(shop, vic):
    """So many visitors of the shop, by their tokens."""
    tokens = [f"token-{number}" for number in range(MANY)]
    for first in range(0, MANY, AT_ONCE):
        await Visitor.insert(
            *(
                Visitor(
                    widget=shop.id,
                    contact=vic.contact,
                    token_hash=token_hash(token),
                    first_nonce=a_nonce(),
                    came_back=True,
                    created_at=now(),
                )
                for token in tokens[first : first + AT_ONCE]
            )
        )
    return tokens


async def listening(port, token):
    """A visitor's stream, from its first frame."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /widget/shop/stream HTTP/1.1\r\nHost: parley.test\r\n"
        b"Accept: text/event-stream\r\n"
        b"Cookie: __Host-parley-shop=%b\r\n\r\n" % token.encode()
    )
    await reader.readuntil(b"event: ready")
    return reader, writer


async def crowd(port, tokens):
    """All their streams; as many come at once as a listening socket holds."""
    streams = []
    for first in range(0, MANY, AT_ONCE):
        coming = (listening(port, token) for token in tokens[first : first + AT_ONCE])
        streams += await asyncio.gather(*coming)
    return streams


@ON_SQLITE
async def test_a_restart_with_2000_open_streams_is_short_and_messages_go_on(settings, shop, vic):
    # L3; that the pages come back spread over time is their own story
    tokens = await visitors(shop, vic)
    await database.engine().close()
    async with serving(settings, **ROOM) as server, server.client() as somebody:
        await ready(somebody)
        streams = await crowd(server.port, tokens)

        errors = await server.stop(within=10)

        for reader, writer in streams:
            assert b"event: bye" not in await reader.read()  # they come again
            writer.close()
    assert server.process.returncode in {0, -15}
    assert "Traceback" not in errors

    async with (
        serving(settings, **ROOM) as again,
        again.client(Cookie="__Host-parley-shop=token-of-vic") as somebody,
    ):
        await ready(somebody)
        coming = asyncio.create_task(crowd(again.port, tokens))
        written = 0
        while not coming.done():  # while they all come back at once
            form = {"body": f"Message {written}", "nonce": a_nonce()}
            answer = await somebody.post("/widget/shop/messages", data=form)
            assert answer.status_code == 200
            written += 1
        streams = await coming

        assert len(streams) == MANY
        assert written > 1
        for _, writer in streams:
            writer.close()
