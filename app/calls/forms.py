"""What the browsers of a call send."""

import json
import re
from dataclasses import dataclass

from app.languages import N_
from app.problems import Invalid

PAGE = re.compile(r"[A-Za-z0-9_-]{8,40}")
KINDS = {"offer", "answer", "candidate", "restart"}
LONGEST_SIGNAL = 32 * 1024
RELOAD = N_("The call's page is out of date. Reload it.")


@dataclass
class PageForm:
    """The page that takes part, by the random name it has given itself."""

    page: str = ""

    def checked(self) -> str:
        """The name, or Invalid."""
        if not PAGE.fullmatch(self.page):
            raise Invalid({"form": RELOAD})
        return self.page


@dataclass
class SignalForm:
    """An offer, answer, candidate or wish to begin anew, as JSON, of one round."""

    page: str = ""
    round: int = 0
    kind: str = ""
    body: str = ""

    def checked(self) -> tuple[str, str]:
        """Page and kind, or Invalid."""
        if self.kind not in KINDS or len(self.body) > LONGEST_SIGNAL or not _is_json(self.body):
            raise Invalid({"form": RELOAD})
        return PageForm(self.page).checked(), self.kind


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict) and "\x00" not in text
    except (ValueError, RecursionError):
        return False


@dataclass
class HoldForm:
    """Whether this side holds the call."""

    held: str = ""


@dataclass
class EndingForm:
    """Why the page ends it: "no_route" when the browsers found no way to each other."""

    how: str = ""
