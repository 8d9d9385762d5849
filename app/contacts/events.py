"""Facts about visitors, told after commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitorReplaced:
    """The browser belongs to somebody else now; the visitor's streams must end."""

    visitor: int


@dataclass(frozen=True, slots=True)
class VisitorRenewed:
    """The visitor's token is another one now; streams with the old one must end."""

    visitor: int
