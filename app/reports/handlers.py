"""The reports: supervisors see everybody's, agents their own."""

from datetime import date
from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery

from app.agents.tables import Agent
from app.interactions.access import LARGEST_ID
from app.languages import N_
from app.moments import now
from app.problems import Invalid, NotFound
from app.reports.asked import Asked
from app.reports.files import columns_of
from app.reports.period import LAST, Period, chosen, last_days
from app.reports.queries import agents_of, chats, report
from app.routing.calendars import zone
from app.routing.tables import Queue
from app.web import spreadsheets
from app.web.responses import page
from app.workspace import queries as workspace

REPORTS = "/workspace/reports"


@get(REPORTS, name="reports")
async def reports(
    state: State,
    agent: NamedDependency[Agent],
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    queue: FromQuery[str] = "",
) -> Response[str]:
    """How many chats there were, how fast they were answered, and by whom."""
    queues = await Queue.objects().where(Queue.archived_at.is_null()).order_by(Queue.name)
    today = _today(queues)
    found, errors = None, {}
    entered = {"first": first, "last": last, "queue": queue}
    try:
        asked = _asked(agent, chosen(first, last, today), queue)
        entered = {**entered, **_written(asked.period)}
        found = await report(asked)
    except Invalid as invalid:
        errors = invalid.errors
    return page(
        "reports/page.html",
        status_code=422 if errors else 200,
        report=found,
        errors=errors,
        entered=entered,
        queues=queues,
        usual=[(name, _written(last_days(days, today))) for days, name in LAST.items()],
        supervises=agent.may("supervisor"),
        me=workspace.me(agent),
        rows=await workspace.rows(agent.id, state.presence),
        offers=await workspace.offers(agent.id, state.presence),
    )


@get(f"{REPORTS}/chats.csv", name="reports:chats")
async def report_file(
    agent: NamedDependency[Agent],
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    queue: FromQuery[str] = "",
) -> Response[str]:
    """The chats of a report, one a line."""
    today = _today(await Queue.objects().where(Queue.archived_at.is_null()))
    asked = _asked(agent, chosen(first, last, today), queue)
    names, rows = columns_of(await chats(asked), await agents_of(asked))
    days = f"{asked.period.first}-{asked.period.last}"
    return spreadsheets.download(spreadsheets.written(names, rows), f"chats-{days}")


def _asked(agent: Agent, period: Period, queue: str) -> Asked:
    if queue and not (queue.isascii() and queue.isdecimal() and int(queue) <= LARGEST_ID):
        raise NotFound(N_("There is no such queue."))
    mine = 0 if agent.may("supervisor") else agent.id
    return Asked(period, int(queue or 0), mine)


def _today(queues: list[Queue]) -> date:
    """The day that it is in the first queue's time zone."""
    first = min(queues, key=lambda queue: queue.id, default=None)
    return now().astimezone(zone(first.time_zone if first else "UTC")).date()


def _written(period: Period) -> dict[str, Any]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


routes = [reports, report_file]
