"""One contact is erased with everything they sent, or taken away as a file; nobody else is."""

import asyncio
import io
import json
import zipfile
from contextvars import Context

import pytest

from app.administration.tables import AuditEntry
from app.attachments.tables import Attachment
from app.calls.tables import Call, CallSignal
from app.contacts import service as contacts
from app.contacts.names import contact_number
from app.contacts.tables import Contact
from app.database import all_tables
from app.interactions import messages
from app.interactions.tables import Interaction
from app.routing.tables import Offer
from app.widget.tables import Widget
from tests.attachments.sending import send, stored_files, uploaded
from tests.builders import a_nonce, a_session, a_visitor, an_agent, an_entry, an_interaction
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.people import browser

SECRETS = ("Maria", "maria@mail.example", "my broken lamp", "of-maria.png")


@pytest.fixture
async def as_amy(app, db):
    return browser(app, session=await a_session(await an_agent("Amy", role="admin")))


@pytest.fixture
async def chat(app, vic, mallory, as_vic, as_mallory, bob):
    """Maria's chat with Bob and an older one, and Nina's, each with a file."""
    for visitor, name in ((vic, "Maria"), (mallory, "Nina")):
        details = {Contact.name: name, Contact.email: f"{name.lower()}@mail.example"}
        await Contact.update(details).where(Contact.id == visitor.contact)
    await an_interaction(vic, agent=bob, state="archived", words=["my broken lamp, again"])
    await an_interaction(mallory, agent=bob, words=["words of Nina"])
    made = await an_interaction(vic, agent=bob, words=["my broken lamp"])
    for somebody, name in ((as_vic, "of-maria.png"), (as_mallory, "of-nina.png")):
        file = await uploaded(somebody, "/widget/shop", name=name)
        await send(somebody, "/widget/shop/messages", file)
    return made


def a_message():
    page = {"page_title": "Lamps", "page_url": "https://shop.example/lamps"}
    return {"body": "One more thing", "nonce": a_nonce(), **page}


def url(contact_id, what="erasure"):
    return f"/workspace/contacts/{contact_id}/{what}"


async def tables():
    return {
        table._meta.tablename: str(await table.select())
        for table in all_tables()
        if table._meta.tablename != "migration"
    }


async def test_nothing_of_them_is_left_and_all_of_others(as_amy, chat, vic, mallory, settings):
    asked = await as_amy.get(url(vic.contact))
    assert "Maria" in asked.text

    answer = await as_amy.post(url(vic.contact))

    assert answer.status_code == 303
    left = await tables()
    for secret in SECRETS:
        assert [table for table, text in left.items() if secret in text] == []
    assert "words of Nina" in left["entries"]
    assert "nina@mail.example" in left["contacts"]
    assert await Interaction.count() == await Attachment.count() == 1
    assert len(stored_files(settings)) == 1
    record = await AuditEntry.objects().first()
    assert (record.action, record.name) == ("erased", contact_number(vic.contact))
    assert (await as_amy.get(url(vic.contact))).status_code == 404


@pytest.mark.settings(calls=True)
async def test_a_call_of_theirs_ends_and_goes_with_them(as_amy, as_bob, as_vic, chat, vic, shop):
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)
    page = {"page": "page-of-vic"}
    call = (await as_vic.post("/widget/shop/calls", data=page)).json()["call"]
    answer = await as_bob.post(f"/workspace/calls/{call}/answer", data={"page": "page-of-bob"})
    assert answer.status_code == 200
    offer = {**page, "round": "1", "kind": "offer", "body": "{}"}
    await as_vic.post(f"/widget/shop/calls/{call}/signals", data=offer)
    assert await CallSignal.count() == 1

    await as_amy.post(url(vic.contact))

    assert await Call.count() == await CallSignal.count() == 0
    assert "data-call" not in (await as_bob.get("/workspace/everything")).text
    presence = f"/workspace/calls/{call}/presence"
    assert (await as_bob.put(presence, data={"page": "page-of-bob"})).status_code == 404


@ON_SQLITE
async def test_their_page_and_the_agents_list_hear_of_it_and_their_token_is_nobodys(
    live, as_amy, as_vic, as_bob, chat, vic
):
    async with (
        live.stream(as_vic, "/widget/shop/stream") as vics,
        live.stream(as_bob, "/workspace/stream") as bobs,
    ):
        await vics.ready()
        await bobs.ready()

        await as_amy.post(url(vic.contact))

        assert (await vics.end(within=2)).name == "bye"
        await bobs.until(
            lambda one: f"#interaction_{chat.id}" in one.data and "delete" in one.data, within=2
        )
    assert (await as_vic.get("/widget/shop/entries")).status_code == 401
    # What they write next is somebody new's.
    assert (await send(as_vic, "/widget/shop/messages", body="Hello")).status_code == 200


@ON_SQLITE
async def test_one_who_waits_or_is_being_offered_is_erased_too(as_amy, shop, bob):
    for state in ("queued", "offered"):
        visitor = await a_visitor(shop, token=f"token-{state}")
        await an_interaction(visitor, state=state, agent=bob)

        assert (await as_amy.post(url(visitor.contact))).status_code == 303

    assert await Interaction.count() == await Offer.count() == 0


@ON_SQLITE
async def test_who_gets_the_number_of_an_erased_chat_gets_nothing_else_of_it(
    as_amy, as_vic, as_mallory, vic, mallory
):
    # SQLite gives the number of the last row again
    for somebody, words in ((as_vic, "my broken lamp"), (as_mallory, "words of Nina")):
        form = {"body": words, "nonce": a_nonce()}
        answer = await somebody.post("/widget/shop/messages", data=form)
        assert f"<p>{words}</p>" in answer.text

        await as_amy.post(url(vic.contact))

    assert "my broken lamp" not in answer.text


@pytest.mark.parametrize("step", ["saw_page", "post_from_visitor"])
async def test_a_message_that_comes_with_the_erasure_is_refused_in_words(
    as_amy, as_vic, chat, vic, monkeypatch, faults, step
):
    module = contacts if step == "saw_page" else messages
    done = getattr(module, step)

    async def erased_before(*args, **kwargs):
        monkeypatch.setattr(module, step, done)
        assert (await as_amy.post(url(vic.contact))).status_code == 303
        return await done(*args, **kwargs)

    monkeypatch.setattr(module, step, erased_before)
    faults.expected = True
    answer = await as_vic.post("/widget/shop/messages", data=a_message())

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert await Interaction.count() == 1  # Nina's


@ON_POSTGRES
async def test_a_chat_that_begins_while_its_visitor_is_erased_is_refused_in_words(
    as_amy, as_vic, vic, monkeypatch, faults
):
    read = messages._contact_of

    async def erased_after(visitor):
        found = await read(visitor)
        erasure = as_amy.post(url(vic.contact))
        assert (await asyncio.create_task(erasure, context=Context())).status_code == 303
        return found

    monkeypatch.setattr(messages, "_contact_of", erased_after)
    faults.expected = True  # told as a warning
    answer = await as_vic.post("/widget/shop/messages", data=a_message())

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert await Interaction.count() == 0


@ON_POSTGRES
async def test_an_erasure_among_messages_of_both_sides_breaks_nothing(
    as_amy, as_vic, as_bob, chat, vic, faults
):
    faults.expected = True
    path = f"/workspace/interactions/{chat.id}/messages"

    answers = await asyncio.gather(
        *(as_vic.post("/widget/shop/messages", data=a_message()) for _ in range(10)),
        *(as_bob.post(path, data=a_message()) for _ in range(10)),
        as_amy.post(url(vic.contact)),
        *(as_vic.post("/widget/shop/messages", data=a_message()) for _ in range(10)),
        *(as_bob.post(path, data=a_message()) for _ in range(10)),
    )

    assert {answer.status_code for answer in answers} <= {200, 303, 404, 409}
    assert not await Contact.exists().where(Contact.id == vic.contact)
    assert not await Interaction.exists().where(Interaction.contact == vic.contact)


@ON_SQLITE
@pytest.mark.parametrize("what", ["erasure", "export"])
async def test_only_an_admin_may(as_amy, as_ada, as_bob, as_nobody, chat, vic, what):
    for somebody, refused in ((as_ada, 403), (as_bob, 403), (as_nobody, 401)):
        assert (await somebody.get(url(vic.contact, what))).status_code == refused
        if what == "erasure":
            assert (await somebody.post(url(vic.contact))).status_code == refused
    assert (await as_amy.get(url(2_000_000_000, what))).status_code == 404
    assert await Interaction.count() == 3


@ON_SQLITE
async def test_an_export_has_their_words_and_files_and_nobody_elses(as_amy, chat, vic, bob):
    await Attachment.update({Attachment.name: "../../etc/of-maria.png"}).where(
        Attachment.interaction == chat.id
    )
    await an_entry(chat, 9, body="between us agents", agent=bob, author="agent")
    await Interaction.raw("UPDATE entries SET kind = 'note' WHERE seq = 9")

    answer = await as_amy.get(url(vic.contact, "export"))

    assert answer.headers["content-type"] == "application/zip"
    assert contact_number(vic.contact) in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        assert whole.testzip() is None
        names = whole.namelist()
        person = json.loads(whole.read("contact.json"))
        words = b"".join(whole.read(name) for name in names if name.startswith("chats/"))
        [file] = [name for name in names if name.startswith("files/")]
        assert whole.read(file).startswith(b"\x89PNG")
    assert person["email"] == "maria@mail.example"
    assert file.count("/") == 1
    assert b"my broken lamp, again" in words
    for others in (b"Nina", b"between us agents", b"token"):
        assert others not in words
