"""What is measured of chats: plain functions over what is known of each.

A first response counts for who got one: chats that nobody answered are counted as such and are in
no average (USERS' most frequent complaint about reports is the opposite). Beside the median stands
what nine of ten were within, as an average alone hides the few who waited long.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from statistics import mean, median

from app.interactions import clocks
from app.interactions.clocks import Clock, Clocks
from app.interactions.tables import ARCHIVED, MISSED

MOST = 0.9


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat, with its clocks at the moment of the report; `day` is where its queue is."""

    id: int
    day: date
    began_at: datetime
    state: str
    contact: int
    queue: int
    queue_name: str
    agent: int | None
    agent_name: str
    wrap_up: str
    rating: int
    late_replies: int
    archived_at: datetime | None
    clocks: Clocks


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long something took, in seconds: the middle one, and what nine of ten were within."""

    count: int
    median: float
    most: float
    average: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What a row of a report says. Shares are in whole per cent, None before anything was asked."""

    chats: int
    answered: int
    missed: int
    completed: int
    first_response: Lasting | None
    first_response_on_time: int | None
    replies_on_time: int | None
    resolution: Lasting | None
    resolution_on_time: int | None
    rating: float | None
    ratings: int


def measured(chats: Iterable[Chat]) -> Measures:
    """The measures of these chats."""
    found = list(chats)
    first = [chat.clocks.first_response for chat in found]
    resolution = [chat.clocks.resolution for chat in found if chat.state == ARCHIVED]
    answered = [chat for chat in found if _came(chat.clocks.first_response)]
    ratings = [chat.rating for chat in found if chat.rating]
    return Measures(
        chats=len(found),
        answered=len(answered),
        missed=sum(chat.state == MISSED for chat in found),
        completed=len(resolution),
        first_response=lasting(clock.seconds for clock in first if _came(clock)),
        first_response_on_time=on_time(first),
        replies_on_time=share(sum(not chat.late_replies for chat in answered), len(answered)),
        resolution=lasting(clock.seconds for clock in resolution),
        resolution_on_time=on_time(resolution),
        rating=round(mean(ratings), 1) if ratings else None,
        ratings=len(ratings),
    )


def lasting(seconds: Iterable[float]) -> Lasting | None:
    """How long these took; None when there are none."""
    found = sorted(seconds)
    if not found:
        return None
    most = found[ceil(MOST * len(found)) - 1]
    return Lasting(len(found), median(found), most, mean(found))


def on_time(asked: Sequence[Clock]) -> int | None:
    """The share in time of what was given, or is late."""
    known = [clock for clock in asked if _came(clock) or clock.breached]
    return share(sum(not clock.breached for clock in known), len(known))


def share(part: int, whole: int) -> int | None:
    """In whole per cent, never rounded up to all of them."""
    return 100 * part // whole if whole else None


def _came(clock: Clock) -> bool:
    return clock.state in {clocks.MET, clocks.LATE}
