"""Jinja: one environment for pages, replies and pushes."""

from collections.abc import MutableMapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from app import languages
from app.moments import lasted
from app.web.assets import BUNDLES, asset, icon_source

# Icons that point along the line of reading turn with it; clocks, ticks and media do not.
TURNING = {
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "chevrons-left",
    "chevrons-right",
    "forward",
    "log-out",
    "panel-right-close",
    "panel-right-open",
    "reply",
    "send",
    "send-horizontal",
    "text-quote",
    "undo-2",
}
# With the day before the month, as the browser's scripts write it.
LOCALES = {"en": "en_GB"}
TEMPLATES = Path(__file__).parents[2] / "templates"


class _Code(CodeGenerator):
    """Templates that escape by `safe` what they put out, but for those with a hand of their own.

    Each gives its text as a whole: in Jinja every piece of it, and a page has four thousand, would
    go up through all the templates around it, one by one.
    """

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        if self._is_whole(frame):
            self.buffer(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:  # noqa: FBT001, FBT002 - Jinja's own
        if self._is_whole(frame):
            self.writeline(f"yield concat({frame.buffer})")
        super().leave_frame(frame, with_python_scope)

    def _is_whole(self, frame: Frame) -> bool:
        """A template or a block of one, but for one that only fills the blocks of another."""
        return frame.block_frame or (frame.rootlevel and not frame.require_output_check)

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.safe(")


def safe(value: Any) -> str:
    """What `escape` gives, without wrapping anew what is safe: half of all that is put out."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # its type has just been looked at
    if kind is languages.Words and not value.values:
        return _said(languages.current(), value.template)
    return str(value) if kind is int else escape(value)


@lru_cache(maxsize=4096)
def _said(language: str, template: str) -> Markup:
    return escape(languages.catalogue(language).gettext(template))


class _Environment(Environment):
    """Its templates share one dict of globals, which each rendering copies.

    Jinja's own chain of two takes ten times as long to copy, and more to compare.
    """

    code_generator_class = _Code
    safe = staticmethod(safe)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


@cache
def environment() -> Environment:
    """Strict about missing names, escaping everything, in the language we speak right now.

    `_("…")` and `{% trans %}` take `%(name)s` for values; Words are translated where they are
    escaped.
    """
    made = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's own
    made.globals.update(
        asset=lambda name: asset(name).url,
        icon=icon,
        glyph=glyph,
        languages=languages.LANGUAGES,
        language=languages.current,
        direction=languages.direction,
        script_words=script_words,
        _=translated,
        gettext=translated,
        ngettext=counted,
        pgettext=in_context,
    )
    made.filters.update(
        avatar=avatar,
        clock_glyphs=clock_glyphs,
        clock_time=clock_time,
        counting=counting,
        iso=iso,
        lasted=lasted,
        shortened=shortened,
        file_size=file_size,
        day=day,
        decimal=decimal,
    )
    return made


def render(template: str, /, **context: Any) -> str:
    """The template's text; its name is relative to templates/."""
    return _template(template).render(context)


@cache
def _template(name: str) -> Template:
    """The compiled template; one of plain text escapes nothing, so Words need a hand there."""
    is_text = name.endswith(".txt")
    kind = environment().overlay(finalize=languages.shown) if is_text else environment()
    return kind.get_template(name)


def compile_all() -> None:
    """Compile every template now, in about a second; else who comes first waits for it."""
    for name in environment().list_templates():
        _template(name)


def translated(text: str, /, **values: Any) -> Markup:
    """A sentence of a template in the current language; values are escaped."""
    language = languages.current()
    if not values:
        return _plain(language, text)
    return _filled(languages.catalogue(language).gettext(text), values)


@lru_cache(maxsize=4096)
def _plain(language: str, text: str) -> Markup:
    return _filled(languages.catalogue(language).gettext(text), {})


def counted(one: str, many: str, num: int, /, **values: Any) -> Markup:
    """A sentence with a count in the current language; `%(num)s` is the count."""
    text = languages.catalogue(languages.current()).ngettext(one, many, num)
    return _filled(text, {"num": num, **values})


def in_context(context: str, text: str, /, **values: Any) -> Markup:
    """A sentence that means something else in another context."""
    return _filled(languages.catalogue(languages.current()).pgettext(context, text), values)


def _filled(text: str, values: dict[str, Any]) -> Markup:
    # What stands in our templates and catalogues is ours, never user input.
    made = Markup(text)  # noqa: S704
    return made % {name: languages.shown(one) for name, one in values.items()}


def script_words(*bundles: str) -> Markup:
    """The words that the scripts of bundles say, for a page in another language than English."""
    language = languages.current()
    if language == languages.SOURCE:
        return Markup()
    files = frozenset(file for bundle in bundles for file in BUNDLES[bundle])
    words = languages.words_of_scripts(language, files)
    # Data, not a script: the strict policy lets it stand.
    return Markup('<script type="application/json" id="words">{}</script>').format(
        htmlsafe_json_dumps(words, ensure_ascii=False)
    )


@cache
def icon(name: str, size: int = 18) -> Markup:
    """A lucide icon, drawn with the text's colour and silent for screen readers."""
    # The drawing is a fetched file whose hash is checked at set-up, never user input.
    drawing = Markup(icon_source(name))  # noqa: S704
    return Markup(
        '<svg class="icon{2}" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{1}</svg>'
    ).format(size, drawing, " icon--turns" if name in TURNING else "")


@cache
def glyph(name: str, size: int) -> Markup:
    """One of our own drawings, which is the same each time; every clock has several."""
    drawn: Markup = getattr(environment().get_template("shared/glyphs.html").module, name)(size)
    return drawn


# Every row and clock that is pushed has these: as macros they took half of its time.


def avatar(person: Any, size: str = "") -> Markup:
    """A person's picture, else their letters, else a glyph."""
    return _avatar(person.initials, person.hue, person.picture, size)


@lru_cache(maxsize=4096)
def _avatar(initials: str, hue: int, picture: str, size: str) -> Markup:
    inside = (
        Markup('<img class="avatar__picture" src="{}" alt="">').format(picture)
        if picture
        else initials or icon("user", 16)
    )
    return Markup('<span class="avatar{} avatar--{}" aria-hidden="true">{}</span>').format(
        f" avatar--{size}" if size else "", f"h{hue}" if initials else "nameless", inside
    )


def clock_glyphs(clock: Any, size: int = 16) -> Markup:
    """All that a clock can become while it runs; its state decides which of them is drawn."""
    return _clock_glyphs("running" if clock.running else clock.state, size)


@cache
def _clock_glyphs(state: str, size: int) -> Markup:
    names = {"running": ("running", "triangle", "octagon"), "met": ("disc",), "late": ("octagon",)}
    return Markup().join(glyph(name, size) for name in names.get(state, ("dashed",)))


def counting(clock: Any) -> Markup:
    """The attributes with which <sla-clock> counts."""
    running = " data-running" if clock.running else ""
    is_open = "" if clock.open is None else f' data-open="{clock.open}"'
    # Numbers, and states that are our own words.
    return Markup(  # noqa: S704
        f'data-state="{clock.state}" data-at="{iso(clock.at)}" data-seconds="{clock.seconds:.3f}" '
        f'data-wall="{clock.wall_seconds:.3f}" data-target="{clock.target}"{running}{is_open}'
    )


def clock_time(at: datetime, mode: str = "time") -> Markup:
    """A moment that the page writes in the reader's own time."""
    # A moment's numbers, and a mode that is our own word.
    return Markup(  # noqa: S704
        f'<local-time datetime="{iso(at)}" mode="{mode}" hx-morph-skip-children>'
        f"{at:%H:%M}</local-time>"
    )


def iso(moment: datetime) -> str:
    """A moment as the browser's scripts read it, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shortened(text: str, length: int) -> str:
    """The text cut to so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def day(on: date) -> str:
    """A day as people write it, in the current language."""
    return format_date(on, "medium", locale=LOCALES.get(languages.current(), languages.current()))


def decimal(number: float) -> str:
    """A number as people write it, in the current language."""
    written: str = format_decimal(number, locale=languages.current())
    return written


def file_size(size: int) -> str:
    """A file's length as people say it, in the current language."""
    value, unit = max(0.1, size / 1024), "KB"  # a word for bytes would be another in each language
    for larger in ("MB", "GB"):
        if value < 1000:  # noqa: PLR2004 - three digits say enough
            break
        value, unit = value / 1024, larger
    digits = 0 if value >= 10 else 1  # noqa: PLR2004 - two figures say enough
    number = format_decimal(round(value, digits), locale=languages.current())
    return f"{number} {unit}"
