"""The script that a site embeds, with its few words in the browser's language."""

import gzip
import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

from app.languages import words_of_scripts
from app.web.assets import Asset, asset

NAME = "widget.js"
WORD = re.compile(r'\bword\("([^"]+)"\)')
COUNTED = re.compile(r'\bcounted\("([^"]+)", "([^"]+)"\)')
# Indentation, and lines that are a remark: every visitor of the site would pay for them.
REMARK = re.compile(r"^[ \t]*(?://.*\n)?", re.MULTILINE)
LANGUAGE = re.compile(r"\blanguage\(\)")
# What the frame may do on the site's page.
ALLOWED = re.compile(r"\ballowed\(\)")


@cache
def loader_in(language: str, *, calls: bool) -> Asset:
    """The loader with its words in this language, written into it to keep it small.

    Its frame may use the microphone only where there are voice calls.
    """
    file = asset(NAME)
    words = words_of_scripts(language, frozenset({f"js/{NAME}"}))

    def forms(found: re.Match[str]) -> str:
        one, other = found.groups()
        known: dict[str, str] = words.get(one, {"one": one, "other": other})
        return _literal({k: v for k, v in known.items() if k == "other" or v != known["other"]})

    text = file.content.decode()
    text = text[text.index("(() =>") :]  # without the remarks above it
    text = REMARK.sub("", text)
    text = WORD.sub(lambda found: _literal(words.get(found[1], found[1])), text)
    text = COUNTED.sub(forms, text)
    text = ALLOWED.sub(_literal("fullscreen; microphone" if calls else "fullscreen"), text)
    content = LANGUAGE.sub(_literal(language), text).encode()
    return replace(file, content=content, compressed=gzip.compress(content, mtime=0))


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
