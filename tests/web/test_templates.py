"""What templates put out is escaped once, and said in the language of whoever reads it."""

from markupsafe import Markup

from app.languages import N_, speaking
from app.web.templates import environment

SHOWN = environment().from_string("{{ one }}")


def test_what_people_wrote_is_escaped_once():
    assert SHOWN.render(one="<b> & 'co'") == "&lt;b&gt; &amp; &#39;co&#39;"
    assert SHOWN.render(one=Markup("<b>")) == "<b>"
    assert SHOWN.render(one=N_("{name} & co", name="<b>")) == "&lt;b&gt; &amp; co"
    assert SHOWN.render(one=N_("<b>")) == "&lt;b&gt;"


def test_numbers_and_truths_are_put_out_as_they_are():
    assert [SHOWN.render(one=one) for one in (7, 1.5, True, None)] == ["7", "1.5", "True", "None"]


def test_the_same_words_are_said_to_each_in_their_language():
    said = []
    for language in ("en", "de", "en"):
        with speaking(language):
            said.append(SHOWN.render(one=N_("Overdue")))

    assert said[0] == said[2] != said[1]
