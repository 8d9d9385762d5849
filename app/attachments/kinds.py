"""The kinds of files that people may send, and how each is named and recognised."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from app.attachments import content
from app.languages import N_
from app.problems import Problem

LISTED = "png, jpg, mp3, mp4, pdf, docx, txt, rtf, pages, csv, xlsx, numbers, pptx, key"
OFFICE = "application/vnd.openxmlformats-officedocument"
# What browsers declare when they do not know a type, and what they call any container of zip.
UNKNOWN = frozenset({"", "application/octet-stream"})
ZIPPED = frozenset({"application/zip", "application/x-zip-compressed"})
TEXT = frozenset({"text/plain"})


class NotAccepted(Problem):
    """A file that may not be sent, by its name or by what was declared."""

    status = 415
    title = N_("This file cannot be sent")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: the type that we serve it with, those that may be declared, its content."""

    name: str
    media_type: str
    recognises: Callable[[BinaryIO], bool]
    shown_as: str = "document"
    also_declared: frozenset[str] = field(default_factory=frozenset)
    also_named: frozenset[str] = field(default_factory=frozenset)

    def may_be_declared(self, declared: str) -> bool:
        """Whether a browser may call it so."""
        return declared in {self.media_type, *self.also_declared, *UNKNOWN}


KINDS = (
    Kind("png", "image/png", content.is_png, "image", frozenset({"image/x-png"})),
    Kind(
        "jpg",
        "image/jpeg",
        content.is_jpeg,
        "image",
        frozenset({"image/jpg", "image/pjpeg"}),
        frozenset({"jpeg"}),
    ),
    Kind(
        "mp3",
        "audio/mpeg",
        content.is_mp3,
        "audio",
        frozenset({"audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/x-mpeg"}),
    ),
    Kind("mp4", "video/mp4", content.is_mp4, "video", frozenset({"application/mp4", "audio/mp4"})),
    Kind("pdf", "application/pdf", content.is_pdf, also_declared=frozenset({"application/x-pdf"})),
    Kind(
        "docx",
        f"{OFFICE}.wordprocessingml.document",
        content.is_office("word/"),
        also_declared=ZIPPED,
    ),
    Kind("txt", "text/plain", content.is_text),
    Kind(
        "rtf",
        "application/rtf",
        content.is_rtf,
        also_declared=frozenset({"text/rtf", "application/x-rtf", "text/richtext"}),
    ),
    Kind(
        "pages",
        "application/vnd.apple.pages",
        content.is_pages,
        also_declared=ZIPPED | {"application/x-iwork-pages-sffpages"},
    ),
    Kind(
        "csv",
        "text/csv",
        content.is_text,
        also_declared=TEXT
        | {"application/csv", "text/x-csv", "text/comma-separated-values"}
        | {"application/vnd.ms-excel"},  # what Windows says where Excel is installed
    ),
    Kind(
        "xlsx",
        f"{OFFICE}.spreadsheetml.sheet",
        content.is_office("xl/"),
        also_declared=ZIPPED,
    ),
    Kind(
        "numbers",
        "application/vnd.apple.numbers",
        content.is_numbers,
        also_declared=ZIPPED | {"application/x-iwork-numbers-sffnumbers"},
    ),
    Kind(
        "pptx",
        f"{OFFICE}.presentationml.presentation",
        content.is_office("ppt/"),
        also_declared=ZIPPED,
    ),
    Kind(
        "key",
        "application/vnd.apple.keynote",
        content.is_keynote,
        also_declared=ZIPPED
        | {"application/x-iwork-keynote-sffkey", "application/pgp-keys"},  # by its ending
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
BY_ENDING = {ending: kind for kind in KINDS for ending in {kind.name, *kind.also_named}}
# What a browser's file chooser offers.
ACCEPT = ",".join(f".{ending}" for ending in BY_ENDING)


def kind_of(name: str, declared: str) -> Kind:
    """The kind that name and declared type agree on; NotAccepted when there is none."""
    kind = BY_ENDING.get(name.rpartition(".")[2].lower()) if "." in name else None
    if kind is None:
        raise NotAccepted(
            N_(
                "“{name}” is of a type that cannot be sent. You can send {types}.",
                name=name,
                types=LISTED,
            )
        )
    if not kind.may_be_declared(_essence(declared)):
        raise NotAccepted(
            N_("“{name}” is not what its ending says, so it was not sent.", name=name)
        )
    return kind


def _essence(declared: str) -> str:
    """The type without its parameters, such as a charset."""
    return re.split("[;,]", declared, maxsplit=1)[0].strip().lower()
