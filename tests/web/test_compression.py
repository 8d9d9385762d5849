"""Pages are sent compressed, and tell nothing by their length."""

import gzip

import pytest

from app.web.compression import LEAST, zipped
from tests.databases import ON_SQLITE


async def raw(somebody, path, accepts):
    """A page as it is on the line."""
    async with somebody.stream("GET", path, headers={"Accept-Encoding": accepts}) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


@ON_SQLITE
@pytest.mark.parametrize("accepts", ["gzip", "br, gzip;q=0.5", "deflate, GZIP"])
async def test_a_page_is_sent_compressed(as_bob, accepts):
    answer, body = await raw(as_bob, "/workspace/webchat", accepts)

    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(body)
    assert "Accept-Encoding" in answer.headers["vary"]
    whole = gzip.decompress(body)
    assert whole.rstrip().endswith(b"</html>")
    assert len(body) < len(whole) / 2


@ON_SQLITE
@pytest.mark.parametrize("accepts", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0"])
async def test_who_does_not_take_it_gets_it_as_it_is(as_bob, accepts):
    answer, body = await raw(as_bob, "/workspace/webchat", accepts)

    assert "content-encoding" not in answer.headers
    assert body.rstrip().endswith(b"</html>")


@ON_SQLITE
async def test_what_is_short_is_sent_as_it_is(as_bob):
    answer, body = await raw(as_bob, "/nowhere", "gzip")

    assert "content-encoding" not in answer.headers
    assert len(body) < LEAST


@ON_SQLITE
async def test_a_stream_is_never_compressed(live, as_bob):
    as_bob.headers["Accept-Encoding"] = "gzip"

    async with live.stream(as_bob, "/workspace/stream") as bobs:
        await bobs.ready()

        assert "content-encoding" not in bobs.response.headers


def test_the_same_page_has_many_lengths():
    """Or a guess that it repeats could be told from one that it does not (BREACH)."""
    page = b"<p>A secret</p>" * 400

    assert len({len(zipped(page)) for _ in range(50)}) > 10
    assert gzip.decompress(zipped(page)) == page
