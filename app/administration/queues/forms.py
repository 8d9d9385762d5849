"""What an admin enters about a queue."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from app.administration.fields import Fields, time_in_words
from app.administration.queues.hours import (
    holiday_rows,
    holidays_in,
    period_rows,
    periods_in,
)
from app.administration.queues.queries import MODES, time_zones
from app.languages import N_
from app.routing.hours import Period

LONGEST_NAME, HIGHEST_PRIORITY, MOST_CHATS = 60, 50, 50
SHORTEST_OFFER, LONGEST_OFFER = 5, 120
ROWS = ("weekday", "opens", "closes", "holiday", "holiday_name")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a queue may refer to, by id."""

    agents: dict[int, str]
    queues: dict[int, str]
    codes: dict[int, str]


@dataclass(frozen=True, slots=True)
class QueueForm:
    """The columns of a queue, its members and its hours."""

    columns: dict[str, Any]
    members: set[int]
    periods: list[Period]
    holidays: dict[date, str]

    @property
    def name(self) -> str:
        """The queue's name."""
        name: str = self.columns["name"]
        return name

    @classmethod
    def of(cls, fields: Fields, choices: Choices, *, calls: bool) -> Self:
        """The form's values; what is wrong with them is noted in the fields.

        Without `calls` it does not ask about offers in voice calls, and leaves that as it is.
        """
        missing = N_("Choose yes or no.")
        asked = {"offers_in_calls": fields.yes("offers_in_calls", missing)} if calls else {}
        periods, holidays = period_rows(fields), holiday_rows(fields)
        wrong = [row.error for row in periods if row.error]
        wrong += [row.error for row in holidays if row.error]
        if wrong:
            fields.wrong("hours", wrong[0])
        return cls(
            columns={
                **_waiting(fields, choices),
                **_targets(fields),
                **_after_work(fields, choices),
                **asked,
            },
            members=fields.some_of("member", choices.agents),
            periods=[] if wrong else periods_in(periods),
            holidays={} if wrong else holidays_in(holidays),
        )


def kept(fields: Fields) -> dict[str, Any]:
    """The rows and lists that the form shows again, with what is wrong in each row."""
    return {
        "member": fields.every("member"),
        "periods": period_rows(fields),
        "holidays": holiday_rows(fields),
    }


def _waiting(fields: Fields, choices: Choices) -> dict[str, Any]:
    overflow = fields.one_of("overflow_queue", choices.queues)
    after = fields.time("overflow_after")
    if overflow and not after:
        fields.wrong("overflow_after", N_("Enter after which wait, such as 5:00."))
    if after and not overflow:
        fields.wrong("overflow_queue", N_("Choose the queue that takes over."))
    longest = fields.time("longest_wait")
    if longest and after and longest <= after:
        text = N_("Longer than the wait before the overflow, {time}.", time=time_in_words(after))
        fields.wrong("longest_wait", text)
    return {
        "name": fields.line("name", LONGEST_NAME, missing=N_("Enter a name.")),
        "mode": fields.choice("mode", MODES, N_("Choose whom to offer to.")),
        "priority": fields.number("priority", 0, HIGHEST_PRIORITY, empty=0),
        "offer_seconds": fields.number("offer_seconds", SHORTEST_OFFER, LONGEST_OFFER),
        "capacity": fields.number("capacity", 1, MOST_CHATS),
        "overflow_queue": overflow,
        "overflow_after": after,
        "longest_wait": longest,
    }


def _targets(fields: Fields) -> dict[str, Any]:
    zone = fields.first("time_zone").strip()
    if zone not in time_zones():
        fields.wrong("time_zone", N_("Choose a time zone of the list, such as Europe/Berlin."))
    return {
        "first_response_target": fields.time("first_response_target", required=True),
        "reply_target": fields.time("reply_target", required=True),
        "resolution_target": fields.time("resolution_target", required=True),
        "time_zone": zone,
    }


def _after_work(fields: Fields, choices: Choices) -> dict[str, Any]:
    seconds = fields.time("after_work_seconds")
    code = fields.one_of("after_work_code", choices.codes)
    if seconds and not code:
        fields.wrong("after_work_code", N_("Choose the code for chats whose time runs out."))
    return {"after_work_seconds": seconds, "after_work_code": code}
