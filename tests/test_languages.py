"""Which language is spoken to whom."""

import pytest

from app import languages
from app.languages import N_, _, counted, negotiated, shown, speaking
from app.web.templates import environment


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("sv, fr-CH;q=0.7, es;q=0.8", "es"),
        ("pt-BR,pt;q=0.9", "pt"),
        ("AR-eg", "ar"),
        ("sv,da", "en"),
        ("de;q=0,fr", "fr"),
        ("*", "en"),
        ("de;q=high,fr;q=0.1", "fr"),
        (";;;,,,=;q=", "en"),
        ("x," * 10_000 + "de", "en"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_we_have(header, language):
    assert negotiated(header) == language


def test_marked_words_are_english_until_they_are_shown(german):
    words = N_("Hello {name}", name=N_("world"))

    assert words == "Hello world"
    with speaking("de"):
        assert shown(words) == "Hallo Welt"
        assert _("Hello {name}", name="{name}") == "Hallo {name}"
    assert shown(words) == "Hello world"


def test_a_template_speaks_the_current_language_and_escapes_values(german):
    template = environment().from_string(
        "{{ _('Hello %(name)s', name=name) }} {{ words }} {% trans %}world{% endtrans %}"
        " {% trans count=2 %}{{ count }} world{% pluralize %}{{ count }} worlds{% endtrans %}"
    )

    with speaking("de"):
        said = template.render(name="<b>", words=N_("Hello {name}", name="<i>"))

    assert said == "Hallo &lt;b&gt; Hallo &lt;i&gt; Welt 2 Welten"


def test_counts_choose_the_form_of_the_language(german):
    with speaking("de"):
        assert counted("{count} world", "{count} worlds", 1) == "1 Welt"
        assert counted("{count} world", "{count} worlds", 2) == "2 Welten"
    assert counted("{count} world", "{count} worlds", 2) == "2 worlds"


@pytest.fixture
def german(monkeypatch):
    """A German catalogue of two words."""
    one = languages.catalogue("de")
    words = {
        "Hello {name}": "Hallo {name}",
        "Hello %(name)s": "Hallo %(name)s",
        "world": "Welt",
        ("{count} world", 0): "{count} Welt",
        ("{count} world", 1): "{count} Welten",
        ("%(count)s world", 0): "%(count)s Welt",
        ("%(count)s world", 1): "%(count)s Welten",
    }
    monkeypatch.setattr(one, "_catalog", words)
