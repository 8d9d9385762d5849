"""A visitor is known by a token that we minted, in a cookie or, without cookies, in a header."""

import asyncio

import pytest

from app.contacts.tables import Contact, Visitor
from app.interactions.tables import Entry, Interaction
from app.tokens import token_hash
from tests.builders import a_nonce, a_widget, a_wrap_up_code, an_interaction
from tests.people import browser

HTMX = {"HX-Request": "true"}
PROBED = {"Cookie": "__Host-parley-probe=1"}


def first_message(**more):
    return {"body": "Hello", "nonce": a_nonce(), **more}


def cookie_of(answer):
    """The cookie's name, value and attributes."""
    value, *attributes = answer.headers["set-cookie"].split("; ")
    return *value.split("=", 1), set(attributes)


async def test_looking_at_the_chat_makes_nobody(app, shop):
    # V7, and no row for each page view
    await browser(app).get("/widget/shop")
    await browser(app).get("/widget/shop/new")

    assert await Visitor.count() == await Contact.count() == await Interaction.count() == 0


async def test_the_first_message_mints_the_visitor(app, shop):
    answer = await browser(app).post("/widget/shop/messages", data=first_message())

    assert answer.status_code == 200
    assert "Hello" in answer.text
    assert 'id="entry_' in answer.text
    [visitor] = await Visitor.objects()
    name, token, attributes = cookie_of(answer)
    assert (name, visitor.token_hash) == ("__Host-parley-shop", token_hash(token))
    assert attributes >= {"Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"}
    assert any(attribute.startswith("Max-Age=") for attribute in attributes)


async def test_the_header_is_offered_only_where_cookies_do_not_come_back(app, shop):
    # V4, V7: the page set a probe; who returns it keeps cookies, and needs no readable token
    page = await browser(app).get("/widget/shop")
    assert cookie_of(page)[0] == "__Host-parley-probe"

    with_cookies = await browser(app, headers=PROBED).post(
        "/widget/shop/messages", data=first_message()
    )
    without = await browser(app).post("/widget/shop/messages", data=first_message())

    assert "parley-visitor" not in with_cookies.headers
    token = without.headers["parley-visitor"]
    entries = await browser(app, headers={"Parley-Visitor": token}).get("/widget/shop/entries")
    assert entries.status_code == 200
    assert "Hello" in entries.text


async def test_a_probe_that_came_back_is_not_set_again(app, shop):
    answer = await browser(app, headers=PROBED).get("/widget/shop")

    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("way", ["cookie", "header"])
async def test_a_token_chosen_by_the_client_never_becomes_valid(app, shop, way):
    # V1
    chosen = "a" * 43
    cookie, header = (chosen, {}) if way == "cookie" else ("", {"Parley-Visitor": chosen})

    answer = await browser(app, visitor=cookie, headers=header).post(
        "/widget/shop/messages", data=first_message()
    )

    assert cookie_of(answer)[1] != chosen
    assert await Visitor.count().where(Visitor.token_hash == token_hash(chosen)) == 0
    again = await browser(app, visitor=cookie, headers=header).get("/widget/shop/entries")
    assert again.status_code == 401


async def test_a_lost_first_answer_and_a_retry_make_one_visitor_chat_and_message(app, shop):
    # R3, R4
    form = first_message()

    await browser(app).post("/widget/shop/messages", data=form)
    again = await browser(app).post("/widget/shop/messages", data=form)

    assert again.status_code == 200
    assert await Visitor.count() == await Interaction.count() == 1
    assert await Entry.count().where(Entry.author == "contact") == 1
    vic = browser(app, visitor=cookie_of(again)[1])
    assert "Hello" in (await vic.get("/widget/shop/entries")).text


async def test_a_first_message_that_arrives_20_times_at_once_is_one(app, shop):
    # R1, R3
    form = first_message()

    answers = await asyncio.gather(
        *(browser(app).post("/widget/shop/messages", data=form) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert await Visitor.count() == await Interaction.count() == 1
    assert await Entry.count().where(Entry.author == "contact") == 1


async def test_50_parallel_messages_of_a_visitor_open_one_chat(app, as_vic, vic):
    # R1, through the whole app
    answers = await asyncio.gather(
        *(as_vic.post("/widget/shop/messages", data=first_message()) for _ in range(50))
    )

    assert {answer.status_code for answer in answers} == {200}
    [interaction] = await Interaction.objects()
    seqs = await Entry.select(Entry.seq).where(Entry.interaction == interaction.id)
    assert sorted(row["seq"] for row in seqs) == list(range(1, interaction.last_seq + 1))


async def test_two_widgets_in_one_browser_do_not_mix(app, sales, shop):
    # V2
    await a_widget(sales, key="other", allowed_sites="https://other.example")
    at_shop = await browser(app).post("/widget/shop/messages", data=first_message(body="Shop"))
    at_other = await browser(app).post("/widget/other/messages", data=first_message(body="Other"))
    cookies = [cookie_of(answer)[:2] for answer in (at_shop, at_other)]
    both = browser(app, headers={"Cookie": "; ".join("=".join(pair) for pair in cookies)})

    shops, others = [await both.get(f"/widget/{key}/entries") for key in ("shop", "other")]

    assert "Shop" in shops.text
    assert "Other" not in shops.text
    assert "Other" in others.text
    assert "Shop" not in others.text


async def test_a_token_of_one_widget_is_nobodys_at_another(app, sales, vic):
    # V2
    await a_widget(sales, key="other")
    stray = browser(app, headers={"Parley-Visitor": "token-of-vic"})

    assert (await stray.get("/widget/shop/entries")).status_code == 200
    assert (await stray.get("/widget/other/entries")).status_code == 401


async def test_a_visitor_reads_their_own_chat_only(app, as_vic, as_mallory, bob, vic, mallory):
    # A2: no id of an interaction is ever taken from a visitor
    await an_interaction(vic, agent=bob, words=["A secret of Vic"])
    await an_interaction(mallory, agent=bob, words=["Mallory was here"])

    for path in (
        "/widget/shop",
        "/widget/shop/entries",
        "/widget/shop/entries?after=0&interaction=1&interaction_id=1&visitor=1",
    ):
        answer = await as_mallory.get(path)
        assert "Mallory was here" in answer.text
        assert "secret" not in answer.text


async def test_a_visitor_is_told_of_the_archive_but_not_of_note_and_code(as_vic, as_bob, bob, vic):
    # A4
    interaction = await an_interaction(vic, agent=bob)
    code = await a_wrap_up_code("Difficult person")
    await as_bob.post(
        f"/workspace/interactions/{interaction.id}/archive",
        data={"wrap_up_code": str(code.id), "note": "A note among us"},
    )

    for path in ("/widget/shop", "/widget/shop/entries"):
        answer = await as_vic.get(path)
        assert "Bob ended the chat" in answer.text
        assert "Difficult person" not in answer.text
        assert "among us" not in answer.text


async def test_a_visitor_ends_the_chat_and_starts_another(as_vic, vic):
    await as_vic.post("/widget/shop/messages", data=first_message())

    ended = await as_vic.post("/widget/shop/ending", headers=HTMX)
    await as_vic.post("/widget/shop/messages", data=first_message(body="Once more"))

    assert "You ended the chat" in ended.text
    ended_one, new_one = await Interaction.objects().order_by(Interaction.id)
    assert ended_one.state == "missed"
    assert new_one.state == "queued"


async def test_a_page_opened_afresh_shows_what_was_said(app, as_vic, bob, vic):
    await an_interaction(vic, agent=bob, words=["One", "Two", "Three"])

    page = (await as_vic.get("/widget/shop")).text

    assert page.index(">One<") < page.index("Two") < page.index("Three")


async def test_a_page_title_and_address_are_noted_without_being_believed(as_vic, vic):
    # T3
    form = first_message(page_title="<b>Lamps</b>\u202e", page_url="javascript:alert(1)")

    await as_vic.post("/widget/shop/messages", data=form)

    known = await Visitor.objects().get(Visitor.id == vic.id)
    assert (known.page_title, known.page_url) == ("<b>Lamps</b>", "javascript:alert(1)")


async def test_no_credential_stands_in_an_address(app, as_vic, as_bob, bob, vic):
    # V4
    interaction = await an_interaction(vic, agent=bob)
    pages = [
        await as_vic.get("/widget/shop"),
        await as_vic.get("/widget/shop/entries"),
        await as_bob.get(f"/workspace/webchat/{interaction.id}"),
    ]
    in_address = browser(app)

    assert not any("token-of-vic" in page.text or "session-0" in page.text for page in pages)
    for query in ("parley-visitor", "token", "visitor", "__Host-parley-shop"):
        answer = await in_address.get(f"/widget/shop/entries?{query}=token-of-vic")
        assert answer.status_code == 401


async def test_unread_counts_the_agents_words_that_the_visitor_has_not_seen(
    app, as_vic, as_bob, bob, vic
):
    interaction = await an_interaction(vic, agent=bob)
    for body in ("One", "Two"):
        await as_bob.post(
            f"/workspace/interactions/{interaction.id}/messages", data=first_message(body=body)
        )

    before = await as_vic.get("/widget/shop")
    await as_vic.put("/widget/shop/read", data={"seq": "3"})
    after = await as_vic.get("/widget/shop")

    assert 'data-unread="2"' in before.text
    assert 'data-unread="0"' in after.text


async def test_a_first_message_that_was_delayed_does_not_lock_its_visitor_out(app, shop):
    # R3, R4: sent, cut, sent again and answered; then the first one arrives after all
    form = first_message()
    answered = await browser(app).post("/widget/shop/messages", data=form)
    vic = browser(app, visitor=cookie_of(answered)[1])
    await vic.get("/widget/shop/entries")

    await browser(app).post("/widget/shop/messages", data=form)

    assert (await vic.get("/widget/shop/entries")).status_code == 200
    assert await Entry.count().where(Entry.author == "contact") == 1


async def test_knowing_a_nonce_is_not_knowing_the_token(app, shop):
    # V1
    form = first_message(body="My number is 112")
    answered = await browser(app, headers=PROBED).post("/widget/shop/messages", data=form)
    vic = browser(app, visitor=cookie_of(answered)[1])
    await vic.get("/widget/shop/entries")

    stolen = await browser(app).post(
        "/widget/shop/messages", data={"body": "Other words", "nonce": form["nonce"]}
    )

    assert stolen.status_code == 409
    assert "set-cookie" not in stolen.headers
    assert "112" not in stolen.text
    assert (await vic.get("/widget/shop/entries")).status_code == 200
