"""What agents choose."""

from dataclasses import dataclass


@dataclass
class AvailabilityForm:
    """The name of a status."""

    status: str = ""


@dataclass
class LanguageForm:
    """The code of a language; empty for the browser's own."""

    language: str = ""
