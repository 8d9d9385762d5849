"""What a run is asked to do, and what came of it."""

from collections import Counter
from dataclasses import dataclass, field

POSTGRES, SQLITE = "PostgreSQL", "SQLite"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, with whom, what may happen, and how long one fault lasts at most."""

    seconds: float
    seed: int
    visitors: int = 8
    agents: int = 3
    workers: int = 2
    longest: float = 3.0
    kinds: tuple[str, ...] = ()
    database: str = POSTGRES


@dataclass
class Result:
    """What was broken how often, what was seen, and what should not have been."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    # What breaks now, and how often something was seen that should not be while it did.
    now: set[str] = field(default_factory=set)
    seen_during: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    acknowledged: int = 0
    stored: int = 0
    chats: int = 0
    unanswered: int = 0
    refused: int = 0
    connects: int = 0
    settled: float = 0.0
    begin: str = ""
    end: str = ""

    def note(self, found: list[str]) -> None:
        """What was seen while something broke; the same again is noted once."""
        new = [one for one in found if one not in self.violations]
        self.violations += new
        for name in self.now if new else ():
            self.seen_during[name] += len(new)
