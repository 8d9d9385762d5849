"""Structured logs: one line for each event, without personal data."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

_concerns: ContextVar[dict[str, int] | None] = ContextVar("concerns", default=None)


def set_up_logs(level: str, to: TextIO | None = None) -> None:
    """Let every log line of this process be written from this level on, to standard error.

    A person at a terminal reads words and colours; everything else reads JSON.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_written(to or sys.stderr, words=number <= logging.DEBUG),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=to or sys.stderr),
        cache_logger_on_first_use=False,
    )


@contextmanager
def concerning() -> Iterator[dict[str, int]]:
    """Collect what a request turns out to concern, for its line in the log."""
    collected: dict[str, int] = {}
    token = _concerns.set(collected)
    try:
        yield collected
    finally:
        _concerns.reset(token)


def concerns(**ids: int) -> None:
    """What is done now concerns these; ids only."""
    collected = _concerns.get()
    if collected is not None:
        collected.update(ids)


def _written(to: TextIO, *, words: bool) -> list[Processor]:
    def formatted(out: TextIO, error: ExcInfo) -> None:
        out.write("\n" + described(error, words=words))

    if to.isatty():
        return [structlog.dev.ConsoleRenderer(exception_formatter=formatted)]

    def as_text(_: object, __: str, event: EventDict) -> EventDict:
        error = _exc_info(event.pop("exc_info", None))
        if error:
            event["exception"] = described(error, words=words)
        return event

    return [as_text, structlog.processors.JSONRenderer()]


def _exc_info(given: object) -> ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    found = given if isinstance(given, tuple) else sys.exc_info() if given else None
    return found if found and found[0] else None


def described(error: ExcInfo, *, words: bool) -> str:
    """Where an error came from, and its causes.

    An error's own words may quote what somebody wrote (a database does), so they are left out
    unless asked for.
    """
    lines: list[str] = []
    found: BaseException | None = error[1]
    while found is not None:
        said = f": {found}" if words else ""
        lines[:0] = [*_places(found.__traceback__), f"{type(found).__qualname__}{said}"]
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n".join(lines)


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


class _PassedOn(logging.Handler):
    """Writes what a library logs as one of our lines."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), source=record.name, exc_info=record.exc_info)


def take_over(library: str) -> None:
    """Let what this library logs be written as our lines are."""
    logging.getLogger(library).handlers = [_PassedOn()]
