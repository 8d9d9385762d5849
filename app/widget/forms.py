"""What visitors send."""

from dataclasses import dataclass, field

from app.attachments.forms import checked_uploads
from app.contacts.names import cleaned
from app.contacts.service import Details, email_error, name_error, phone_error
from app.interactions.forms import body_error, checked_nonce, is_nonce, visible
from app.interactions.ratings import LONGEST_COMMENT, SCALE
from app.languages import N_
from app.problems import Invalid
from app.realtime.presence import HERE, HIDDEN
from app.widget.queries import WidgetView

PRESENCES = {"here": HERE, "hidden": HIDDEN}


@dataclass
class VisitorMessageForm:
    """A visitor's message, with who they are when the widget asks."""

    body: str = ""
    nonce: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    offline: str = ""
    page_title: str = ""
    page_url: str = ""
    attachment: list[str] | str = field(default_factory=list)

    @property
    def uploads(self) -> tuple[str, ...]:
        """The files that were uploaded for it before."""
        return checked_uploads(self.attachment)

    @property
    def own_nonce(self) -> str:
        """The nonce, if it is one; it is checked once it is known what else is wrong."""
        return self.nonce if is_nonce(self.nonce) else ""

    @property
    def is_offline(self) -> bool:
        """Whether it is left while nobody is there, to be answered later."""
        return self.offline == "true"

    async def checked(self, first: WidgetView | None, *, longest: int) -> tuple[str, str, Details]:
        """Body, nonce and details; every fault is told beside its field, and nothing is lost.

        `first` is the widget, with what it asks, when this message begins a chat.
        """
        details = Details()
        errors = {"body": body_error(self.body, longest, has_files=bool(self.uploads))}
        if first:
            phone = cleaned(self.phone) if first.ask_phone != "no" else ""
            details = Details(name=cleaned(self.name), email=self.email.strip(), phone=phone)
            errors["name"] = _missing(
                first.ask_name, details.name, N_("Enter your name.")
            ) or await name_error(details.name)
            errors["email"] = _missing(
                first.ask_email, details.email, N_("Enter your e-mail address.")
            ) or email_error(details.email)
            errors["phone"] = _missing(
                first.ask_phone, details.phone, N_("Enter your phone number.")
            ) or phone_error(details.phone)
        found = {name: text for name, text in errors.items() if text}
        if found:
            values = {"name": self.name, "email": self.email, "phone": self.phone}
            raise Invalid(found, {**values, "body": self.body})
        return visible(self.body), checked_nonce(self.nonce), details


@dataclass
class PresenceForm:
    """Whether the visitor looks at the chat."""

    state: str = ""

    def checked(self) -> int:
        """The state as presence has it."""
        if self.state not in PRESENCES:
            raise Invalid({"state": N_("A visitor's page is here or hidden.")})
        return PRESENCES[self.state]


@dataclass
class RatingForm:
    """How the visitor found the chat."""

    score: str = ""
    comment: str = ""

    def checked(self) -> tuple[int, str]:
        """Score and comment; what is wrong is told in the form, with the comment kept."""
        errors: dict[str, str] = {}
        if self.score not in {str(score) for score in SCALE}:
            errors["score"] = N_("Choose a number from 1 to 5.")
        comment = visible(self.comment).strip()
        if len(comment) > LONGEST_COMMENT:
            errors["comment"] = N_("Use at most {count} characters.", count=f"{LONGEST_COMMENT:,}")
        if errors:
            raise Invalid(errors, {"score": self.score, "comment": self.comment})
        return int(self.score), comment


@dataclass
class PageForm:
    """The page around the chat, as the site names it."""

    title: str = ""
    url: str = ""


def _missing(how: str, value: str, sentence: str) -> str:
    return sentence if how == "required" and not value else ""
