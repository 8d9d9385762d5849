"""The rule of who gets an interaction: plain functions over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the queue as routing sees them.

    `load` counts active interactions and open offers; `passed` how often they let this
    interaction pass, `passed_at` when they did so last.
    """

    agent: int
    available: bool
    present: bool
    load: int
    capacity: int
    last_offer_at: datetime | None
    passed: int = 0
    passed_at: datetime | None = None


def can_take(candidate: Candidate, *, passed_before: datetime) -> bool:
    """Whether the agent may be offered it now; who passed it after that moment may not yet."""
    return (
        candidate.available
        and candidate.present
        and candidate.load < candidate.capacity
        and (candidate.passed_at is None or candidate.passed_at <= passed_before)
    )


def choose(candidates: Iterable[Candidate], *, passed_before: datetime) -> Candidate | None:
    """Who gets it: least often passed, then lowest load for their capacity, then longest idle."""
    able = [one for one in candidates if can_take(one, passed_before=passed_before)]
    return min(able, key=_order, default=None)


def _order(one: Candidate) -> tuple[int, float, datetime, int]:
    return (one.passed, one.load / one.capacity, one.last_offer_at or NEVER, one.agent)
