"""The results as a picture: how much of each budget is used, and what grows with what."""

import re
from collections import defaultdict
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.budgets import Measured

ROW, LEFT, WIDTH, MOST = 26, 560, 400, 2.0
KEPT, MISSED, GROWN = "#2f6f4f", "#b3261e", "#3b5b8c"
# What a line was measured with: "SQLite, 10,000 chats: …", "5,000 idle …", "…, two processes".
SIZE = re.compile(r"\b(one|two|[\d,]+) (chats:|idle visitor streams:|process(?:es)?\b)")
NUMBERS = {"one": 1, "two": 2}


def used(line: Measured) -> float:
    """The share of its budget that was used; more than 1 is more than there was."""
    assert line.budget
    parts = (
        (line.budget.limit, line.value) if line.budget.least else (line.value, line.budget.limit)
    )
    return parts[0] / parts[1] if parts[1] else float(parts[0] > 0) * MOST


def series(lines: Sequence[Measured]) -> dict[str, list[tuple[str, Measured]]]:
    """What was measured with several sizes: its name, and each size with its line."""
    found: dict[str, list[tuple[str, Measured]]] = defaultdict(list)
    for line in lines:
        size = SIZE.search(line.what)
        if size:
            name = SIZE.sub(lambda one: f"with so many {one[2].removesuffix('es')}", line.what)
            found[name].append((f"{NUMBERS.get(size[1], size[1])}", line))
    return {name: points for name, points in found.items() if len(points) > 1}


def store(path: Path, lines: Sequence[Measured]) -> None:
    """Write a bar for each budget beside the line at which it ends, and one for each size."""
    held = [line for line in lines if line.budget]
    bars = [
        _bar(
            at,
            line.what,
            min(used(line), MOST) / MOST,
            line.cells[2],
            KEPT if line.held == "yes" else MISSED,
        )
        for at, line in enumerate(held)
    ]
    end = 30 + len(held) * ROW
    limit = LEFT + WIDTH / MOST
    bars.append(f'<path d="M{limit} 10V{end - 10}" stroke="#000"/>')
    row = len(held) + 1
    for name, points in series(lines).items():
        most = max(line.value for _, line in points) or 1
        for at, (size, line) in enumerate(points):
            label = f"{name}: {size}" if at == 0 else size
            bars.append(_bar(row, label, line.value / most, line.cells[2], GROWN))
            row += 1
    height = 40 + row * ROW
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 120} {height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(bars)}</svg>\n"
    )


def _bar(row: int, label: str, share: float, value: str, colour: str) -> str:
    top, width = 20 + row * ROW, WIDTH * share
    return (
        f'<text x="{LEFT - 10}" y="{top + 14}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="18" fill="{colour}"/>'
        f'<text x="{LEFT + width + 6:.0f}" y="{top + 14}">{escape(value)}</text>'
    )
