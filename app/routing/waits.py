"""How long somebody who comes now will probably wait: plain functions over recent waits."""

import math
from collections.abc import Iterable

MINUTE = 60
# What is said, in minutes: nobody believes "within 7 minutes", and it would change all the time.
STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 240)
MOST = 0.8  # of those who were answered
FEWEST = 3


def expected_minutes(answered: Iterable[float], waiting: Iterable[float] = ()) -> int | None:
    """Within how many minutes most are answered; None when there is nothing honest to say.

    `answered` are the last waits for a first answer, in seconds; `waiting` is how long those
    who are not answered yet have waited so far. Who waits longer than most did counts too: a
    team that has just stopped answering must not go on promising what it used to do.
    """
    known = sorted(answered)
    if len(known) < FEWEST:
        return None
    usual = _share(known, MOST)
    within = _share(sorted([*known, *(one for one in waiting if one > usual)]), MOST)
    return next((step for step in STEPS if within <= step * MINUTE), None)


def _share(ordered: list[float], share: float) -> float:
    """The value that this share of the ordered values does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
