"""A disk without room: what was acknowledged stays, all else is refused in words; it goes on."""

import shutil

import httpx
import pytest

from app import database
from app.interactions.tables import Entry
from tests.attachments.sending import upload
from tests.builders import a_nonce, a_queue, a_visitor, a_widget
from tests.disks import small_disk
from tests.processes import serving
from tests.waiting import eventually

VIC = {"Cookie": "__Host-parley-shop=token-of-vic"}
WORDS = "Nothing can be read or stored right now. What you wrote is kept"
MEGABYTES = 24


@pytest.fixture
def disk():
    """A disk of Parley's own."""
    with small_disk(MEGABYTES) as made:
        yield made


@pytest.fixture
async def on_it(disk, defaults, migrated_file):
    """Settings of the embedded shape on this disk, with a shop and a visitor."""
    settings = defaults.model_copy(update={"data": disk.folder / "data"})
    settings.data.mkdir()
    shutil.copy(migrated_file, settings.sqlite_path)
    database.bind(database.engine_for(settings))
    database.forget_listeners()
    await a_visitor(await a_widget(await a_queue("Sales"), key="shop"), token="token-of-vic")
    await database.engine().close()
    yield settings
    await database.engine().close()


async def test_a_full_disk_refuses_in_words_loses_nothing_and_goes_on_when_there_is_room(
    disk, on_it
):
    # R4, F6
    acknowledged, refused = [], []

    async def writes(count):
        for _ in range(count):
            words = f"Message {len(acknowledged) + len(refused)}, {'of some length ' * 200}".strip()
            form = {"body": words, "nonce": a_nonce()}
            answer = await vic.post("/widget/shop/messages", data=form)
            if answer.status_code == 200:
                acknowledged.append(words)
            else:
                refused.append((answer, form))

    async def sends_a_file():
        return await upload(vic, "/widget/shop", name="list.txt", content=b"A line.\n" * 50_000)

    async with (
        serving(on_it, PARLEY_LIMIT_MESSAGES="1000000") as server,
        server.client(**VIC) as vic,
    ):
        await eventually(lambda: is_ready(vic))
        await writes(3)

        disk.fill([server.process.pid])
        await writes(40)

        assert (await vic.get("/widget/shop/entries?after=0")).status_code == 200
        file = await sends_a_file()
        assert file.status_code in {503, 507}, file.text  # the database has no room, or the file
        await eventually(lambda: is_not_ready(vic))
        assert len(refused) >= 20
        for answer, _ in refused:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert WORDS in answer.text

        disk.free([server.process.pid])
        await writes(3)
        again = await vic.post("/widget/shop/messages", data=refused[0][1])
        assert again.status_code == 200
        assert (await sends_a_file()).status_code == 200
        await eventually(lambda: is_ready(vic))
        said = await server.stop(within=10)

    rows = await Entry.select(Entry.body).where(Entry.kind == "message").order_by(Entry.seq)
    assert [row["body"] for row in rows] == [*acknowledged, refused[0][1]["body"]]
    assert not list(on_it.data.rglob("*.part"))
    assert "request failed" not in said
    assert '"fault": "SQLITE_' in said


async def is_ready(somebody):
    try:
        return (await somebody.get("/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def is_not_ready(somebody):
    answer = await somebody.get("/health/ready")
    return answer.status_code == 503 and "storage: cannot be used" in answer.text
