"""A user agent and a language header in words for people."""

import re

from babel import Locale

from app.languages import current, joined

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)

# Letters of a language's code; longer ones in Babel's list are no languages that browsers ask for.
CODE = (2, 3)


def browser_in_words(user_agent: str) -> str:
    """Such as "Firefox 137, macOS"; empty when nothing is recognised."""
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    for sign, name in BROWSERS:
        found = re.search(rf"\b{sign}/(\d{{1,4}})", user_agent)
        if found:
            return ", ".join(part for part in (f"{name} {found.group(1)}", system) if part)
    return system


def languages_in_words(header: str) -> str:
    """Such as "Swedish, English", in the visitor's order and in our reader's language."""
    codes = [part.split(";")[0].strip().split("-")[0].lower() for part in header.split(",")[:6]]
    names = Locale(current()).languages
    return joined(
        names[code] for code in dict.fromkeys(codes) if len(code) in CODE and code in names
    )
