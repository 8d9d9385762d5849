"""What can go wrong for a person; web/errors.py turns each into a page or a fragment."""

from typing import Any

from app.languages import N_, shown


class Problem(Exception):
    """A refusal in words a person understands, translated when they are shown."""

    status = 400
    title: str = N_("That did not work")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text

    @property
    def text(self) -> str:
        """What happened, what is kept, what to do."""
        return self._text


class NotSignedIn(Problem):
    """No valid session or visitor's token."""

    status = 401
    title = N_("Please sign in")

    def __init__(self, text: str = N_("You have been signed out. Sign in again.")) -> None:
        super().__init__(text)


class Forbidden(Problem):
    """Signed in, but not for this; also a write from another site."""

    status = 403
    title = N_("Not allowed")


class NotFound(Problem):
    """Unknown, or not theirs to see: the same answer for both."""

    status = 404
    title = N_("Not found")

    def __init__(self, text: str = N_("There is nothing here, or it is not yours to see.")) -> None:
        super().__init__(text)


class Refused(Problem):
    """The state does not allow it."""

    status = 409
    title = N_("Not possible now")


class TooMany(Problem):
    """A limit was reached; `retry_after` is in whole seconds."""

    status = 429
    title = N_("A little slower, please")

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Invalid(Problem):
    """A form is wrong: a sentence per field, with the values kept for the same form."""

    status = 422
    title = N_("Please check what you entered")

    def __init__(self, errors: dict[str, str], values: dict[str, Any] | None = None) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors
        self.values = values or {}

    @property
    def text(self) -> str:
        """What is wrong with each field."""
        return " ".join(shown(one) for one in self.errors.values())
