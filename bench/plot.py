"""The budgets as a picture: how much of each is used."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.budgets import Measured

ROW, LEFT, WIDTH, MOST = 26, 560, 400, 2.0
KEPT, MISSED = "#2f6f4f", "#b3261e"


def used(line: Measured) -> float:
    """The share of its budget that was used; more than 1 is more than there was."""
    assert line.budget
    parts = (
        (line.budget.limit, line.value) if line.budget.least else (line.value, line.budget.limit)
    )
    return parts[0] / parts[1] if parts[1] else float(parts[0] > 0) * MOST


def store(path: Path, lines: Sequence[Measured]) -> None:
    """Write a bar for each budget, beside the line at which it ends."""
    held = [line for line in lines if line.budget]
    bars = []
    for at, line in enumerate(held):
        share, top = used(line), 20 + at * ROW
        width = WIDTH / MOST * min(share, MOST)
        colour = KEPT if line.held == "yes" else MISSED
        bars += [
            f'<text x="{LEFT - 10}" y="{top + 14}" text-anchor="end">{escape(line.what)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="18" fill="{colour}"/>',
            f'<text x="{LEFT + width + 6:.0f}" y="{top + 14}">{escape(line.cells[2])}</text>',
        ]
    height, limit = 40 + len(held) * ROW, LEFT + WIDTH / MOST
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 120} {height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f'{"".join(bars)}<path d="M{limit} 10V{height - 10}" stroke="#000"/></svg>\n'
    )
