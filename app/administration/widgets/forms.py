"""What an admin enters about a widget."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from app.administration.fields import Fields
from app.administration.widgets.sites import origins
from app.languages import N_
from app.widget.brand import parse
from app.widget.tables import ANONYMISE, DELETE, Widget

# Where lines end and begin: in languages that are written from the right it is the other way.
SIDES = {"end": N_("Right, or left in Arabic"), "start": N_("Left, or right in Arabic")}
ASKED = {"no": N_("Not asked"), "optional": N_("Optional"), "required": N_("Required")}
REMOVALS = {
    DELETE: N_("The whole chat"),
    ANONYMISE: N_("Words, files and person; numbers stay"),
}
LONGEST_KEPT = 3650
LONGEST_NAME, LONGEST_GREETING, LONGEST_TEXT, LONGEST_HINT, LONGEST_URL = 60, 120, 300, 80, 300


@dataclass(frozen=True, slots=True)
class WidgetForm:
    """The columns of a widget that its form sets; key and secret are not among them."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, fields: Fields, queues: dict[int, str], *, calls: bool) -> Self:
        """The form's values; what is wrong with them is noted in the fields.

        Without `calls` it does not ask whether voice calls are allowed, and leaves that as it is.
        """
        asked = {"calls": fields.yes("calls", N_("Choose yes or no."))} if calls else {}
        return cls(
            {
                "name": fields.line("name", LONGEST_NAME, missing=N_("Enter a name.")),
                "queue": fields.one_of("queue", queues, missing=N_("Choose a queue.")),
                "colour": _colour(fields),
                "side": fields.choice("side", SIDES, N_("Choose a side.")),
                "greeting": fields.line(
                    "greeting", LONGEST_GREETING, missing=N_("Enter a greeting.")
                ),
                "intro": fields.line("intro", LONGEST_TEXT),
                "answer_hint": fields.line("answer_hint", LONGEST_HINT),
                "closed_text": fields.line("closed_text", LONGEST_TEXT),
                "ask_name": fields.choice("ask_name", ASKED, N_("Choose whether to ask.")),
                "ask_email": fields.choice("ask_email", ASKED, N_("Choose whether to ask.")),
                "ask_phone": fields.choice("ask_phone", ASKED, N_("Choose whether to ask.")),
                "ask_rating": fields.yes("ask_rating", N_("Choose whether to ask.")),
                **asked,
                "keep_days": fields.number("keep_days", 1, LONGEST_KEPT, empty=0),
                "removal": fields.choice("removal", REMOVALS, N_("Choose what is removed.")),
                "privacy_url": _link(fields),
                "allowed_sites": " ".join(_sites(fields)),
            }
        )


def values_of(widget: Widget) -> dict[str, str]:
    """What the form shows of a widget."""
    return {
        "name": widget.name,
        "queue": str(widget.queue or ""),
        "colour": widget.colour,
        "side": widget.side,
        "greeting": widget.greeting,
        "intro": widget.intro,
        "answer_hint": widget.answer_hint,
        "closed_text": widget.closed_text,
        "ask_name": widget.ask_name,
        "ask_email": widget.ask_email,
        "ask_phone": widget.ask_phone,
        "ask_rating": "yes" if widget.ask_rating else "no",
        "calls": "yes" if widget.calls else "no",
        "keep_days": str(widget.keep_days or ""),
        "removal": widget.removal,
        "privacy_url": widget.privacy_url,
        "allowed_sites": "\n".join(widget.allowed_sites.split()),
    }


def _colour(fields: Fields) -> str:
    value = fields.first("colour").strip().lower()
    value = value if value.startswith("#") or not value else f"#{value}"
    try:
        return parse(value).css
    except ValueError as error:
        fields.wrong("colour", error.args[0])
        return value


def _sites(fields: Fields) -> list[str]:
    try:
        return origins(fields.first("allowed_sites"))
    except ValueError as error:
        fields.wrong("allowed_sites", error.args[0])
        return []


def _link(fields: Fields) -> str:
    value = fields.line("privacy_url", LONGEST_URL)
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or " " in value):
        fields.wrong(
            "privacy_url", N_("Enter a whole address that begins with https:// or http://")
        )
    return value
