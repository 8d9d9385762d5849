"""The budget of DESIGN.md §12, and what was measured beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HEAD = ("what", "budget", "measured", "held")


@dataclass(frozen=True, slots=True)
class Budget:
    """A number of DESIGN.md §12 that must not be passed; `least` where more is better."""

    limit: float
    unit: str
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether this value keeps the budget."""
        return value >= self.limit if self.least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {in_words(self.limit, self.unit)}"


LATENCY_P50 = Budget(5, "ms")
LATENCY_P99 = Budget(25, "ms")
SHARE_OF_BARE = Budget(40, "%", least=True)
MESSAGES = Budget(1_500, "/s", least=True)
NONE_LOST = Budget(0, "lost")
STREAM_MEMORY = Budget(45, "KB")
IDLE_CPU = Budget(5, "% of a core")
WORKSPACE_PAGE = Budget(30, "ms")
TRANSCRIPT = Budget(60, "ms")
LOADER_WEIGHT = Budget(4, "KB gz")
LOADER_REQUESTS = Budget(1, "requests")
WIDGET_WEIGHT = Budget(60, "KB gz")
WIDGET_REQUESTS = Budget(8, "requests")
WORKSPACE_WEIGHT = Budget(120, "KB gz")
TWO_PROCESSES = Budget(1.7, "times", least=True)
UPLOAD_MEMORY = Budget(20, "MB")
UPLOAD_SPEED = Budget(60, "%", least=True)
CALLS = Budget(100, "%")


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; without a budget it is there to understand the others."""

    what: str
    value: float
    unit: str
    budget: Budget | None = None

    @property
    def held(self) -> str:
        """Whether the budget was held, in a word; empty where there is none."""
        return "" if self.budget is None else "yes" if self.budget.holds(self.value) else "NO"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The line as the table shows it."""
        budget = "" if self.budget is None else str(self.budget)
        return self.what, budget, in_words(self.value, self.unit), self.held


def in_words(value: float, unit: str) -> str:
    """Such as "4.2 ms" or "1,500/s": three figures say enough."""
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    space = "" if unit.startswith(("/", "%")) else " "
    return f"{value:,.{digits}f}{space}{unit}"


def table(lines: Sequence[Measured]) -> str:
    """All lines under one head."""
    rows = [HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    shown = [
        "  ".join(
            (cell.rjust if 0 < at < 3 else cell.ljust)(widths[at]) for at, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:]])


def store(path: Path, lines: Sequence[Measured], about: dict[str, Any]) -> None:
    """Write what was measured, with its circumstances, for the next comparison."""
    path.parent.mkdir(exist_ok=True)
    results = [
        {**asdict(line), "budget": str(line.budget or ""), "held": line.held} for line in lines
    ]
    path.write_text(json.dumps({**about, "results": results}, indent=2, ensure_ascii=False) + "\n")
