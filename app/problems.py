"""What can go wrong for a person; web/errors.py turns each into a page or a fragment."""

from typing import Any


class Problem(Exception):
    """A refusal in words a person understands."""

    status = 400
    title = "That did not work"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotSignedIn(Problem):
    """No valid session or visitor's token."""

    status = 401
    title = "Please sign in"

    def __init__(self, text: str = "You have been signed out. Sign in again.") -> None:
        super().__init__(text)


class Forbidden(Problem):
    """Signed in, but not for this; also a write from another site."""

    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """Unknown, or not theirs to see: the same answer for both."""

    status = 404
    title = "Not found"

    def __init__(self, text: str = "There is nothing here, or it is not yours to see.") -> None:
        super().__init__(text)


class Refused(Problem):
    """The state does not allow it."""

    status = 409
    title = "Not possible now"


class TooMany(Problem):
    """A limit was reached; `retry_after` is in whole seconds."""

    status = 429
    title = "A little slower, please"

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Invalid(Problem):
    """A form is wrong: a sentence per field, with the values kept for the same form."""

    status = 422
    title = "Please check what you entered"

    def __init__(self, errors: dict[str, str], values: dict[str, Any] | None = None) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors
        self.values = values or {}
