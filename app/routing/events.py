"""Facts about offers, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An agent is shown an interaction."""

    offer: int
    agent: int


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer is no longer open, whatever its outcome."""

    offer: int
    agent: int
