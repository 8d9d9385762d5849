"""The places in a response that are filled for an interaction: substitution, never a language.

A template cannot compute, read attributes or include: what stands in braces is looked up in a
mapping of strings, once. What a value says is not looked at again, so a contact who calls
themselves `{agent.name}` is greeted as such.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLES = ("contact.name", "agent.name", "interaction.number", "queue.name")
# Also a place of one's own, such as {order number}: it is never filled, and so it is marked.
PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_. -]{0,40})\}")
MARKS = re.compile(r"([\\*_])")
TEXT, FILLED, MISSING = "text", "filled", "missing"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a response: plain text, a filled place, or one that nothing fills."""

    kind: str
    text: str


def values_for(*, contact: str, agent: str, interaction: int, queue: str) -> dict[str, str]:
    """What the places of a response are filled with; what is not known is left out."""
    known = {
        "contact.name": contact,
        "agent.name": agent,
        "interaction.number": str(interaction),
        "queue.name": queue,
    }
    return {name: value for name, value in known.items() if value.strip()}


def filled(body: str, values: Mapping[str, str]) -> str:
    """The body with its places filled; the missing ones stay. A value makes nothing bold."""
    return "".join(
        MARKS.sub(r"\\\1", piece.text) if piece.kind == FILLED else piece.text
        for piece in pieces(body, values)
    )


def pieces(text: str, values: Mapping[str, str]) -> list[Piece]:
    """The text in pieces, so that each place can be marked."""
    made: list[Piece] = []
    end = 0
    for found in PLACE.finditer(text):
        if found.start() > end:
            made.append(Piece(TEXT, text[end : found.start()]))
        value = values.get(found[1])
        made.append(Piece(MISSING, found[0]) if value is None else Piece(FILLED, value))
        end = found.end()
    if end < len(text):
        made.append(Piece(TEXT, text[end:]))
    return made
