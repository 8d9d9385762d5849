"""What is entered about a response, in a form or in a line of a file."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from app.administration.fields import Fields
from app.administration.responses.shelves import Shelf
from app.contacts.names import likeness
from app.languages import N_
from app.responses.search import folded, words_of

LONGEST_TITLE, LONGEST_SHORTCUT, LONGEST_FOLDER, LONGEST_BODY = 80, 40, 60, 8000
SHORTCUT = re.compile(r"[^\W_][\w-]*")


@dataclass(frozen=True, slots=True)
class ResponseForm:
    """A response as it is entered; without `queue` it is for `agent`, or for everybody."""

    title: str
    shortcut: str
    folder: str
    body: str
    queue: int | None
    agent: int | None

    @property
    def key(self) -> tuple[Any, ...]:
        """What two responses must not have in common."""
        return self.queue, self.agent, likeness(self.folder), likeness(self.title)

    @property
    def audience(self) -> tuple[int | None, int | None]:
        """Whom it is for."""
        return self.queue, self.agent

    def columns(self) -> dict[str, Any]:
        """Every column that follows from what was entered."""
        return {
            "title": self.title,
            "shortcut": self.shortcut,
            "folder": self.folder,
            "body": self.body,
            "queue": self.queue,
            "agent": self.agent,
            "title_words": folded(self.title),
            "words": words_of(
                title=self.title, shortcut=self.shortcut, folder=self.folder, body=self.body
            ),
        }


def read(fields: Fields, shelf: Shelf, queues: dict[int, str]) -> ResponseForm:
    """What a form entered for this shelf; what is wrong is noted in the fields."""
    queue = fields.one_of("queue", queues)
    return ResponseForm(
        title=fields.line("title", LONGEST_TITLE, missing=N_("Enter a title.")),
        shortcut=shortcut(fields),
        folder=fields.line("folder", LONGEST_FOLDER),
        body=fields.words("body", LONGEST_BODY, missing=N_("Write the text of the response.")),
        queue=queue,
        agent=None if queue else shelf.owner,
    )


def shortcut(fields: Fields) -> str:
    """What is typed after a slash: one word without case, with or without the slash itself."""
    typed = fields.line("shortcut", LONGEST_SHORTCUT + 1).removeprefix("/")
    value = unicodedata.normalize("NFC", typed.casefold())
    if value and not SHORTCUT.fullmatch(value):
        fields.wrong("shortcut", N_("Use one word of letters, digits and hyphens, such as refund."))
    elif len(value) > LONGEST_SHORTCUT:
        fields.wrong("shortcut", N_("Use at most {longest} characters.", longest=LONGEST_SHORTCUT))
    return value
