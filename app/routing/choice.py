"""The rule of who gets an interaction: plain functions over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)

# Why somebody cannot take an interaction now.
NOT_AVAILABLE, NOT_PRESENT, FULL, PASSED_IT = "not_available", "not_present", "full", "passed_it"
IN_A_CALL = "in_a_call"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the queue as routing sees them.

    `load` counts active interactions and open offers; `passed` how often they let this
    interaction pass, `passed_at` when they did so last; `in_a_call` where that keeps offers away.
    """

    agent: int
    available: bool
    present: bool
    load: int
    capacity: int
    last_offer_at: datetime | None
    in_a_call: bool = False
    passed: int = 0
    passed_at: datetime | None = None


def why_not(candidate: Candidate, *, passed_before: datetime) -> str:
    """Why the agent cannot be offered it now; empty for who can. The first reason counts.

    Who passed it after that moment may not be asked yet.
    """
    if not candidate.available:
        return NOT_AVAILABLE
    if not candidate.present:
        return NOT_PRESENT
    if candidate.in_a_call:
        return IN_A_CALL
    if candidate.load >= candidate.capacity:
        return FULL
    if candidate.passed_at is not None and candidate.passed_at > passed_before:
        return PASSED_IT
    return ""


def can_take(candidate: Candidate, *, passed_before: datetime) -> bool:
    """Whether the agent may be offered it now."""
    return not why_not(candidate, passed_before=passed_before)


def in_order(candidates: Iterable[Candidate], *, passed_before: datetime) -> list[Candidate]:
    """Who can take it, in the order in which they are asked.

    Least often passed, then lowest load for their capacity, then longest without an offer.
    """
    able = [one for one in candidates if can_take(one, passed_before=passed_before)]
    return sorted(able, key=_order)


def choose(candidates: Iterable[Candidate], *, passed_before: datetime) -> Candidate | None:
    """Who gets it; None when nobody can."""
    return next(iter(in_order(candidates, passed_before=passed_before)), None)


def _order(one: Candidate) -> tuple[int, float, datetime, int]:
    return (one.passed, one.load / one.capacity, one.last_offer_at or NEVER, one.agent)
