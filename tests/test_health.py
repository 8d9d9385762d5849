from app import health
from app.attachments.folder import Folder
from app.database import engine
from tests.databases import ON_POSTGRES, ON_SQLITE

ALL_WELL = "database: ok\nbus: ok\nstorage: ok\n"


async def test_a_process_that_lives_and_can_work_says_so(as_nobody):
    live, ready = await as_nobody.get("/health/live"), await as_nobody.get("/health/ready")

    assert (live.status_code, live.text) == (200, "ok\n")
    assert (ready.status_code, ready.text) == (200, ALL_WELL)


@ON_POSTGRES
async def test_a_process_whose_database_is_gone_lives_and_is_not_ready(as_nobody, faults):
    faults.expected = True
    await engine().close()
    engine().config["dsn"] = "postgres://nobody:secret@127.0.0.1:1/nothing"

    live, ready = await as_nobody.get("/health/live"), await as_nobody.get("/health/ready")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.text == "database: cannot be used\nbus: ok\nstorage: ok\n"


@ON_SQLITE
async def test_a_bus_that_carries_nothing_is_told_in_time(app, as_nobody, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    app.state.hub.reacts("echo", nothing)

    ready = await as_nobody.get("/health/ready")

    assert ready.status_code == 503
    assert ready.text == "database: ok\nbus: does not answer\nstorage: ok\n"


@ON_SQLITE
async def test_a_process_that_does_not_hear_others_goes_on_and_says_so(app, as_nobody):
    app.state.bus.hears = False

    ready = await as_nobody.get("/health/ready")

    assert ready.status_code == 200
    assert "bus: ok here, other processes are not heard\n" in ready.text


@ON_SQLITE
async def test_files_that_cannot_be_kept_are_told(app, as_nobody, settings, faults):
    faults.expected = True
    (settings.data / "files").write_text("a file where a folder should be")

    ready = await as_nobody.get("/health/ready")

    assert ready.status_code == 503
    assert ready.text == "database: ok\nbus: ok\nstorage: cannot be used\n"


async def test_a_look_that_hangs_is_not_joined_by_others(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    looks = []

    async def hang():
        looks.append(1)
        await health.asyncio.Event().wait()

    check = health.Check("storage", hang)

    assert [await check.state() for _ in range(3)] == [health.SLOW] * 3
    assert len(looks) == 1
    check._task.cancel()


async def test_a_folder_that_is_not_there_yet_is_made(tmp_path):
    await Folder(tmp_path / "data" / "files").check()

    assert (tmp_path / "data" / "files").is_dir()


async def nothing(_):
    pass
