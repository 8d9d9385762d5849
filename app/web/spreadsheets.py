"""Tables as CSV files for spreadsheets.

A spreadsheet runs a cell that begins with one of = + - @ as a formula (OWASP, CSV injection).
Such a cell leaves with an apostrophe before it, which is taken away when it comes back; cells
that had apostrophes of their own before such a sign get one more.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from litestar import Response

RISKY = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")


def written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows below the names of their columns."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_guarded(str(cell)) for cell in row] for row in rows)
    return file.getvalue()


def unguarded(cell: str) -> str:
    """A cell as it was before it was written."""
    return cell[1:] if GUARDED.match(cell) else cell


def download(content: str, name: str) -> Response[str]:
    """The file as an answer; `name` is one of ours."""
    return Response(
        content,
        media_type="text/csv",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )


def _guarded(cell: str) -> str:
    return f"'{cell}" if RISKY.match(cell) else cell
