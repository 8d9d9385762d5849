"""Queues as the settings show them."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from app.administration.audit import Snapshot
from app.administration.fields import YES_NO, time_in_words
from app.administration.queues import hours
from app.administration.queues.hours import HolidayRow
from app.agents.tables import Agent
from app.canary.mark import MARKED
from app.interactions.tables import OPEN, Interaction
from app.languages import N_, _, counted, joined, listed
from app.routing.hours import Period
from app.routing.tables import Queue, QueueHoliday, QueueMember, QueuePeriod
from app.widget.tables import Widget
from app.wrapup.tables import WrapUpCode

MODES = {
    "assigned": N_("One agent at a time"),
    "broadcast": N_("All free agents at once, the first to accept has it"),
}


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue in the list."""

    id: int
    name: str
    mode: str
    members: int
    priority: int
    hours: str
    archived: bool


@dataclass(frozen=True, slots=True)
class Use:
    """What still needs a queue."""

    widgets: list[str]
    overflows: list[str]
    open: int

    @property
    def sentence(self) -> str:
        """What must be moved first; empty when nothing must."""
        parts = []
        if self.widgets:
            names, count = joined(self.widgets), len(self.widgets)
            parts.append(counted("the widget {names}", "the widgets {names}", count, names=names))
        if self.overflows:
            parts.append(_("the overflow of {names}", names=joined(self.overflows)))
        if self.open:
            parts.append(counted("{count} open chat", "{count} open chats", self.open))
        return _("Still in use: {what}.", what=listed(parts)) if parts else ""


async def queue_lines() -> list[QueueLine]:
    """Every queue by name, archived ones last."""
    members: dict[int, int] = {}
    for row in await QueueMember.select(QueueMember.queue).where(
        QueueMember.agent.disabled_at.is_null()
    ):
        members[row["queue"]] = members.get(row["queue"], 0) + 1
    limited = {row["queue"] for row in await QueuePeriod.select(QueuePeriod.queue)}
    lines = [
        QueueLine(
            id=queue.id,
            name=queue.name,
            mode=queue.mode,
            members=members.get(queue.id, 0),
            priority=queue.priority,
            hours=N_("Opening hours, {zone}", zone=queue.time_zone)
            if queue.id in limited
            else N_("Always open"),
            archived=queue.archived_at is not None,
        )
        for queue in await Queue.objects().where(Queue.name.not_like(MARKED))
    ]
    return sorted(lines, key=lambda line: (line.archived, line.name.casefold()))


async def names(*, but: int = 0, archived: bool = False) -> dict[int, str]:
    """Queues by id, in order; without archived ones unless they are asked for."""
    return {
        queue.id: queue.name
        for queue in await Queue.objects().order_by(Queue.name)
        if queue.id != but and (archived or queue.archived_at is None)
    }


async def agent_names(chosen: set[int]) -> dict[int, str]:
    """Who may be a member: those who are not disabled, and members who are."""
    return {
        agent.id: agent.name
        for agent in await Agent.objects().order_by(Agent.name)
        if agent.disabled_at is None or agent.id in chosen
    }


async def code_names(chosen: int | None) -> dict[int, str]:
    """The wrap-up codes to choose from, and the one that is chosen."""
    return {
        code.id: f"{code.group}: {code.name}" if code.group else code.name
        for code in await WrapUpCode.objects()
        .order_by(WrapUpCode.group)
        .order_by(WrapUpCode.position)
        if code.archived_at is None or code.id == chosen
    }


async def members_of(queue_id: int) -> set[int]:
    """The ids of a queue's members."""
    rows = await QueueMember.select(QueueMember.agent).where(QueueMember.queue == queue_id)
    return {row["agent"] for row in rows}


async def use_of(queue_id: int) -> Use:
    """What needs this queue."""
    widgets = await Widget.select(Widget.name).where(
        Widget.queue == queue_id, Widget.archived_at.is_null()
    )
    overflows = await Queue.select(Queue.name).where(
        Queue.overflow_queue == queue_id, Queue.archived_at.is_null()
    )
    return Use(
        widgets=[row["name"] for row in widgets],
        overflows=[row["name"] for row in overflows],
        open=await Interaction.count().where(
            Interaction.queue == queue_id, Interaction.state.is_in(list(OPEN))
        ),
    )


async def periods_of(queue_id: int) -> list[Period]:
    """A queue's hours in the order of the week."""
    rows = (
        await QueuePeriod.objects()
        .where(QueuePeriod.queue == queue_id)
        .order_by(QueuePeriod.weekday)
        .order_by(QueuePeriod.opens)
    )
    return [Period(row.weekday, row.opens, row.closes) for row in rows]


async def holidays_of(queue_id: int) -> dict[Any, str]:
    """A queue's holidays in order."""
    rows = (
        await QueueHoliday.objects()
        .where(QueueHoliday.queue == queue_id)
        .order_by(QueueHoliday.day)
    )
    return {row.day: row.name for row in rows}


def values_of_new() -> dict[str, Any]:
    """What the form shows of a queue that does not exist yet."""
    return {**_values(Queue()), "member": [], "periods": [], "holidays": []}


async def values_of(queue: Queue) -> dict[str, Any]:
    """What the form shows of a queue."""
    return {
        **_values(queue),
        "member": [str(agent) for agent in await members_of(queue.id)],
        "periods": hours.rows_of(await periods_of(queue.id)),
        "holidays": [
            HolidayRow(day.isoformat(), name) for day, name in (await holidays_of(queue.id)).items()
        ],
    }


async def snapshot(queue: Queue) -> Snapshot:
    """A queue in words, for the record of changes."""
    chosen = await members_of(queue.id)
    agents = await agent_names(chosen)
    queues = await names(archived=True)
    codes = await code_names(queue.after_work_code)
    holidays = await holidays_of(queue.id)
    return {
        N_("Name"): queue.name,
        N_("Members"): ", ".join(name for id_, name in agents.items() if id_ in chosen),
        N_("Offer to"): MODES[queue.mode],
        N_("Priority"): str(queue.priority),
        N_("Offer time"): f"{queue.offer_seconds} s",
        N_("Chats at once"): str(queue.capacity),
        N_("Offer chats during calls"): YES_NO["yes" if queue.offers_in_calls else "no"],
        N_("First response"): time_in_words(queue.first_response_target),
        N_("Reply"): time_in_words(queue.reply_target),
        N_("Resolution"): time_in_words(queue.resolution_target),
        N_("Time zone"): queue.time_zone,
        N_("Hours"): hours.in_words(await periods_of(queue.id)) or N_("always open"),
        N_("Holidays"): ", ".join(f"{day} {name}".strip() for day, name in holidays.items()),
        N_("Overflow queue"): queues.get(queue.overflow_queue or 0, ""),
        N_("Overflow after"): time_in_words(queue.overflow_after),
        N_("Longest wait"): time_in_words(queue.longest_wait),
        N_("After-work time"): time_in_words(queue.after_work_seconds),
        N_("After-work code"): codes.get(queue.after_work_code or 0, ""),
    }


@cache
def time_zones() -> list[str]:
    """The time zones that this machine knows, without its aliases for files."""
    return sorted(zone for zone in available_timezones() if not zone.startswith(("posix", "right")))


def _values(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "mode": queue.mode,
        "priority": str(queue.priority),
        "offer_seconds": str(queue.offer_seconds),
        "capacity": str(queue.capacity),
        "offers_in_calls": "yes" if queue.offers_in_calls else "no",
        "first_response_target": time_in_words(queue.first_response_target),
        "reply_target": time_in_words(queue.reply_target),
        "resolution_target": time_in_words(queue.resolution_target),
        "time_zone": queue.time_zone,
        "overflow_queue": str(queue.overflow_queue or ""),
        "overflow_after": time_in_words(queue.overflow_after),
        "longest_wait": time_in_words(queue.longest_wait),
        "after_work_seconds": time_in_words(queue.after_work_seconds),
        "after_work_code": str(queue.after_work_code or ""),
    }
