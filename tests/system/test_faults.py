"""A short run of the faults: `python -m bench faults` breaks more, for longer, with any seed."""

from bench.faults import Plan, broken
from tests.databases import ON_POSTGRES

KINDS = (
    "answers lost",
    "browsers cut",
    "worker killed",
    "postgres cut",
    "redis cut",
    "redis restarted",
)
PLAN = Plan(seconds=4, seed=4, visitors=4, agents=2, longest=0.5, kinds=KINDS)


@ON_POSTGRES
async def test_whatever_breaks_each_message_is_there_once_and_every_page_shows_it(settings):
    # R1, R3, R4, L1, L4
    result = await broken(PLAN, settings.database_url)

    assert result.violations == []
    assert result.faults.keys() == set(KINDS)
    assert result.acknowledged >= 10
    assert result.chats >= PLAN.visitors
