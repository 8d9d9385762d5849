"""The catalogues: complete, in step with the sources, and safe to show."""

import ast
import re
from functools import cache

import pytest
from babel import Locale

from app.languages import LANGUAGES, SOURCE, catalogue, path_of, words_of_scripts
from app.web.templates import TEMPLATES
from tools import messages

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
FOR_VISITORS = ("templates/widget/", "templates/shared/", "static/js/widget", "app/widget/")
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}|%%|</?[a-z-]+[^>]*>")
JINJA = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
SPOKEN = re.compile(r'\s(?:aria-label|placeholder|title|alt|data-label|data-placeholder)="([^"]*)"')
# Libraries of macros, half of which are attributes and drawings.
MACROS = {"forms.html", "glyphs.html"}
STYLES = TEMPLATES.parent / "static/css"
WORDS_IN_STYLE = re.compile(r"(?:content|--\w+):[^;\n]*counter[^;\n]*\"[^\"\n]*[A-Za-z]{2}[^;\n]*")
# Names of things, keys and code are the same in every language.
SAME = re.compile(
    r"<(script|style|code|kbd)\b.*?</\1>|&lt;script.*?/script&gt;"
    r"|\{% block shape %\}.*?\{% endblock %\}|\bParley\b",
    re.DOTALL,
)


WORD = re.compile(r"[^\W\d_]+")
NOT_A_NAME = 3  # words


@cache
def sources():
    return messages.extracted()


def sentences(language):
    """Every sentence as (English forms, translated forms, where)."""
    for one in messages.catalogue(language):
        if one.id:
            ours = one.id if isinstance(one.id, tuple) else (one.id,)
            theirs = one.string if isinstance(one.string, tuple) else (one.string,)
            yield one, ours, theirs


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_just_the_sentences_of_the_sources(language):
    ours = {one.id for one in messages.catalogue(language) if one.id}
    there = {one.id for one in sources() if one.id}

    assert there - ours == set(), "new in the sources: run `make messages` and translate"
    assert ours - there == set(), "no longer in the sources: run `make messages`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language):
    assert messages.missing(messages.catalogue(language)) == []


def test_a_visitors_sentence_without_a_translation_would_be_noticed():
    german = messages.catalogue("de")
    theirs = [one for one in german if one.id and seen_by_visitors(one)]
    assert len(theirs) > 60
    first = next(one for one in theirs if isinstance(one.id, str))

    first.string = ""

    assert first.id in messages.missing(german)


def seen_by_visitors(sentence):
    return any(where.startswith(FOR_VISITORS) for where, _ in sentence.locations)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_places_and_the_markup_of_the_english(language):
    wrong = [
        (ours, form)
        for _, ours, theirs in sentences(language)
        for form in theirs
        if set(PLACE.findall(form)) - set(PLACE.findall("".join(ours)))
        or set(PLACE.findall(ours[-1])) - set(PLACE.findall(theirs[-1]))
        or any(PLACE.findall(one) and "<" in one and "<" not in form for one in ours)
    ]

    assert wrong == []


def test_no_language_speaks_another():
    """What is the same in three languages was filled in from the wrong one; two may be related."""
    heard = {}
    for language in TRANSLATED:
        for one, _, theirs in sentences(language):
            for form in {
                form for form in theirs if len(WORD.findall(PLACE.sub("", form))) >= NOT_A_NAME
            }:
                heard.setdefault((one.id, form), []).append(language)

    assert {said[1]: spoken for said, spoken in heard.items() if len(spoken) > 2} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_cannot_break_out_of_an_attribute(language):
    bare = [form for *_, theirs in sentences(language) for form in theirs if "<" not in form]

    assert [form for form in bare if set('"&>') & set(form)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_counts_have_the_forms_that_the_language_has(language):
    """gettext on the server and Intl.PluralRules in the browser choose the same form."""
    names = list(words_of_scripts(language, frozenset({"js/widget.js"}))["{count} unread message"])
    plural = catalogue(language).plural
    rule = Locale(language).plural_form

    for count in [*range(120), 1000, 1_000_000]:
        expected = rule(count) if rule(count) in names else "other"
        assert names[plural(count)] == expected, count


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_glossary_stands_at_the_top(language):
    assert "interaction" in path_of(language).read_text(encoding="utf-8").split("msgid", 1)[0]


@pytest.mark.parametrize(
    "folder", [p.name for p in sorted(TEMPLATES.iterdir()) if p.name != "demo"]
)
def test_templates_say_nothing_in_bare_english(folder):
    found = {
        path.name: bare
        for path in sorted((TEMPLATES / folder).rglob("*.html"))
        if path.name not in MACROS and (bare := bare_english(path.read_text()))
    }

    assert found == {}


def bare_english(template):
    """Words between tags, and in attributes that are read out, outside of `_()` and `trans`."""
    text = JINJA.sub("\x00", SAME.sub("", template))
    said = " ".join([*re.split(r"<[^>]*>", text), *SPOKEN.findall(text)])
    return sorted(set(re.findall(r"[A-Za-z]{3,}", re.sub(r"&\w+;", "", said))))


REFUSALS = {"Refused", "Forbidden", "NotFound", "NotSignedIn", "TooMany", "Invalid", "Problem"}


def test_refusals_say_marked_words():
    """A sentence for people in an exception is marked, so that they read it in their language."""
    bare = [
        f"{path.relative_to(messages.ROOT)}:{text.lineno}: {text.value}"
        for path in sorted((messages.ROOT / "app").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in REFUSALS
        for text in unmarked(call)
        if " " in text.value
    ]

    assert bare == []


def unmarked(call):
    """The literal texts of a call that stand in it outside of N_() and other calls."""
    waiting = [*call.args, *(one.value for one in call.keywords)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        elif not isinstance(node, ast.Call):
            waiting += ast.iter_child_nodes(node)


def test_style_sheets_say_nothing_in_bare_english():
    sheets = [one for one in STYLES.rglob("*.css") if one.name != "shop.css"]

    said = [line for one in sheets for line in WORDS_IN_STYLE.findall(one.read_text())]

    assert sheets
    assert said == []
