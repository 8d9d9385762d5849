"""What agents choose."""

from dataclasses import dataclass


@dataclass
class AvailabilityForm:
    """The name of a status."""

    status: str = ""
