"""The one place where the time is read, so that a test can set it; and how time is told."""

import time
from datetime import UTC, datetime, timedelta

from app.languages import N_, _

HOURS_OF_A_DAY = 24
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def microseconds() -> int:
    """The present moment in microseconds since 1970."""
    return time.time_ns() // 1000


def ago(seconds: float) -> datetime:
    """The moment this many seconds before now."""
    return now() - timedelta(seconds=seconds)


def lasted(seconds: float) -> str:
    """A length of time as m:ss, from an hour h:mm:ss, from a day 1 d 3 h."""
    minutes, rest = divmod(int(max(0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= HOURS_OF_A_DAY:
        days, hours = divmod(hours, HOURS_OF_A_DAY)
        return _("{days} d {hours} h", days=days, hours=hours)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
