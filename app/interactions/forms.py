"""What agents send, and what messages of both sides have in common."""

import re
from dataclasses import dataclass, field

from app.attachments.forms import checked_uploads
from app.interactions import formatting
from app.interactions.queries import wrap_up_code
from app.languages import N_, number
from app.problems import Invalid
from app.wrapup.tables import WrapUpCode

NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
NOTE_LENGTH = 2000


def body_error(body: str, longest: int, *, has_files: bool = False) -> str:
    """Why this text cannot be a message; empty when it can."""
    if not has_files and not formatting.has_words(body):
        return N_("Write a message first.")
    if len(body) > longest:
        return N_(
            "A message has at most {most} characters; this one has {count}.",
            most=number(longest),
            count=number(len(body)),
        )
    return ""


def visible(body: str) -> str:
    """The text as it is stored: line ends unified, unseen marks made visible."""
    return formatting.visible(body.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def is_nonce(text: str) -> bool:
    """Whether this can be a message's own number."""
    return NONCE.fullmatch(text) is not None


def checked_nonce(nonce: str) -> str:
    """The nonce, if it is one; a message without it could be stored twice."""
    if not is_nonce(nonce):
        raise Invalid({"form": N_("The message has no valid number of its own. Reload the page.")})
    return nonce


@dataclass
class MessageForm:
    """An agent's message: words, files that were uploaded before, or both."""

    body: str = ""
    nonce: str = ""
    attachment: list[str] | str = field(default_factory=list)

    def checked(self, longest: int) -> tuple[str, str, tuple[str, ...]]:
        """Body, nonce and uploads, or Invalid."""
        uploads = checked_uploads(self.attachment)
        error = body_error(self.body, longest, has_files=bool(uploads))
        if error:
            raise Invalid({"body": error})
        return visible(self.body), checked_nonce(self.nonce), uploads


@dataclass
class NoteForm:
    """An agent's internal note."""

    body: str = ""
    nonce: str = ""

    def checked(self) -> tuple[str, str]:
        """Body and nonce, or Invalid."""
        if not formatting.has_words(self.body):
            raise Invalid({"body": N_("Write a note first.")})
        if len(self.body) > NOTE_LENGTH:
            raise Invalid(
                {"body": N_("A note has at most {most} characters.", most=number(NOTE_LENGTH))},
                {"body": self.body},
            )
        return visible(self.body), checked_nonce(self.nonce)


@dataclass
class ArchiveForm:
    """The wrap-up code, by its id, and an optional note that only agents see."""

    wrap_up_code: str = ""
    note: str = ""

    async def checked(self) -> tuple[WrapUpCode, str]:
        """Code and note, or Invalid with what was entered."""
        code = await wrap_up_code(self.wrap_up_code)
        errors: dict[str, str] = {}
        if code is None:
            errors["wrap_up_code"] = N_("Choose a wrap-up code.")
        if len(self.note) > NOTE_LENGTH:
            errors["note"] = N_("Use at most {most} characters.", most=number(NOTE_LENGTH))
        if code is None or errors:
            raise Invalid(errors, {"wrap_up_code": self.wrap_up_code, "note": self.note})
        return code, visible(self.note)


@dataclass
class ReadForm:
    """How far somebody has read, and how far their browser has the log."""

    seq: int = 0
    delivered: int = 0
