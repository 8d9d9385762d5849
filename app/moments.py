"""The one place where the time is read, so that a test can set it."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def ago(seconds: float) -> datetime:
    """The moment this many seconds before now."""
    return now() - timedelta(seconds=seconds)
