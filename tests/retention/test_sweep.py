"""Old chats go as their widget says; nothing else does."""

import pytest

from app.attachments.folder import Folder
from app.attachments.tables import Attachment
from app.calls.tables import Call
from app.contacts.tables import Contact, PageView, Visitor
from app.database import all_tables
from app.interactions.tables import Entry, Interaction
from app.moments import now
from app.retention import sweep
from app.widget.tables import ANONYMISE, DELETE, Widget
from tests.attachments.sending import send, stored_files, uploaded
from tests.builders import a_visitor, an_interaction
from tests.databases import ON_SQLITE

DAY = 24 * 3600
SECRETS = ("Maria", "maria@mail.example", "my broken lamp", "shop.example/lamps")


async def rows_of_everything():
    """Every row of every table, as text."""
    return {table._meta.tablename: str(await table.select()) for table in all_tables()}


def keeps(days, removal):
    return Widget.update({Widget.keep_days: days, Widget.removal: removal}).where(
        Widget.key == "shop"
    )


@pytest.fixture
async def old(app, shop, as_vic, vic, bob, settings, clock):
    """A chat of Maria's with a file, archived 31 days ago, and one of yesterday by another."""
    await Contact.update({Contact.name: "Maria", Contact.email: "maria@mail.example"}).where(
        Contact.id == vic.contact
    )
    await PageView.insert(PageView(visitor=vic.id, url="https://shop.example/lamps", seen_at=now()))
    chat = await an_interaction(vic, agent=bob, words=["my broken lamp"])
    await send(
        as_vic,
        "/widget/shop/messages",
        await uploaded(as_vic, "/widget/shop"),
        body="my broken lamp",
    )
    await Interaction.update(
        {Interaction.state: "archived", Interaction.archived_at: now(), Interaction.rating: 4}
    ).where(Interaction.id == chat.id)
    clock.forward(30 * DAY)
    other = await a_visitor(shop, token="of-another", name="Nina")
    await an_interaction(other, state="archived", words=["of yesterday"])
    clock.forward(DAY)
    return await Interaction.objects().get(Interaction.id == chat.id)


@pytest.mark.parametrize("removal", [DELETE, ANONYMISE])
async def test_an_old_chat_goes_with_its_person_and_files_and_a_young_one_stays(
    old, settings, removal
):
    await keeps(30, removal)

    await sweep.remove_old(Folder(settings.data / "files"))
    await sweep.remove_old(Folder(settings.data / "files"))

    kept = await rows_of_everything()
    for secret in SECRETS:
        assert [table for table, text in kept.items() if secret in text] == []
    assert "of yesterday" in kept["entries"]
    assert "Nina" in kept["contacts"]
    assert stored_files(settings) == []
    assert await Interaction.count() == (1 if removal == DELETE else 2)


async def test_an_anonymised_chat_keeps_its_numbers_and_stays_closed(old, settings, as_ada, bob):
    await keeps(30, ANONYMISE)
    of_old = {"interaction": old.id, "visitor": old.visitor, "agent": bob.id}
    await Call(**of_old, rang_at=now(), ended_at=now()).save()

    await sweep.remove_old(Folder(settings.data / "files"))

    assert await Call.count() == 1
    left = await Interaction.objects().get(Interaction.id == old.id)
    for column in (
        "opened_at",
        "accepted_at",
        "first_message_at",
        "archived_at",
        "rating",
        "agent",
    ):
        assert getattr(left, column) == getattr(old, column)
    in_old = Entry.interaction == old.id
    seqs = await Entry.select(Entry.author).where(in_old).order_by(Entry.seq)
    assert [row["author"] for row in seqs][:2] == ["contact", "contact"]
    page = await as_ada.get(f"/workspace/webchat/{old.id}")
    assert "The words were removed" in page.text
    reopened = await as_ada.post(f"/workspace/interactions/{old.id}/reopening")
    assert reopened.status_code in {404, 409}


@ON_SQLITE
async def test_open_chats_and_those_of_widgets_that_keep_them_are_never_touched(
    app, old, settings, vic, bob, clock
):
    before = await rows_of_everything()
    await sweep.remove_old(Folder(settings.data / "files"))
    assert await rows_of_everything() == before

    await Interaction.update({Interaction.state: "active"}).where(Interaction.id == old.id)
    await keeps(30, DELETE)
    await sweep.remove_old(Folder(settings.data / "files"))

    assert await Entry.exists().where(Entry.body == "my broken lamp")
    assert await Attachment.count() == 1


@ON_SQLITE
async def test_a_person_with_another_chat_stays_with_it(old, settings, vic, bob):
    newer = await an_interaction(vic, agent=bob, words=["and my chair"])
    await keeps(30, ANONYMISE)

    await sweep.remove_old(Folder(settings.data / "files"))

    assert await Visitor.exists().where(Visitor.id == vic.id)
    assert await Entry.exists().where(Entry.interaction == newer.id, Entry.body == "and my chair")
    gone = await Interaction.objects().get(Interaction.id == old.id)
    assert gone.contact != vic.contact


@ON_SQLITE
async def test_a_sweep_takes_a_few_at_a_time(app, shop, settings, clock, monkeypatch):
    monkeypatch.setattr(sweep, "BATCH", 2)
    for number in range(5):
        await an_interaction(await a_visitor(shop, token=f"token-{number}"), state="archived")
    clock.forward(2 * DAY)
    await keeps(1, DELETE)
    left = []

    for _ in range(3):
        await sweep.remove_old(Folder(settings.data / "files"))
        left.append(await Interaction.count())

    assert left == [3, 1, 0]
