from app.database import engine
from tests.databases import ON_POSTGRES


async def test_a_process_that_lives_and_can_work_says_so(as_nobody):
    live, ready = await as_nobody.get("/health/live"), await as_nobody.get("/health/ready")

    assert (live.status_code, live.text) == (200, "ok\n")
    assert (ready.status_code, ready.text) == (200, "ok\n")


@ON_POSTGRES
async def test_a_process_whose_database_is_gone_lives_and_is_not_ready(as_nobody, faults):
    faults.expected = True
    await engine().close()
    engine().config["dsn"] = "postgres://nobody@127.0.0.1:1/nothing"

    live, ready = await as_nobody.get("/health/live"), await as_nobody.get("/health/ready")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert "database does not answer" in ready.text
