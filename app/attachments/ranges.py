"""Which part of a file a Range header asks for (RFC 9110, 14.2)."""

import re
from typing import NamedTuple

ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,15})-([0-9]{0,15})\s*", re.IGNORECASE)


class Part(NamedTuple):
    """So many bytes from `start`."""

    start: int
    length: int


class Unsatisfiable(Exception):
    """No byte of the file is in the range."""


def part_of(size: int, header: str) -> Part | None:
    """The part that is asked for; None when the whole is the answer, as to what we do not read."""
    found = ONE_RANGE.fullmatch(header)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(size, int(found[2]))
        if not length:
            raise Unsatisfiable
        return Part(size - length, length)
    start, last = int(found[1]), min(size - 1, int(found[2] or size - 1))
    if found[2] and int(found[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, last - start + 1)
