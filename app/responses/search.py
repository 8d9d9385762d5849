"""What a search for standard responses compares: text without case, accents and layout."""

import unicodedata

MOST_WORDS = 8
LONGEST_QUERY = 100


def folded(text: str) -> str:
    """The text without case and accents, with single spaces."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in parts if not unicodedata.combining(char))
    return " ".join(bare.replace("\0", " ").split())


def words_of(*, title: str, shortcut: str, folder: str, body: str) -> str:
    """Everything of a response that a search looks in."""
    return folded(f"{title}\n{shortcut}\n{folder}\n{body}")


def containing(text: str) -> str:
    """A LIKE pattern, escaped with `!`, for what contains this text."""
    return f"%{_escaped(text)}%"


def beginning(text: str) -> str:
    """A LIKE pattern, escaped with `!`, for what begins with this text."""
    return f"{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
