"""Facts about agents, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """An agent's status is another one."""

    agent: int
