"""Who may show the chat, and what a shop's visitor loads for it."""

import gzip
import re

import pytest

from app.widget.access import allowed_site
from app.widget.tables import Widget
from tests.builders import a_widget
from tests.databases import ON_SQLITE
from tests.people import browser

ANCESTORS = re.compile(r"frame-ancestors ([^;]+)")
KILOBYTE = 1024


def framed_by(answer):
    return ANCESTORS.search(answer.headers["content-security-policy"]).group(1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://mallory.example"},
        {"Referer": "https://mallory.example/page"},
        {"Origin": "null"},
        {"User-Agent": "Mozilla/5.0 (compatible; MSIE 11.0)"},
        {"Host": "mallory.example"},
        {"X-Forwarded-Host": "mallory.example"},
        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
@ON_SQLITE
async def test_exactly_the_allowed_sites_frame_the_chat_whatever_a_request_says(
    app, sales, headers
):
    # V6
    sites = "https://shop.example https://*.shop.example"
    await a_widget(sales, key="shop", allowed_sites=sites)

    answer = await browser(app).get("/widget/shop", headers=headers)

    assert framed_by(answer) == sites


@ON_SQLITE
async def test_a_widget_without_sites_is_framed_by_nobody(app, sales):
    # V6
    await a_widget(sales, key="shop", allowed_sites="")

    assert framed_by(await browser(app).get("/widget/shop")) == "'none'"


@pytest.mark.parametrize(
    "site",
    [
        "https://mallory.example",
        "https://shop.example.mallory.example",
        "http://shop.example",
        "https://shop.example/",
        "null",
        "x",
    ],
)
@ON_SQLITE
async def test_a_site_that_is_not_on_the_list_gets_no_chat(as_nobody, shop, site):
    # V6
    answer = await as_nobody.get("/widget/shop", params={"site": site})

    assert answer.status_code == 403
    assert "not on the list of sites" in answer.text
    assert framed_by(answer) == "https://shop.example"


@ON_SQLITE
async def test_a_site_on_the_list_gets_the_chat(as_nobody, shop):
    answer = await as_nobody.get("/widget/shop", params={"site": "https://shop.example"})

    assert answer.status_code == 200
    assert 'data-site="https://shop.example"' in answer.text
    assert 'role="dialog" aria-label="Chat"' in answer.text


@pytest.mark.parametrize(
    ("pattern", "site", "allowed"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "https://shop.example:8443", False),
        ("https://shop.example", "https://www.shop.example", False),
        ("https://shop.example", "https://notshop.example", False),
        ("https://shop.example", "https://shop.example@mallory.example", False),
        ("https://shop.example", "https://shop.example.", False),
        ("https://*.shop.example", "https://www.shop.example", True),
        ("https://*.shop.example", "https://a.b.shop.example", True),
        ("https://*.shop.example", "https://shop.example", False),
        ("https://*.shop.example", "https://wwwshop.example", False),
        ("http://localhost:*", "http://localhost:8000", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "http://localhost.mallory.example:80", False),
        ("http://localhost:8000", "http://localhost:8001", False),
        ("https://a.example https://b.example", "https://b.example", True),
        ("", "https://shop.example", False),
    ],
)
def test_a_site_is_allowed_as_frame_ancestors_would(pattern, site, allowed):
    # V5, V6
    assert allowed_site(Widget(queue=1, allowed_sites=pattern), site) is allowed


async def test_a_key_that_does_not_exist_is_a_404_in_a_sentence(as_nobody, shop):
    for key in ("none", "SHOP", "shop%00", "shop'--", "%20shop", "x" * 500, "%ff"):
        for path in (f"/widget/{key}", f"/widget/{key}/entries", f"/widget/{key}/stream"):
            answer = await as_nobody.get(path)

            assert answer.status_code == 404, path
            assert "This chat does not exist" in answer.text


# What it costs a visitor: bytes as they are really served, compressed.


async def served(somebody, path):
    """The bytes on the line of one file."""
    async with somebody.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200, path
        return b"".join([chunk async for chunk in answer.aiter_raw()]), answer


async def page_with_its_files(somebody, path):
    """The sizes on the line of a page and of every file it names."""
    page, _ = await served(somebody, path)
    named = rb'(?:src|href)="(/(?:static|widget)/[^"]+\.(?:js|css|svg))"'
    files = {file.decode() for file in re.findall(named, gzip.decompress(page))}
    sizes = {path: len(page)}
    for file in files:
        sizes[file] = len((await served(somebody, file))[0])
    return sizes


@pytest.mark.settings(calls=True)  # with which it is longest
@ON_SQLITE
async def test_the_loader_is_one_small_file_that_any_site_may_load(as_nobody):
    content, answer = await served(as_nobody, "/widget.js")

    assert len(content) <= 4 * KILOBYTE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in answer.headers
    assert "public" in answer.headers["cache-control"]


@pytest.mark.settings(calls=True)
@ON_SQLITE
async def test_the_opened_widget_is_small(as_nobody, shop):
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)
    sizes = await page_with_its_files(as_nobody, "/widget/shop?site=https://shop.example")

    assert len(sizes) + 1 <= 8, sizes  # and its stream
    assert sum(sizes.values()) <= 60 * KILOBYTE, sizes


@ON_SQLITE
async def test_the_workspace_is_small(as_bob):
    sizes = await page_with_its_files(as_bob, "/workspace/webchat")

    assert len(sizes) >= 3
    assert sum(sizes.values()) <= 120 * KILOBYTE, sizes
