"""Facts about calls, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallChanged:
    """It rings, was answered, is held, began another round, or has ended."""

    call: int
    visitor: int
    agent: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """It is over; `how` is one of the words in service.py."""

    call: int
    how: str


@dataclass(frozen=True, slots=True)
class CallRang:
    """Somebody is called: `asked` is "agent" or "contact"."""

    call: int
    visitor: int
    agent: int
    asked: str


@dataclass(frozen=True, slots=True)
class CallSignalled:
    """There is something for the other browser to read; `to` is "agent" or "contact"."""

    call: int
    visitor: int
    agent: int
    to: str
