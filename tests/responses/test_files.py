"""Import and export: all or nothing, line by line, and back exactly as it was."""

import pytest

from app.administration.responses import files
from app.administration.tables import AuditEntry
from app.moments import now
from app.responses.tables import StandardResponse
from tests.administration.conftest import SETTINGS
from tests.builders import a_response, a_session, an_agent
from tests.databases import ON_SQLITE
from tests.people import browser

SHARED, OWN = f"{SETTINGS}/standard-responses", "/workspace/responses"

pytestmark = ON_SQLITE


@pytest.fixture
async def as_amy(app):
    return browser(app, session=await a_session(await an_agent("Amy", role="admin")))


async def sends(somebody, content, at=SHARED):
    raw = content.encode() if isinstance(content, str) else content
    return await somebody.post(f"{at}/import", files={"file": ("r.csv", raw, "text/csv")})


async def kept():
    columns = [getattr(StandardResponse, name) for name in ("title", "shortcut", "folder", "body")]
    rows = await StandardResponse.select(*columns, StandardResponse.queue).order_by(
        StandardResponse.title
    )
    return [tuple(row.values()) for row in rows]


async def test_what_is_exported_comes_back_as_it_was(as_amy, sales, bob):
    risky = ["=1+1", "+1", "-1", "@SUM(A1)", "'=kept", "''-kept", "'plain", "=\nline", 'a;b,"c"']
    for number, text in enumerate(risky):
        line = text.partition("\n")[0]
        await a_response(f"{number}{line}", text, folder=line)
    await a_response("Größe", "Zwei\n\nAbsätze **fett**", shortcut="groesse", queue=sales)
    await a_response("Bob's", agent=bob)
    before = [row for row in await kept() if row[0] != "Bob's"]

    await a_response("Old", archived_at=now())
    answer = await as_amy.get(f"{SHARED}/export")
    await StandardResponse.delete(force=True)
    imported = await sends(as_amy, answer.content)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert f"Imported: {len(before)} new, 0 changed, 0 as they were." in imported.text
    assert await kept() == before
    again = await sends(as_amy, answer.content)
    assert f"Imported: 0 new, 0 changed, {len(before)} as they were." in again.text


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
async def test_no_cell_is_a_formula(as_amy, start):
    await a_response(f"{start}cmd|' /C calc'!A0", f"{start}1", folder=f"{start}2")

    text = (await as_amy.get(f"{SHARED}/export")).text

    cells = text.splitlines()[1].split(",")
    assert all(not cell.strip('"').startswith(start) for cell in cells)


async def test_a_line_changes_what_has_its_title_and_adds_the_rest(as_amy, sales):
    await a_response("Refund", "Old words", folder="Money")
    await a_response("Gone", "Old words", archived_at=now())
    content = (
        "\ufeffTitle;Folder;Queue;Body;Shortcut\r\n"
        "refund;Money;;New words;/Refund\r\n"
        'Gone;;;"Two\r\nlines";\r\n'
        ";;;;\r\n"
        "Hello;;SALES;Hello;\r\n"
    )

    answer = await sends(as_amy, content)

    assert "Imported: 1 new, 2 changed, 0 as they were." in answer.text
    assert await kept() == [
        ("Gone", "", "", "Two\nlines", None),
        ("Hello", "", "", "Hello", sales.id),
        ("refund", "refund", "Money", "New words", None),
    ]
    assert not await StandardResponse.exists().where(StandardResponse.archived_at.is_not_null())
    actions = (
        await AuditEntry.select(AuditEntry.action).order_by(AuditEntry.id).output(as_list=True)
    )
    assert actions == ["changed", "changed", "restored", "created"]


async def test_wrong_lines_are_told_and_nothing_is_taken_in(as_amy):
    await a_response("Refund", shortcut="money")
    content = (
        "title,body,shortcut,queue\n"
        "Fine,Fine,,\n"
        ',"No\ntitle",,\n'
        "No queue,Text,,Nowhere\n"
        "fine,Again,,\n"
        "Taken,Text,money,\n"
        "Short\n"
    )

    answer = await sends(as_amy, content)

    assert answer.status_code == 422
    for told in (
        "<strong>Line 3</strong> Enter a title.",
        "<strong>Line 5</strong> There is no queue “Nowhere” to choose here.",
        "<strong>Line 8</strong> This line has another number of columns than the first.",
    ):
        assert told in answer.text
    assert await StandardResponse.count() == 1
    again = await sends(as_amy, "title,body,shortcut\nFine,Fine,\nfine,Again,\nTaken,Text,money\n")
    assert "<strong>Line 3</strong> The same title and folder as in line 2." in again.text
    assert "<strong>Line 4</strong> The response “Refund” has this shortcut already." in again.text
    assert await StandardResponse.count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first line names the columns"),
        (b"title,text\nA,B\n", "The first line names the columns"),
        (b"title,title,body\nA,A,B\n", "The first line names the columns"),
        (b"title,body\n", "There is no response in this file."),
        (b"title,body\nCaf\xe9,B\n", "The file is not in UTF-8."),
        (b'title,body\nA,"B\n', "Line 2 cannot be read"),
        (b"title,body\nA," + b"x" * 140_000, "Line 2 cannot be read"),
        (b"title,body\n" + b"A,B\n" * 2001, "A file has at most 2000 responses."),
        (b"x" * (files.LARGEST_FILE + 1), "The file is too large: at most 1 MB."),
    ],
)
async def test_a_file_that_is_none_is_refused_in_words(as_amy, content, sentence):
    answer = await sends(as_amy, content)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert await StandardResponse.count() == 0


async def test_no_file_and_far_too_much_are_refused(as_amy):
    nothing = await as_amy.post(f"{SHARED}/import", files={"other": ("r.csv", b"", "text/csv")})
    much = await sends(as_amy, b"x" * (3 * files.LARGEST_FILE))
    form = await as_amy.post(f"{SHARED}/import", data={"file": "title,body"})

    assert nothing.status_code == 422
    assert much.status_code == 413
    assert form.status_code in {400, 422}


async def test_an_agent_takes_in_their_own_and_names_no_queue(as_bob, bob, sales):
    refused = await sends(as_bob, "title,queue,body\nHello,Sales,Hello\n", OWN)
    taken = await sends(as_bob, "title,queue,body\nHello,,Hello\n", OWN)

    assert refused.status_code == 422
    assert taken.status_code == 200
    made = await StandardResponse.objects().first()
    assert made.agent == bob.id
    assert "Hello" in (await as_bob.get(f"{OWN}/export")).text
