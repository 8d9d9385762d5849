"""What visitors write, and are called, is text on every surface of both sides (T2, T3)."""

from html.parser import HTMLParser

import pytest

from app.contacts.tables import Contact, Visitor
from tests.builders import a_nonce, a_visitor, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser

pytestmark = ON_SQLITE
HTMX = {"HX-Request": "true"}
HOSTILE = [
    '<img src=x onerror="alert(1)" class=pwned>',
    '"><script class=pwned>alert(1)</script>',
    "'><svg onload=alert(1) class=pwned>",
    '<hx-partial hx-target="#status" hx-swap="innerHTML" class=pwned>x</hx-partial>',
    '<div hx-get="/sign-out" hx-trigger="load" class=pwned></div>',
    '<div data-hx-post="/sign-out" data-hx-trigger="load" class=pwned></div>',
    '<div hx-swap-oob="true" id="status" class=pwned></div>',
    '<div sse-connect="/x" hx-sse:connect="/x" class=pwned></div>',
    "<template hx-on:load=alert(1) class=pwned></template>",
    "</textarea></title></style></script><b class=pwned>",
    '" onfocus="alert(1)" autofocus data-pwned="1',
    "{{ 7*7 }}<b class=pwned>",
    "<!-- <b class=pwned>",
    "javascript:alert(1)",
    "data: <b class=pwned>\n\nevent: bye\ndata: {}",
]
ALLOWED_SCHEMES = ("http:", "https:", "mailto:", "/", "#", "data:image/svg")


class Page(HTMLParser):
    """Every element and attribute that a browser would find."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


def assert_inert(html):
    for tag, attributes in Page(html).elements:
        assert attributes.get("class") != "pwned", f"<{tag} {attributes}>"
        assert "data-pwned" not in attributes
        for name, value in attributes.items():
            assert not name.startswith(("on", "hx-on", "data-hx", "sse-")), f"<{tag} {name}>"
            if name in {"href", "src", "action"}:
                assert value.startswith(ALLOWED_SCHEMES), f"<{tag} {name}={value}>"


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
async def words(request, vic):
    """Hostile words in everything that a visitor controls."""
    await Contact.update({Contact.name: request.param[:80]}, force=True)
    await Visitor.update(
        {
            Visitor.page_title: request.param,
            Visitor.page_url: request.param,
            Visitor.user_agent: request.param,
            Visitor.language: request.param[:60],
        },
        force=True,
    )
    return request.param


async def test_hostile_words_are_text_on_every_page_of_an_agent(as_bob, bob, vic, shop, words):
    # T2, T3
    code = await a_wrap_up_code()
    another = await a_visitor(shop, token="token-of-another", name=words[:80])
    active = await an_interaction(vic, agent=bob, words=[words])
    await an_interaction(another, state="offered", agent=bob, words=[words])
    base = f"/workspace/interactions/{active.id}"
    answers = [
        await as_bob.get("/workspace/webchat"),
        await as_bob.get(f"/workspace/webchat/{active.id}"),
        await as_bob.get(f"/workspace/webchat/{active.id}", headers=HTMX),
        await as_bob.get(f"{base}/entries"),
        await as_bob.get("/workspace/everything"),
        await as_bob.post(f"{base}/archive", data={"note": words}, headers=HTMX),
        await as_bob.post(f"{base}/messages", data={"body": words, "nonce": a_nonce()}),
        await as_bob.post(
            f"{base}/archive", data={"wrap_up_code": str(code.id), "note": words}, headers=HTMX
        ),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5 + [422, 200, 200]
    for answer in answers:
        assert_inert(answer.text)


async def test_hostile_words_are_text_on_every_page_of_a_visitor(as_vic, bob, vic, words):
    # T2, T3
    await an_interaction(vic, agent=bob, words=[words])
    answers = [
        await as_vic.get("/widget/shop"),
        await as_vic.get("/widget/shop", headers=HTMX),
        await as_vic.get("/widget/shop/entries"),
        await as_vic.post("/widget/shop/messages", data={"body": words, "nonce": a_nonce()}),
        await as_vic.post("/widget/shop/ending", headers=HTMX),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert_inert(answer.text)


async def test_hostile_words_are_text_in_every_push(live, app, as_bob, as_vic, bob, vic, words):
    # T2, T3
    bobs_stream = live.stream(as_bob, "/workspace/stream")
    vics_stream = live.stream(as_vic, "/widget/shop/stream")
    async with bobs_stream as bobs, vics_stream as vics:
        await bobs.ready()
        await vics.ready()
        form = {"body": words, "nonce": a_nonce(), "page_title": words, "page_url": words}
        await as_vic.post("/widget/shop/messages", data=form)
        await bobs.named("ring")
        await vics.until(lambda event: event.id)

        for event in (*bobs.seen, *vics.seen):
            assert event.name in {"", "ready", "ring", "beat"}
            if not event.name:
                assert_inert(event.data)


async def test_hostile_words_are_text_on_the_sign_in_page(app):
    # T3
    for words in HOSTILE:
        form = {"email": words, "password": "", "next": words}
        assert_inert((await browser(app).get("/sign-in", params={"next": words})).text)
        assert_inert((await browser(app).post("/sign-in", data=form)).text)
