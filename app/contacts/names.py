"""What a contact may be called, and how people are shown."""

import re
import unicodedata
from dataclasses import dataclass

# A contact's number is C-<this + id>; it stands for a contact without a name.
FIRST_NUMBER = 1000
HUES = (20, 75, 150, 200, 262, 300)
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# One plain spelling: neither encoded words, comments and groups, which a header would read
# as other or more addresses, nor quotes. In a domain \w is a letter or digit of any script.
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/^_{|}~-]{1,64}@(?!.*_)[\w.-]{1,190}\.[\w-]{2,60}")
# Names of the system itself; a visitor who used them could speak for us.
OURS = {"system", "parley", "agent", "support", "admin", "supervisor"}


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody is shown: name, two letters and a colour; no letters means a glyph.

    `picture` is the address of one to show instead of the letters, if there is one.
    """

    name: str
    initials: str
    hue: int
    picture: str = ""


def person(name: str, number: int, picture: str | None = "") -> Person:
    """How somebody with this name is shown; the colour follows from their number.

    `picture` is the digest of an agent's picture.
    """
    url = f"/pictures/{picture}" if picture else ""
    return Person(name, initials(name), HUES[number % len(HUES)], url)


def contact_number(contact_id: int) -> str:
    """The number that stands for a contact, such as C-1042."""
    return f"C-{FIRST_NUMBER + contact_id}"


def initials(name: str) -> str:
    """Two letters: of the first and the last word, digits of a last word included."""
    words = [word for word in re.split(r"[\s.]+", name) if word]
    letters = [words[0][0], words[-1][0] if len(words) > 1 else ""] if words else []
    return "".join(letters).upper()


def cleaned(name: str) -> str:
    """The name on one line, composed, without hidden or reordering characters."""
    composed = unicodedata.normalize("NFC", name)
    shown = "".join(" " if char.isspace() else char for char in composed)
    shown = "".join(char for char in shown if unicodedata.category(char) not in HIDDEN)
    return " ".join(shown.split())


def likeness(name: str) -> str:
    """What two names that look the same have in common."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in folded if char.isalnum())


def is_email(text: str) -> bool:
    """Whether this can be an address; only a delivered message would prove it."""
    plain = text.isprintable() and unicodedata.is_normalized("NFKC", text)
    return plain and EMAIL.fullmatch(text) is not None
