"""Facts about offers, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An agent is shown an interaction."""

    offer: int
    agent: int


@dataclass(frozen=True, slots=True)
class InteractionTakenOver:
    """A supervisor has it now; `agent` had it before."""

    interaction: int
    agent: int
    by: int


@dataclass(frozen=True, slots=True)
class OfferGone:
    """What an agent was shown is in other hands, `by`, or has ended: then that is 0."""

    interaction: int
    agent: int
    by: int


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer is no longer open, whatever its outcome."""

    offer: int
    agent: int
    outcome: str
