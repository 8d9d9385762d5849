"""Jinja: one environment for pages, replies and pushes."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.moments import lasted
from app.web.assets import asset, icon_source

TEMPLATES = Path(__file__).parents[2] / "templates"


@cache
def environment() -> Environment:
    """Strict about missing names, escaping everything."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(asset=lambda name: asset(name).url, icon=icon)
    made.filters.update(iso=iso, lasted=lasted, shortened=shortened)
    return made


def render(template: str, /, **context: Any) -> str:
    """The template's text; its name is relative to templates/."""
    return environment().get_template(template).render(context)


def icon(name: str, size: int = 18) -> Markup:
    """A lucide icon, drawn with the text's colour and silent for screen readers."""
    # The drawing is a fetched file whose hash is checked at set-up, never user input.
    drawing = Markup(icon_source(name))  # noqa: S704
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{1}</svg>'
    ).format(size, drawing)


def iso(moment: datetime) -> str:
    """A moment as the browser's scripts read it, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shortened(text: str, length: int) -> str:
    """The text cut to so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
