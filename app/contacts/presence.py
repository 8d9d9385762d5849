"""Where a visitor is, in words: here, behind another tab, or gone."""

from dataclasses import dataclass
from datetime import datetime

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


UNKNOWN = Whereabouts("gone", "Not here now")


def seen(presence: Presence, visitor_id: int) -> Seen:
    """Whether the visitor has the chat open."""
    return presence.seen(Topic("visitor", visitor_id), grace=GRACE)


def whereabouts(presence: Presence, visitor_id: int, page: str = "") -> Whereabouts:
    """Where the visitor is, on which page of the site."""
    state, since = seen(presence, visitor_id)
    if state == GONE:
        return Whereabouts("gone", "Gone for", since) if since else UNKNOWN
    if state == HIDDEN:
        return Whereabouts("hidden", "Tab hidden for", since)
    return Whereabouts("here", f"Here now, on {page}" if page else "Here now")
