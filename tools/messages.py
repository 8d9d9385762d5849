"""Brings the catalogues in app/locale up to date with the sentences of the sources.

    python tools/messages.py        extract, update every catalogue, say what is not translated
    python tools/messages.py new    print the sentences without a translation, and nothing else

Sentences are marked: `{{ _("…") }}` and `{% trans %}` in templates, `_("…")`, `N_("…")` and
`counted("…", "…", n)` in Python, `parley.word("…")` and `parley.counted("…", "…", n)` in scripts.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.languages import LANGUAGES, SOURCE, path_of

ROOT = Path(__file__).parents[1]
METHODS = [
    ("app/migrations/**", "ignore"),
    ("app/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("static/js/**.js", "javascript"),
]
OPTIONS = {
    "templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"},
    "templates/**.txt": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"},
}
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "counted": (1, 2),
    "word": None,
}
# Nobody's name and no date: a file written twice is the same file.
NOT_OURS = ('"Report-', '"PO-Revision', '"Last-Translator', '"Language-Team', '"Generated-By')
ONCE = datetime(2026, 11, 24, tzinfo=UTC)


def extracted() -> Catalog:
    """Every sentence of the sources, with the files in which it stands."""
    made = Catalog(project="Parley", version="", creation_date=ONCE, charset="utf-8")
    for folder in ("app", "templates", "static/js"):
        for file, _, message, comments, context in extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), how) for pattern, how in METHODS],
            options_map={k.removeprefix(f"{folder}/"): v for k, v in OPTIONS.items()},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
        ):
            where = [(f"{folder}/{file}", 0)]
            made.add(message, None, where, auto_comments=comments, context=context)
    return made


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is in its file."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, template: Catalog) -> Catalog:
    """The catalogue with what the sources say now; what they no longer say is dropped."""
    found = catalogue(language)
    found.update(template, no_fuzzy_matching=True, update_creation_date=False)
    found.obsolete.clear()
    return found


def missing(found: Catalog) -> list[str]:
    """The sentences that have no translation, or a doubtful one."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in found
        if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]


def write(language: str, found: Catalog) -> None:
    """The catalogue's file: sorted, with files and no line numbers, so that changes stay small."""
    written = BytesIO()
    write_po(
        written, found, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True
    )
    lines = written.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(NOT_OURS)]
    path_of(language).write_text("".join(kept), encoding="utf-8")


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def main() -> None:
    """The command."""
    template = extracted()
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        found = updated(language, template)
        if "new" in sys.argv[1:]:
            print("\n".join(f"{language}: {text}" for text in missing(found)))
            continue
        write(language, found)
        print(f"{LANGUAGES[language]}: {len(found)} sentences, {len(missing(found))} to translate")


if __name__ == "__main__":
    main()
