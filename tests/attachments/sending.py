"""How the tests upload and send files."""

import itertools

from tests.attachments.samples import SAMPLES, TYPES
from tests.builders import a_nonce

_numbers = itertools.count(1)


def an_upload_id():
    """An id that a page could have chosen."""
    return f"upload-{next(_numbers):018}"


async def upload(somebody, base, *, name="lamp.png", content=None, declared=None, upload_id=None):
    """The answer to an upload; `base` is /widget/shop, or /workspace with ?interaction=…"""
    ending = name.rpartition(".")[2].lower()
    path, _, query = base.partition("?")
    return await somebody.put(
        f"{path}/uploads/{upload_id or an_upload_id()}",
        params={**dict(pair.split("=") for pair in query.split("&") if pair), "name": name},
        content=SAMPLES.get(ending, b"x") if content is None else content,
        headers={"Content-Type": TYPES.get(ending, "") if declared is None else declared},
    )


async def uploaded(somebody, base, **file):
    """The id of a file that was taken."""
    upload_id = an_upload_id()
    answer = await upload(somebody, base, upload_id=upload_id, **file)
    assert answer.status_code == 200, answer.text
    return upload_id


async def send(somebody, url, *uploads, body="", nonce=None):
    """The answer to a message with these uploads."""
    form = {"body": body, "nonce": nonce or a_nonce(), "attachment": list(uploads)}
    return await somebody.post(url, data=form)


def stored_files(settings):
    """Every file in the data folder but the database's."""
    return sorted(
        path
        for folder in ("files", "uploads")
        for path in (settings.data / folder).rglob("*")
        if path.is_file()
    )
