"""Places in a response: substitution, once, and nothing else."""

import pytest

from app.responses.variables import FILLED, MISSING, TEXT, Piece, filled, pieces, values_for

KNOWN = values_for(contact="Vic", agent="Bob", interaction=17, queue="Sales")


def test_every_place_is_filled():
    body = "Hello {contact.name}, {agent.name} of {queue.name} here, about {interaction.number}."

    assert filled(body, KNOWN) == "Hello Vic, Bob of Sales here, about 17."


def test_what_is_not_known_stays_and_is_told_apart():
    known = values_for(contact=" ", agent="Bob", interaction=17, queue="Sales")

    assert filled("Hello {contact.name}!", known) == "Hello {contact.name}!"
    assert pieces("{agent.name}: {contact.name}, {order number}", known) == [
        Piece(FILLED, "Bob"),
        Piece(TEXT, ": "),
        Piece(MISSING, "{contact.name}"),
        Piece(TEXT, ", "),
        Piece(MISSING, "{order number}"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "{{ 7 * 7 }}",
        "{% for x in y %}",
        "{contact.__class__}",
        "{agent.name.__class__.__mro__}",
        "{0.name}",
        "{agent[name]}",
        "{agent.name!r:>9}",
        "%(agent)s ${agent}",
        "{}",
        "{ agent.name }",
        "{AGENT.NAME}",
    ],
)
def test_a_template_cannot_compute_or_reach_anything(body):
    # T5
    assert filled(body, KNOWN) == body


def test_what_a_value_says_is_not_filled_again():
    # T5
    known = values_for(contact="{agent.name}", agent="Bob", interaction=17, queue="Sales")

    assert filled("Hello {contact.name}", known) == "Hello {agent.name}"


def test_a_name_makes_nothing_bold():
    known = values_for(contact="**Vic**_", agent="Bob", interaction=17, queue="Sales")

    assert filled("*{contact.name}*", known) == r"*\*\*Vic\*\*\_*"
