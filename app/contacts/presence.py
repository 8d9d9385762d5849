"""Where a visitor is, in words: here, behind another tab, or gone."""

from dataclasses import dataclass
from datetime import datetime

from app.languages import N_
from app.realtime.bus import Topic
from app.realtime.presence import GONE, HIDDEN, Presence, Seen

# A reload is not an absence.
GRACE = 3
STATES = {GONE: "gone", HIDDEN: "hidden"}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is shown of a visitor's presence; the time since `since` follows the text."""

    state: str
    text: str
    since: datetime | None = None


UNKNOWN = Whereabouts("gone", N_("Not here now"))


def seen(presence: Presence, visitor_id: int) -> Seen:
    """Whether the visitor has the chat open."""
    return presence.seen(Topic("visitor", visitor_id), grace=GRACE)


def whereabouts(presence: Presence, visitor_id: int, page: str = "") -> Whereabouts:
    """Where the visitor is, on which page of the site."""
    state, since = seen(presence, visitor_id)
    if state == GONE:
        return Whereabouts("gone", N_("Gone for"), since) if since else UNKNOWN
    if state == HIDDEN:
        return Whereabouts("hidden", N_("Tab hidden for"), since)
    return Whereabouts("here", N_("Here now, on {page}", page=page) if page else N_("Here now"))
