"""The one place where the time is read, so that a test can set it; and how time is told."""

from datetime import UTC, datetime, timedelta

HOURS_OF_A_DAY = 24


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def ago(seconds: float) -> datetime:
    """The moment this many seconds before now."""
    return now() - timedelta(seconds=seconds)


def lasted(seconds: float) -> str:
    """A length of time as m:ss, from an hour h:mm:ss, from a day 1 d 3 h."""
    minutes, rest = divmod(int(max(0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= HOURS_OF_A_DAY:
        return f"{hours // HOURS_OF_A_DAY} d {hours % HOURS_OF_A_DAY} h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
