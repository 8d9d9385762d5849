import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contacts.browsers import browser_in_words, languages_in_words
from app.contacts.names import cleaned, initials, is_email, person
from app.contacts.people import contact_person
from app.contacts.service import email_error, name_error
from tests.builders import an_agent
from tests.databases import ON_SQLITE

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


@given(st.text(max_size=40))
def test_a_name_has_no_hidden_or_reordering_characters_and_one_line(name):
    # T6
    shown = cleaned(name)

    assert not any(unicodedata.category(char) in UNSEEN for char in shown)
    assert shown == " ".join(shown.split())
    assert cleaned(shown) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Vic\t Sand ", "Vic Sand"),
        ("Vic\u202eSand", "VicSand"),
        ("Vi\u200bc", "Vic"),
        ("Vic\x00", "Vic"),
        ("Vic\ud800", "Vic"),
        ("Vic\nSand", "Vic Sand"),
        ("Zoe\u0308", "Zoë"),
        ("\u200b\u200b", ""),
    ],
)
def test_a_name_is_shown_on_one_line_with_what_can_be_seen(name, shown):
    # T6
    assert cleaned(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "Bob",
        "bob",
        "BOB",
        "B.o.b",
        "\uff22\uff4f\uff42",
        "System",
        "Parley",
        "S y s t e m",
        "Support",
        "Agent",
    ],
)
@ON_SQLITE
async def test_a_visitor_does_not_get_the_name_of_an_agent_or_of_the_system(db, name):
    # T6
    await an_agent("Bob")

    assert "has this name" in await name_error(cleaned(name))


@pytest.mark.parametrize("name", ["", "Vic", "Vic Sand", "محمد", "李小龍", "O'Neill", "Bobby", "M"])
@ON_SQLITE
async def test_people_keep_their_own_names(db, name):
    await an_agent("Bob")

    assert await name_error(cleaned(name)) == ""


@pytest.mark.parametrize(("name", "sentence"), [("...", "letters or digits"), ("x" * 81, "80")])
@ON_SQLITE
async def test_a_name_that_is_none_is_refused_in_a_sentence(db, name, sentence):
    assert sentence in await name_error(name)


@pytest.mark.parametrize(
    "email", ["vic@mail.example", "v.i+c@a-b.example", "", "vic@bücher.example"]
)
def test_an_address_is_taken(email):
    assert email_error(email) == ""


@pytest.mark.parametrize(
    "email",
    ["vic", "vic@", "@mail.example", "vic@mail", "a b@mail.example", "a@b@c.example",
     "<vic@mail.example>", "a,b@mail.example", "vic@mail.example\n", "v\x00ic@mail.example",
     "v\u202eic@mail.example", "v\x1bic@mail.example", "x" * 65 + "@mail.example",
     "=?utf-8?q?v1=40a.se=2Cv2=40b.se=2C?=v4@y.com", "victim(1)@y.com", "g:victim@y.com",
     "=?utf-8?q?a=0D=0AX?=@y.com", "victim@\uff59.com", "victim@(1)y.com", "a@[127.0.0.1]"],
)  # fmt: skip
def test_what_can_be_no_address_is_refused(email):
    # One address has one spelling, which is what its limit counts, and none becomes several.
    # T6: NUL is an error in PostgreSQL, and marks that reorder spoof another address
    assert "Enter a full address" in email_error(email)
    assert not is_email(email)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Vic", "V"),
        ("Vic Sand", "VS"),
        ("agent 1", "A1"),
        ("李 小龍", "李小"),
        ("", ""),
        ("a.b", "AB"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name, letters):
    assert initials(name) == letters


def test_a_contact_is_shown_by_name_else_email_else_phone_else_number():
    assert contact_person(42, "Vic", "v@a.example", "1").name == "Vic"
    assert contact_person(42, "", "v@a.example", "1").name == "v@a.example"
    assert contact_person(42, "", "", "112").name == "112"
    assert contact_person(42, "", "", "").name == "Contact C-1042"


def test_the_same_person_has_the_same_colour():
    assert person("Vic", 7) == person("Vic", 7)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:137.0) Gecko/20100101 Firefox/137.0",
            "Firefox 137, macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            "Edge 141, Windows",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_said_in_words_of_ours_only(agent, words):
    # T3
    assert browser_in_words(agent) == words


def test_languages_are_said_in_the_visitors_order():
    assert languages_in_words("sv-SE,sv;q=0.9,en;q=0.8,<b>;q=0.1") == "Swedish, English"
