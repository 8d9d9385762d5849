"""What pages say about uploads."""

import re

from app.attachments.service import MOST
from app.languages import N_
from app.problems import Invalid, NotFound

UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")


def checked_upload_id(upload_id: str) -> str:
    """The id, if it is one: the page chose it, long enough that nobody guesses it."""
    if not UPLOAD_ID.fullmatch(upload_id):
        raise NotFound
    return upload_id


def checked_uploads(attachment: list[str] | str) -> tuple[str, ...]:
    """The ids of a message's `attachment` fields, of which there may be one, many or none."""
    given = [attachment] if isinstance(attachment, str) else attachment
    uploads = tuple(dict.fromkeys(one for one in given if one))
    if len(uploads) > MOST:
        raise Invalid({"attachment": N_("A message has at most {count} files.", count=MOST)})
    return tuple(checked_upload_id(one) for one in uploads)
