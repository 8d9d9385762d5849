"""The pages around an open chat: quiet notices for agents, rows for the contact's panel."""

import pytest

from app.contacts.tables import PageView, Visitor
from app.interactions.tables import Entry
from tests.builders import a_nonce, a_wrap_up_code, an_interaction
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/widget/shop/page"
CHECKOUT = {"title": "Checkout", "url": "https://shop.example/checkout"}


@pytest.fixture
async def chat(vic, bob):
    return await an_interaction(vic, agent=bob, words=["Hello"])


async def notices():
    rows = await Entry.select(Entry.notice, Entry.body).where(Entry.kind == "notice")
    return [(row["notice"], row["body"]) for row in rows]


async def test_a_page_change_is_a_notice_for_agents_only(as_vic, as_bob, chat):
    answer = await as_vic.put(PAGE, data=CHECKOUT)

    assert answer.status_code == 204
    assert await notices() == [("visited", "Checkout")]
    assert "Visited Checkout" in (await as_bob.get(f"/workspace/webchat/{chat.id}")).text
    for path in ("/widget/shop", "/widget/shop/entries?after=0"):
        assert "Checkout" not in (await as_vic.get(path)).text


async def test_the_agent_sees_it_as_it_happens(live, as_vic, chat, as_bob):
    async with live.stream(as_bob, "/workspace/stream") as stream:
        await stream.ready()
        await as_vic.put(PAGE, data=CHECKOUT)
        await stream.with_text("Visited Checkout")
        panel = await stream.with_text("contact_pages")

    assert 'title="https://shop.example/checkout"' in panel.data


async def test_the_visitor_is_told_nothing_of_it(live, as_vic, as_bob, chat):
    # A4
    async with live.stream(as_vic, "/widget/shop/stream") as stream:
        await stream.ready()
        await as_vic.put(PAGE, data=CHECKOUT)
        await as_bob.post(
            f"/workspace/interactions/{chat.id}/messages", data={"body": "Yes", "nonce": a_nonce()}
        )
        await stream.with_text("Yes")

    assert not any("Checkout" in event.data for event in stream.seen)


async def test_the_same_page_again_says_nothing(as_vic, chat):
    for _ in range(3):
        await as_vic.put(PAGE, data=CHECKOUT)

    assert len(await notices()) == await PageView.count() == 1


async def test_a_page_without_a_title_is_called_by_its_address(as_vic, chat):
    await as_vic.put(PAGE, data={"title": "", "url": "https://shop.example/a"})

    assert await notices() == [("visited", "https://shop.example/a")]


async def test_a_page_without_anything_is_none(as_vic, chat):
    await as_vic.put(PAGE, data={"title": " \u200b", "url": ""})

    assert await notices() == []


async def test_before_and_after_a_chat_pages_are_nobodys_business(as_vic, vic, bob):
    await as_vic.put(PAGE, data=CHECKOUT)
    code = await a_wrap_up_code()
    await an_interaction(vic, state="archived", agent=bob, wrap_up_code=code)
    await as_vic.put(PAGE, data=CHECKOUT)

    assert await PageView.count() == 0
    assert (await Visitor.objects().get(Visitor.id == vic.id)).page_title == ""


async def test_the_page_of_the_first_message_is_the_first_page(as_vic, vic):
    await as_vic.post(
        "/widget/shop/messages",
        data={
            "body": "Hello",
            "nonce": a_nonce(),
            "page_title": "Lamps",
            "page_url": "https://shop.example/",
        },
    )

    [view] = await PageView.objects()
    assert (view.visitor, view.title, view.url) == (vic.id, "Lamps", "https://shop.example/")
    assert ("visited", "Lamps") not in await notices()


async def test_hostile_titles_are_text(as_vic, as_bob, chat):
    # T3, T6
    title = "<script>alert(1)</script> \u202e{agent} <hx-partial>"
    await as_vic.put(PAGE, data={"title": title, "url": "javascript:alert(1)"})

    page = (await as_bob.get(f"/workspace/webchat/{chat.id}")).text

    assert "<script>alert" not in page
    assert "<hx-partial>" not in page
    assert "\u202e" not in page
    assert 'href="javascript' not in page
    assert "{agent}" in page


@pytest.mark.settings(limit_pages=3)
async def test_a_restless_page_is_limited(as_vic, chat):
    codes = [
        (await as_vic.put(PAGE, data={"title": f"Page {n}", "url": ""})).status_code
        for n in range(5)
    ]

    assert codes == [204, 204, 204, 429, 429]
    assert len(await notices()) == 3


async def test_nobody_has_no_page(as_nobody, shop):
    assert (await as_nobody.put(PAGE, data=CHECKOUT)).status_code == 401


async def test_long_titles_and_addresses_are_cut(as_vic, chat):
    await as_vic.put(PAGE, data={"title": "t" * 5000, "url": "u" * 5000})

    [view] = await PageView.objects()
    assert (len(view.title), len(view.url)) == (200, 500)
