"""What a form sent, read field by field: what is not asked for is ignored."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from app.contacts.names import cleaned, likeness
from app.interactions.formatting import visible
from app.languages import N_
from app.problems import Invalid

LARGEST_ID = 2**31 - 1
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
LONGEST_TIME = 30 * DAY
CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
AMOUNT = re.compile(r"(\d{1,7})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)")
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}


class Fields:
    """The fields of a form, with what is wrong with them so far."""

    def __init__(self, pairs: Collection[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self.errors: dict[str, str] = {}

    def first(self, name: str) -> str:
        """The field as it was sent; empty when it was not."""
        return self._values.get(name, [""])[0]

    def every(self, name: str) -> list[str]:
        """Every value of a field that may come more than once."""
        return self._values.get(name, [])

    def kept(self) -> dict[str, Any]:
        """What the form shows again, the first value of each field."""
        return {name: values[0] for name, values in self._values.items()}

    def wrong(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first fault of each is told."""
        self.errors.setdefault(name, sentence)

    def check(self) -> None:
        """Refuse the form if anything was wrong."""
        if self.errors:
            raise Invalid(self.errors)

    def line(self, name: str, longest: int, *, missing: str = "") -> str:
        """Text on one line; `missing` is the sentence for an empty one that must not be."""
        value = cleaned(self.first(name))
        self._limit(name, value, longest)
        if missing and not likeness(value):
            self.wrong(name, missing if not value else N_("Use letters or digits."))
        return value

    def words(self, name: str, longest: int, *, missing: str = "") -> str:
        """Text of several lines."""
        unified = self.first(name).replace("\r\n", "\n").replace("\r", "\n")
        value = visible(unified).strip()
        self._limit(name, value, longest)
        if missing and not value:
            self.wrong(name, missing)
        return value

    def number(self, name: str, low: int, high: int, *, empty: int | None = None) -> int:
        """A whole number between two others; `empty` is what an empty field means."""
        value = self.first(name).strip()
        if not value and empty is not None:
            return empty
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            self.wrong(name, N_("Enter a whole number from {low} to {high}.", low=low, high=high))
            return low
        return int(value)

    def time(self, name: str, *, required: bool = False) -> int:
        """A length of time in seconds, written like 2:00 or 5 min; 0 for an empty field."""
        value = self.first(name).strip().lower()
        seconds = seconds_in(value) if value else 0
        if seconds is None:
            self.wrong(name, N_("Write minutes and seconds, such as 2:00, or 30 s, 5 min, 1 h."))
        elif required and seconds < 1:
            self.wrong(name, N_("Enter a time, such as 1:00."))
        elif seconds > LONGEST_TIME:
            self.wrong(name, N_("At most 30 days."))
        return seconds or 0

    def choice(self, name: str, allowed: Collection[str], missing: str) -> str:
        """One of the allowed values."""
        value = self.first(name)
        if value not in allowed:
            self.wrong(name, missing)
        return value

    def yes(self, name: str, missing: str) -> bool:
        """Whether the answer is yes."""
        return self.choice(name, YES_NO, missing) == "yes"

    def one_of(self, name: str, known: Mapping[int, str], *, missing: str = "") -> int | None:
        """The id of something known; without `missing` an empty field means nothing."""
        value = self.first(name)
        if not value and not missing:
            return None
        id_ = id_in(value)
        if id_ not in known:
            self.wrong(name, missing or N_("This does not exist any more. Choose another."))
            return None
        return id_

    def some_of(self, name: str, known: Mapping[int, str]) -> set[int]:
        """The ids of known things; one that is unknown refuses the form."""
        found = {id_in(value) for value in self.every(name)}
        if not found <= known.keys():
            self.wrong(name, N_("Something that was chosen does not exist any more. Look again."))
        return {id_ for id_ in found if id_ in known}

    def _limit(self, name: str, value: str, longest: int) -> None:
        if len(value) > longest:
            words = N_("Use at most {most} characters; this has {count}.")
            self.wrong(name, words.with_values(most=longest, count=len(value)))


async def provide_fields(request: Request[Any, Any, Any]) -> Fields:
    """The fields of the request's form."""
    body = await request.body()
    return Fields(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def id_in(text: str) -> int:
    """The id that a field names; 0, which nothing has, for anything else."""
    known = re.fullmatch(r"[0-9]{1,10}", text) is not None and int(text) <= LARGEST_ID
    return int(text) if known else 0


def seconds_in(text: str) -> int | None:
    """The seconds that a text like 2:00, 1:30:00, 30 s or 5 min says; None for another."""
    clock = CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        fits = seconds < MINUTE and (not clock[1] or minutes < MINUTE)
        return hours * HOUR + minutes * MINUTE + seconds if fits else None
    amount = AMOUNT.fullmatch(text)
    return int(amount[1]) * UNITS[amount[2][0]] if amount else None


def time_in_words(seconds: int) -> str:
    """A length of time as its field shows it: m:ss, from an hour h:mm:ss; empty for none."""
    if not seconds:
        return ""
    minutes, rest = divmod(seconds, MINUTE)
    if minutes < MINUTE:
        return f"{minutes}:{rest:02}"
    return f"{minutes // MINUTE}:{minutes % MINUTE:02}:{rest:02}"
