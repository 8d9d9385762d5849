"""What supervisors send."""

from dataclasses import dataclass


@dataclass
class TakeOverForm:
    """What comes after taking over: nothing, or `forward`."""

    then: str = ""
