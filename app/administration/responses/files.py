"""Standard responses as a CSV file: what is exported comes back as it was."""

import csv
import io
from collections.abc import Iterator, Sequence

from app.administration.fields import Fields
from app.administration.responses.forms import ResponseForm, read
from app.administration.responses.service import entered, refuse_lines
from app.administration.responses.shelves import Shelf
from app.contacts.names import likeness
from app.languages import N_
from app.problems import Invalid
from app.responses.tables import StandardResponse
from app.web import spreadsheets

COLUMNS = ("title", "shortcut", "folder", "queue", "body")
NEEDED = {"title", "body"}
LARGEST_FILE, MOST_LINES, LONGEST_CELL = 1024 * 1024, 2000, 20_000


def written(responses: Sequence[StandardResponse], queues: dict[int, str]) -> str:
    """The responses as a file for spreadsheets."""
    return spreadsheets.written(
        COLUMNS,
        [
            (one.title, one.shortcut, one.folder, queues.get(one.queue or 0, ""), one.body)
            for one in map(entered, responses)
        ],
    )


def forms_in(content: bytes, shelf: Shelf) -> list[tuple[int, ResponseForm]]:
    """The responses in a file, each with its line; what is wrong is told line by line."""
    rows = _rows(_text(content))
    header = [name.strip().lower() for name in next(rows, (0, []))[1]]
    _check_header(header)
    queues = {likeness(name): id_ for id_, name in shelf.queues.items()}
    forms: list[tuple[int, ResponseForm]] = []
    faults: list[tuple[int, str]] = []
    for line, cells in rows:
        if len(forms) + len(faults) >= MOST_LINES:
            raise _wrong(N_("A file has at most {most} responses.", most=MOST_LINES))
        if len(cells) != len(header):
            faults.append((line, N_("This line has another number of columns than the first.")))
            continue
        form, wrong = _form(dict(zip(header, cells, strict=True)), shelf, queues)
        forms.append((line, form))
        faults += [(line, sentence) for sentence in wrong]
    refuse_lines(faults)
    if not forms:
        raise _wrong(N_("There is no response in this file."))
    return forms


def _form(
    row: dict[str, str], shelf: Shelf, queues: dict[str, int]
) -> tuple[ResponseForm, list[str]]:
    cells = {name: spreadsheets.unguarded(cell) for name, cell in row.items()}
    name = cells.pop("queue", "").strip()
    queue = queues.get(likeness(name), 0) if name else 0
    fields = Fields([*cells.items(), ("queue", str(queue) if queue else "")])
    if name and not queue:
        fields.wrong("queue", N_("There is no queue “{name}” to choose here.", name=name[:60]))
    form = read(fields, shelf, dict(shelf.queues))
    return form, list(fields.errors.values())


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise _wrong(N_("The file is too large: at most 1 MB."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(
            N_("The file is not in UTF-8. Save it as “CSV UTF-8” and choose it again.")
        ) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that has something in it, with the line on which it begins."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _wrong(
            N_("Line {line} cannot be read: a quotation mark is not closed.", line=line)
        ) from error


def _check_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if not header or not NEEDED.issubset(header) or unknown or len(set(header)) < len(header):
        raise _wrong(
            N_(
                "The first line names the columns: {columns}; title and body are needed.",
                columns=", ".join(COLUMNS),
            )
        )


def _wrong(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
