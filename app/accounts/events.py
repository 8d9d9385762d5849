"""Facts about sessions, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is no longer valid; its streams must end."""

    session: int
    agent: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An agent has a new session."""

    agent: int
