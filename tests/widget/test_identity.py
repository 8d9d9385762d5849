"""Who the visitor is, as the site has signed it: believed with a signature, and never without."""

import asyncio
import re

import pytest

from app.administration.widgets.service import end_old_secret, new_secret
from app.contacts.identity import identified
from app.contacts.signatures import Claims, signature_of
from app.contacts.tables import Contact, Visitor
from app.interactions.ownership import first_own
from app.interactions.tables import Entry, Interaction
from app.moments import now
from app.tokens import token_hash
from app.widget.tables import Widget
from tests.attachments.sending import send, uploaded
from tests.builders import a_nonce, a_widget, an_agent, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser

SECRET = "the-secret-of-the-shop"
PATH = "/widget/shop/identity"
ENTRIES = "/widget/shop/entries"


@pytest.fixture
async def signing_shop(shop):
    await Widget.update({Widget.identity_secret: SECRET}).where(Widget.id == shop.id)
    return shop


def signed(*, key="shop", secret=SECRET, begin="", **claims):
    """The form that a page of the shop's site makes its visitor's browser send."""
    exp = claims.pop("exp", int(now().timestamp()) + 600)
    said = {"external_id": "c-77", "name": "Vic Visitor", "email": "vic@mail.example"} | claims
    signature = signature_of(secret, key, Claims(**said, exp=exp))
    return said | {"exp": str(exp), "signature": signature, "begin": begin}


def token_of(answer):
    return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]


async def begun(app, **claims):
    """A browser in which this person has the chat open."""
    answer = await browser(app).put(PATH, data=signed(begin="yes", **claims))
    assert answer.status_code == 200, answer.text
    return browser(app, visitor=token_of(answer))


def message(body="Hello", **more):
    return {"body": body, "nonce": a_nonce(), **more}


async def test_a_signed_person_is_a_verified_contact_once_the_chat_opens(app, signing_shop):
    answer = await browser(app).put(PATH, data=signed())
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert await Visitor.count() == await Contact.count() == 0

    vic = await begun(app)
    await vic.post("/widget/shop/messages", data=message())

    [contact] = await Contact.objects()
    assert (contact.name, contact.email) == ("Vic Visitor", "vic@mail.example")
    [interaction] = await Interaction.objects()
    assert interaction.contact == contact.id


FAULTS = [
    ({"signature": ""}, 403),
    ({"signature": " "}, 403),
    ({"signature": "0" * 64}, 403),
    ({"signature": lambda right: right[:-1]}, 403),
    ({"signature": lambda right: right[:32]}, 403),
    ({"signature": lambda right: right + "0"}, 403),
    ({"signature": lambda right: right.upper()}, 403),
    ({"signature": "null"}, 403),
    ({"external_id": "c-78"}, 403),
    ({"name": "Somebody Else"}, 403),
    ({"email": "other@mail.example"}, 403),
    ({"exp": "99999999999"}, 403),
    ({"external_id": ""}, 422),
    ({"external_id": "   "}, 422),
    ({"external_id": "c-77\n"}, 422),
    ({"exp": ""}, 422),
    ({"exp": "1793880000000"}, 422),
    ({"exp": "-1"}, 422),
    ({"exp": "١٧٩٣٨٨٠٠٠٠"}, 422),
    ({"name": "x" * 81}, 422),
]


@ON_SQLITE
async def test_what_is_not_signed_as_it_stands_is_refused_and_makes_nothing(app, signing_shop):
    # V3
    for fault, status in FAULTS:
        form = signed(begin="yes")
        for field, value in fault.items():
            form[field] = value(form[field]) if callable(value) else value

        answer = await browser(app).put(PATH, data=form)

        assert answer.status_code == status, fault
        assert "set-cookie" not in answer.headers
        assert "parley-visitor" not in answer.headers
    assert await Visitor.count() == await Contact.count() == await Interaction.count() == 0


@ON_SQLITE
async def test_an_expired_identity_is_refused(app, signing_shop):
    # V3
    form = signed(begin="yes", exp=int(now().timestamp()) - 1)

    answer = await browser(app).put(PATH, data=form)

    assert answer.status_code == 403
    assert "expired" in answer.text
    assert await Contact.count() == 0


@ON_SQLITE
async def test_an_identity_is_valid_for_a_day_at_most(app, signing_shop):
    day = int(now().timestamp()) + 24 * 3600

    assert (await browser(app).put(PATH, data=signed(exp=day - 60))).status_code == 200
    longer = await browser(app).put(PATH, data=signed(begin="yes", exp=day + 60))

    assert longer.status_code == 403
    assert "24 hours" in longer.text
    assert await Contact.count() == 0


@ON_SQLITE
async def test_a_signature_for_one_widget_is_worth_nothing_at_another(app, sales, signing_shop):
    # V3: even where both have the same secret
    other = await a_widget(sales, key="other")
    await Widget.update({Widget.identity_secret: SECRET}).where(Widget.id == other.id)

    answer = await browser(app).put("/widget/other/identity", data=signed(begin="yes"))

    assert answer.status_code == 403
    assert await Contact.count() == 0


@pytest.mark.parametrize("guess", ["", SECRET])
@ON_SQLITE
async def test_a_widget_without_a_secret_believes_nobody(app, shop, guess):
    # V3
    answer = await browser(app).put(PATH, data=signed(secret=guess, begin="yes"))

    assert answer.status_code == 403
    assert await Contact.count() == 0


@ON_SQLITE
async def test_after_a_new_secret_the_old_one_signs_for_a_day_or_until_it_is_ended(
    app, signing_shop, ada, clock
):
    async def answers(secret):
        form = signed(secret=secret, exp=int(now().timestamp()) + 600, begin="yes")
        return (await browser(app).put(PATH, data=form)).status_code

    new = await new_secret(signing_shop, by=ada)
    assert [await answers(secret) for secret in (SECRET, new, "")] == [200, 200, 403]
    clock.forward(24 * 3600)
    assert [await answers(secret) for secret in (SECRET, new)] == [403, 200]

    newest = await new_secret(signing_shop, by=ada)
    assert [await answers(secret) for secret in (SECRET, new, newest)] == [403, 200, 200]
    await end_old_secret(signing_shop, by=ada)
    assert [await answers(secret) for secret in (new, newest)] == [403, 200]


async def test_the_same_person_in_another_browser_is_the_same_contact(app, signing_shop):
    for body in ("At home", "At work"):
        vic = await begun(app)
        await vic.post("/widget/shop/messages", data=message(body))

    assert await Contact.count() == 1
    assert await Visitor.count() == 2
    one, other = await Interaction.objects()
    assert one.contact == other.contact


async def test_a_person_who_comes_with_20_browsers_at_once_is_one_contact(app, signing_shop):
    await asyncio.gather(*(begun(app) for _ in range(20)))

    assert await Contact.count() == 1


async def test_an_id_of_two_widgets_is_two_people(app, sales, signing_shop):
    other = await a_widget(sales, key="other")
    await Widget.update({Widget.identity_secret: SECRET}).where(Widget.id == other.id)

    await begun(app)
    await browser(app).put("/widget/other/identity", data=signed(key="other", begin="yes"))

    assert await Contact.count() == 2


async def test_identifying_twice_changes_nothing_but_what_is_signed_anew(app, signing_shop):
    vic = await begun(app)

    again = await vic.put(PATH, data=signed(begin="yes"))
    await vic.put(PATH, data=signed(email="new@mail.example"))

    assert "set-cookie" not in again.headers
    assert await Visitor.count() == 1
    [contact] = await Contact.objects()
    assert (contact.name, contact.email) == ("Vic Visitor", "new@mail.example")


@ON_SQLITE
async def test_what_an_agent_corrected_stays_until_the_site_signs_something_else(app, signing_shop):
    vic = await begun(app)
    await Contact.update({Contact.name: "Victoria"}, force=True)

    await vic.put(PATH, data=signed())
    assert (await Contact.objects().first()).name == "Victoria"

    await vic.put(PATH, data=signed(name="Vic Visitor-Smith"))
    assert (await Contact.objects().first()).name == "Vic Visitor-Smith"


async def test_an_open_chat_goes_on_as_the_signed_persons(app, signing_shop, bob, as_bob, live):
    # V1: and the token of the unnamed visitor is worth nothing any more
    first = await browser(app).post("/widget/shop/messages", data=message("Who am I?"))
    unnamed = browser(app, visitor=token_of(first))
    interaction = await Interaction.objects().first()
    await Interaction.update({Interaction.agent: bob.id, Interaction.state: "active"}, force=True)

    async with live.stream(unnamed, "/widget/shop/stream") as reader:
        await reader.ready()
        answer = await unnamed.put(PATH, data=signed())
        assert "renewed" in (await reader.named("bye")).data
        await reader.end()

    vic = browser(app, visitor=token_of(answer))
    await vic.post("/widget/shop/messages", data=message("It is me"))
    assert await Interaction.count() == await Visitor.count() == 1
    assert "Who am I?" in (await vic.get("/widget/shop/entries")).text
    assert (await unnamed.get("/widget/shop/entries")).status_code == 401
    page = (await as_bob.get(f"/workspace/webchat/{interaction.id}")).text
    assert page.index("Who am I?") < page.index("Verified identity from here on: Vic Visitor")
    assert "Verified identity from here on" not in (await vic.get("/widget/shop/entries")).text


@ON_SQLITE
async def test_an_offer_on_the_screen_has_the_name_that_the_site_has_just_signed(
    app, live, signing_shop, as_bob
):
    first = await browser(app).post("/widget/shop/messages", data=message("Who am I?"))
    unnamed = browser(app, visitor=token_of(first))

    async with live.stream(as_bob, "/workspace/stream") as reader:
        await reader.with_text("offer__name")
        await unnamed.put(PATH, data=signed())
        offer = await reader.with_text("Vic Visitor")

    assert "offer__name" in offer.data


async def test_an_unnamed_visitor_becomes_one_person_only(app, signing_shop):
    first = await browser(app).post("/widget/shop/messages", data=message("Who am I?"))
    visitor = await Visitor.objects().first()
    one, other = (Claims(name, name, "", 0) for name in ("c-77", "c-88"))

    known, _ = await identified(visitor, one)
    late, token = await identified(visitor, other)

    assert known.external_id == "c-77"
    assert (late, token) == (None, "")
    assert (await Visitor.objects().first()).external_id == "c-77"
    assert not await Contact.exists().where(Contact.external_id == "c-88")
    assert (await browser(app, visitor=token_of(first)).get(ENTRIES)).status_code == 401


@ON_SQLITE
async def test_earlier_unnamed_chats_of_the_browser_are_not_the_signed_persons(app, signing_shop):
    first = await browser(app).post("/widget/shop/messages", data=message("By somebody unnamed"))
    unnamed = browser(app, visitor=token_of(first))
    await unnamed.post("/widget/shop/ending")
    await unnamed.post("/widget/shop/messages", data=message("Still open"))
    assert "By somebody unnamed" in (await unnamed.get("/widget/shop/history/1")).text

    answer = await unnamed.put(PATH, data=signed())
    vic = browser(app, visitor=token_of(answer))
    await vic.post("/widget/shop/ending")
    earlier = (await vic.get("/widget/shop/history/1")).text

    assert "history/2" not in (await vic.get("/widget/shop/new")).text
    assert (await vic.get("/widget/shop/history/2")).status_code == 404
    assert "Still open" in earlier
    before, since = await Interaction.select(Interaction.id).order_by(Interaction.id)
    assert await first_own(await Visitor.objects().first()) == since["id"] > before["id"]
    assert "By somebody unnamed" not in earlier


@ON_SQLITE
async def test_files_of_earlier_unnamed_chats_of_the_browser_are_not_the_signed_persons(
    app, signing_shop
):
    first = await browser(app).post("/widget/shop/messages", data=message("By somebody unnamed"))
    unnamed = browser(app, visitor=token_of(first))
    upload = await uploaded(unnamed, "/widget/shop")
    sent = await send(unnamed, "/widget/shop/messages", upload)
    url = re.search(r'href="(/widget/shop/attachments/\d+)" download', sent.text)[1]
    await unnamed.post("/widget/shop/ending")
    await unnamed.post("/widget/shop/messages", data=message("Still open"))
    assert (await unnamed.get(url)).status_code == 200

    answer = await unnamed.put(PATH, data=signed())
    vic = browser(app, visitor=token_of(answer))

    assert (await vic.get(url)).status_code == 404


async def test_what_somebody_said_of_themselves_never_joins_a_verified_contact(app, signing_shop):
    # V3
    await Widget.update({Widget.ask_name: "optional", Widget.ask_email: "optional"}, force=True)
    first = await browser(app).post(
        "/widget/shop/messages", data=message(name="Mallory", email="mallory@mail.example")
    )
    unnamed = browser(app, visitor=token_of(first))

    answer = await unnamed.put(PATH, data=signed(name="", email=""))
    vic = browser(app, visitor=token_of(answer))
    await vic.post("/widget/shop/ending")
    await vic.post(
        "/widget/shop/messages",
        data=message("More", name="Mallory", email="mallory@mail.example"),
    )

    [verified] = await Contact.objects().where(Contact.external_id == "c-77")
    assert (verified.name, verified.email) == ("", "")
    newest = await Interaction.objects().order_by(Interaction.id, ascending=False).first()
    assert newest.contact == verified.id


async def test_a_person_whose_chat_has_ended_begins_as_another_visitor(app, signing_shop):
    first = await browser(app).post("/widget/shop/messages", data=message("Before"))
    unnamed = browser(app, visitor=token_of(first))
    await unnamed.post("/widget/shop/ending")

    answer = await unnamed.put(PATH, data=signed(begin="yes"))

    assert "Before" not in answer.text
    vic = browser(app, visitor=token_of(answer))
    await vic.post("/widget/shop/messages", data=message("After"))
    before, after = await Interaction.objects().order_by(Interaction.id)
    assert before.contact != after.contact


async def test_another_person_in_the_same_browser_is_another_visitor(app, signing_shop, live):
    # V2: nothing of the one before is shown, and what they had open ends
    vic = await begun(app)
    await vic.post("/widget/shop/messages", data=message("A secret of Vic"))

    async with live.stream(vic, "/widget/shop/stream") as reader:
        await reader.ready()
        answer = await vic.put(PATH, data=signed(external_id="c-88", name="Eva", begin="yes"))
        assert "replaced" in (await reader.named("bye")).data
        await reader.end()

    assert "A secret of Vic" not in answer.text
    eva = browser(app, visitor=token_of(answer))
    assert "A secret of Vic" not in (await eva.get("/widget/shop")).text
    assert (await vic.get("/widget/shop/entries")).status_code == 401
    await eva.post("/widget/shop/messages", data=message("From Eva"))
    one, other = await Interaction.objects().order_by(Interaction.id)
    assert one.contact != other.contact


async def test_signing_out_forgets_the_person_and_leaves_an_unnamed_visitor(app, signing_shop, vic):
    person = await begun(app)
    unnamed = browser(app, visitor="token-of-vic")
    await an_interaction(vic, state="queued", words=["Not signed"])

    gone = await person.delete(PATH)
    stays = await unnamed.delete(PATH)

    assert gone.status_code == stays.status_code == 200
    assert (await person.get("/widget/shop/entries")).status_code == 401
    assert "Not signed" in stays.text
    assert "Not signed" in (await unnamed.get("/widget/shop/entries")).text


@ON_SQLITE
async def test_a_merged_contact_is_found_as_the_one_they_turned_out_to_be(app, signing_shop, vic):
    await begun(app)
    verified = await Contact.objects().get(Contact.external_id == "c-77")
    await Contact.update({Contact.merged_into: vic.contact}).where(Contact.id == verified.id)

    at_work = await begun(app)
    await at_work.post("/widget/shop/messages", data=message())

    assert (await Interaction.objects().first()).contact == vic.contact


@ON_SQLITE
async def test_a_signed_name_does_not_speak_for_the_team(app, signing_shop):
    # T6
    await an_agent("Bob")

    await begun(app, name="Bob")

    assert (await Contact.objects().first()).name == ""


@ON_SQLITE
async def test_agents_see_who_is_verified_and_who_is_not(app, signing_shop, bob, as_bob, vic):
    unnamed = await an_interaction(vic, state="active", agent=bob)
    person = await begun(app)
    await person.post("/widget/shop/messages", data=message())
    verified = await Interaction.objects().order_by(Interaction.id, ascending=False).first()
    await Interaction.update({Interaction.agent: bob.id, Interaction.state: "active"}, force=True)

    seen = (await as_bob.get(f"/workspace/webchat/{verified.id}")).text
    other = (await as_bob.get(f"/workspace/webchat/{unnamed.id}")).text

    assert "Verified identity" in seen
    assert 'title="c-77"' in seen
    assert "Verified identity" not in other
    assert "Not verified" in other


@ON_SQLITE
async def test_the_token_of_a_verified_visitor_is_stored_as_a_hash(app, signing_shop):
    answer = await browser(app).put(PATH, data=signed(begin="yes"))

    [visitor] = await Visitor.objects()
    assert visitor.token_hash == token_hash(token_of(answer))
    for secret in (SECRET, signed()["signature"]):
        assert secret not in answer.text
    assert await Entry.count() == 0
