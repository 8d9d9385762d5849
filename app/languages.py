"""Languages: which there are, what our words are in each, and in which one we speak right now."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"
# Each by the name that its speakers give it.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "ar": "العربية",
}
RIGHT_TO_LEFT = {"ar"}
MOST_PREFERENCES = 20
MORE_THAN_ONE = 2

_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def current() -> str:
    """The language in which we speak right now."""
    return _current.get()


def direction() -> str:
    """In which direction the current language is written."""
    return "rtl" if current() in RIGHT_TO_LEFT else "ltr"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language inside the block: a request's, or the one of whom a push is for."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def speak(language: str) -> None:
    """Speak this language for the rest of the request."""
    _current.set(language)


def negotiated(accept_language: str) -> str:
    """The first of our languages that an Accept-Language header asks for; else English."""
    wanted = [
        _preference(part)
        for part in accept_language.lower().split(",", MOST_PREFERENCES)[:MOST_PREFERENCES]
    ]
    ranked = sorted((one for one in wanted if one[0] > 0), key=lambda one: -one[0])
    return next((code for _, code in ranked if code in LANGUAGES), SOURCE)


def _preference(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    code = tag.strip().partition("-")[0]
    try:
        return (float(weight.strip().removeprefix("q=")) if weight else 1.0), code
    except ValueError:
        return 0.0, code


# Words.


class Words(str):
    """A sentence in English that becomes the reader's language where it is shown.

    `{name}` in it is filled with the value of that name, which may itself be Words.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        made = super().__new__(cls, _filled(template, values))
        made.template = template
        made.values = values
        return made

    def with_values(self, **values: Any) -> "Words":
        """The same sentence with these values."""
        return Words(self.template, **values)

    def __html__(self) -> Markup:
        """In the reader's language wherever a template, or markup, escapes it."""
        return escape(_(self.template, **self.values))


def N_(template: str, /, **values: Any) -> Words:  # noqa: N802 - gettext's own name
    """Mark a sentence for the catalogues; it is translated when somebody sees it."""
    return Words(template, **values)


def _(template: str, /, **values: Any) -> str:
    """The sentence in the current language, with the values filled in."""
    return _filled(catalogue(current()).gettext(template), values)


def counted(one: str, many: str, count: int, /, **values: Any) -> str:
    """The sentence for this count in the current language; `{count}` is the count."""
    text = catalogue(current()).ngettext(one, many, count)
    return _filled(text, {"count": count, **values})


def number(value: int) -> str:
    """A whole number with the language's own separators."""
    return format_decimal(value, locale=current())


def joined(words: Iterable[str]) -> str:
    """Words after each other, with commas of the language."""
    return _(", ").join(shown(one) for one in words)


def listed(names: Sequence[str]) -> str:
    """Names in one sentence: A, B and C."""
    if len(names) < MORE_THAN_ONE:
        return "".join(names)
    return _("{names} and {last}", names=joined(names[:-1]), last=names[-1])


def shown(text: Any) -> Any:
    """Words in the current language; anything else as it is."""
    return _(text.template, **text.values) if type(text) is Words else text


def _filled(text: str, values: dict[str, Any]) -> str:
    """The text with its places filled; values are never read as templates."""
    if not values:
        return text
    return text.format_map({name: shown(value) for name, value in values.items()})


# Catalogues.


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of a language, read when first spoken: it takes 0.1 s, once in each process."""
    if language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with path_of(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def path_of(language: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALE / language / "LC_MESSAGES" / "parley.po"


@cache
def words_of_scripts(language: str, scripts: frozenset[str]) -> dict[str, Any]:
    """What the scripts with these names under static/ say, in this language.

    A sentence with a count has its forms by the names that `Intl.PluralRules` gives them.
    """
    if language == SOURCE:
        return {}
    with path_of(language).open("rb") as file:
        messages = read_po(file, locale=language)
    return {
        _key(message): _said(message, language)
        for message in messages
        if message.id
        and message.string
        and scripts & {path.removeprefix("static/") for path, _ in message.locations}
    }


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _said(message: Message, language: str) -> Any:
    if not message.pluralizable:
        return message.string
    return dict(zip(_plural_names(language), message.string or (), strict=True))


def _plural_names(language: str) -> tuple[str, ...]:
    """The names of a language's plural forms, in the order of its catalogue."""
    if language == "ar":
        return ("zero", "one", "two", "few", "many", "other")
    return ("one", "other")
