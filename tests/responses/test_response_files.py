"""Files that come with a response: kept on its page, and offered where it is inserted."""

import pytest

from app.attachments import service as attachments
from app.responses.tables import ResponseFile
from tests.builders import a_response, an_interaction
from tests.databases import ON_SQLITE

OWN = "/workspace/responses"
TEXT = b"Opening hours: 9 to 6.\n"
pytestmark = ON_SQLITE


@pytest.fixture
async def mine(bob):
    return await a_response("Hours", agent=bob)


async def upload(somebody, response, name="hours.txt", content=TEXT, number="u" * 32):
    return await somebody.put(
        f"{OWN}/{response.id}/uploads/{number}?name={name}",
        content=content,
        headers={"Content-Type": "text/plain"},
    )


async def test_a_file_is_kept_and_offered_with_its_response(as_bob, bob, vic, mine):
    chat = await an_interaction(vic, state="active", agent=bob)

    answers = [await upload(as_bob, mine) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    file = await ResponseFile.objects().first()
    assert await ResponseFile.count() == 1
    picker = await as_bob.get(f"/workspace/interactions/{chat.id}/responses")
    assert f'data-file="/workspace/response-files/{file.id}" data-name="hours.txt"' in picker.text
    sent = await as_bob.get(f"/workspace/response-files/{file.id}")
    assert sent.content == TEXT
    assert sent.headers["content-disposition"].startswith('attachment; filename="hours.txt"')
    assert "hours.txt" in (await as_bob.get(f"{OWN}/{mine.id}")).text


async def test_a_removed_file_is_gone_and_others_are_not_swept(app, as_bob, mine, clock):
    await upload(as_bob, mine)
    await upload(as_bob, mine, name="more.txt", number="v" * 32)
    first, second = await ResponseFile.objects().order_by(ResponseFile.id)

    answer = await as_bob.post(f"{OWN}/{mine.id}/files/{first.id}/removal")
    clock.forward(2 * 3600)
    await attachments.remove_lost(app.state.storage, app.state.settings)

    assert answer.status_code == 200
    assert "hours.txt" not in answer.text
    assert (await as_bob.get(f"/workspace/response-files/{first.id}")).status_code == 404
    assert (await as_bob.get(f"/workspace/response-files/{second.id}")).content == TEXT


async def test_a_strangers_file_is_not_found(as_bob, as_eve, as_ada, as_nobody, mine):
    await upload(as_bob, mine)
    file = await ResponseFile.objects().first()

    for one in (as_eve, as_ada):
        assert (await one.get(f"/workspace/response-files/{file.id}")).status_code == 404
        assert (await upload(one, mine, number="w" * 32)).status_code == 404
        gone = await one.post(f"{OWN}/{mine.id}/files/{file.id}/removal")
        assert gone.status_code == 404
    assert (await as_nobody.get(f"/workspace/response-files/{file.id}")).status_code == 401
    assert await ResponseFile.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("page.html", b"<script>", 415),
        ("picture.png", TEXT, 415),
        ("none", TEXT, 415),
    ],
)
async def test_what_could_not_be_sent_is_not_kept(as_bob, mine, name, content, status):
    answer = await as_bob.put(
        f"{OWN}/{mine.id}/uploads/{'u' * 32}?name={name}", content=content, headers={}
    )

    assert answer.status_code == status
    assert await ResponseFile.count() == 0


async def test_a_response_has_at_most_five(as_bob, mine):
    answers = [await upload(as_bob, mine, number=f"{n}" * 32) for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [409]
    assert "at most 5 files" in answers[5].text


@pytest.mark.settings(limit_uploads=2)
async def test_many_files_in_a_minute_are_too_many(as_bob, mine):
    answers = [await upload(as_bob, mine, number=f"{n}" * 32) for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
