"""What visitors send."""

from dataclasses import dataclass

from app.contacts.names import cleaned
from app.contacts.service import Details, email_error, name_error
from app.interactions.forms import body_error, checked_nonce, visible
from app.problems import Invalid
from app.widget.queries import WidgetView


@dataclass
class VisitorMessageForm:
    """A visitor's message, with who they are when the widget asks."""

    body: str = ""
    nonce: str = ""
    name: str = ""
    email: str = ""
    page_title: str = ""
    page_url: str = ""

    async def checked(self, first: WidgetView | None, *, longest: int) -> tuple[str, str, Details]:
        """Body, nonce and details; every fault is told beside its field, and nothing is lost.

        `first` is the widget, with what it asks, when this message begins a chat.
        """
        details = Details()
        errors = {"body": body_error(self.body, longest)}
        if first:
            details = Details(name=cleaned(self.name), email=self.email.strip())
            errors["name"] = _missing(
                first.ask_name, details.name, "Enter your name."
            ) or await name_error(details.name)
            errors["email"] = _missing(
                first.ask_email, details.email, "Enter your e-mail address."
            ) or email_error(details.email)
        found = {name: text for name, text in errors.items() if text}
        if found:
            raise Invalid(found, {"name": self.name, "email": self.email, "body": self.body})
        return visible(self.body), checked_nonce(self.nonce), details


def _missing(how: str, value: str, sentence: str) -> str:
    return sentence if how == "required" and not value else ""
