"""The chats of a report as rows of a file: one chat a line, times in seconds and in UTC.

The names of the columns are for programs, and the same in every language. Nothing says who the
visitor is but the contact's number.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.contacts.names import contact_number
from app.interactions.clocks import LATE, MET, Clock
from app.interactions.tables import ARCHIVED
from app.reports.measures import Chat
from app.web.templates import iso

COLUMNS = (
    "chat",
    "contact",
    "queue",
    "state",
    "began_at",
    "archived_at",
    "agent",
    "agents",
    "first_response_seconds",
    "first_response_seconds_wall",
    "first_response_late",
    "late_replies",
    "resolution_seconds",
    "resolution_seconds_wall",
    "resolution_late",
    "wrap_up_code",
    "rating",
)
Cells = tuple[object, ...]


def columns_of(
    chats: Iterable[Chat], agents: Mapping[int, Sequence[str]]
) -> tuple[Sequence[str], list[Cells]]:
    """The names of the columns, and a row for each chat; `agents` took it, in this order."""
    return COLUMNS, [_cells(chat, agents.get(chat.id, ())) for chat in chats]


def _cells(chat: Chat, agents: Sequence[str]) -> Cells:
    return (
        chat.id,
        contact_number(chat.contact),
        chat.queue_name,
        chat.state,
        iso(chat.began_at),
        _moment(chat.archived_at if chat.state == ARCHIVED else None),
        chat.agent_name,
        ", ".join(agents),
        *_clock(chat.clocks.first_response),
        chat.late_replies,
        *_clock(chat.clocks.resolution),
        chat.wrap_up,
        chat.rating or "",
    )


def _moment(at: datetime | None) -> str:
    return iso(at) if at else ""


def _clock(clock: Clock) -> Cells:
    """Open seconds, all seconds, and whether that is late; no seconds for what did not come."""
    if clock.state not in {MET, LATE}:
        return ("", "", "yes" if clock.breached else "")
    return (round(clock.seconds), round(clock.wall_seconds), "yes" if clock.breached else "no")
