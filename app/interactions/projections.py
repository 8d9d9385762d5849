"""What lists and clocks read without the log; changed with the write that makes it so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from piccolo.columns import Column
from piccolo.querystring import QueryString

from app.database import Sql
from app.interactions import log
from app.interactions.formatting import plain
from app.interactions.log import MESSAGES_OF
from app.interactions.tables import ACTIVE, MISSED, Interaction
from app.moments import now

PREVIEW = 160


def words_of_contact(body: str, files: Sequence[str] = ()) -> dict[Column, Any]:
    """The contact wrote: somebody waits, from the oldest unanswered message on."""
    at = now()
    return {
        Interaction.last_preview: _preview(body, files),
        Interaction.last_author: log.CONTACT,
        Interaction.last_at: at,
        Interaction.first_message_at: Sql("COALESCE(first_message_at, {})", at),
        Interaction.awaiting_reply_since: Sql("COALESCE(awaiting_reply_since, {})", at),
        Interaction.unread: Sql("unread + 1"),
        Interaction.left_at: None,
        Interaction.wrap_up_until: None,
    }


def words_of_agent(body: str, files: Sequence[str] = ()) -> dict[Column, Any]:
    """The agent wrote: nobody waits."""
    at = now()
    return {
        Interaction.last_preview: _preview(body, files),
        Interaction.last_author: log.AGENT,
        Interaction.last_at: at,
        Interaction.first_response_at: Sql("COALESCE(first_response_at, {})", at),
        Interaction.unread: 0,
        **no_wait_after(at),
    }


def _preview(body: str, files: Sequence[str]) -> str:
    """The words on one line; where there are none, the names of the files."""
    return (plain(body) or ", ".join(files))[:PREVIEW]


def no_wait_after(at: datetime) -> dict[Column, Any]:
    """The visitor waits no longer; how long the last wait was is kept for the clocks."""
    answered = "CASE WHEN awaiting_reply_since IS NULL THEN replied_at ELSE {} END"
    return {
        Interaction.reply_started_at: Sql("COALESCE(awaiting_reply_since, reply_started_at)"),
        Interaction.replied_at: Sql(answered, at),
        Interaction.awaiting_reply_since: None,
    }


def as_if_never_archived(
    interaction_id: int, *, wrap_up_until: datetime | None
) -> dict[Column, Any]:
    """An archiving is undone: who waited when it came waits again, since when they did.

    If the visitor had left, the agent has the time to wrap up anew.
    """
    cut_off = Interaction.replied_at, Interaction.archived_at
    return {
        Interaction.state: ACTIVE,
        Interaction.archived_at: None,
        Interaction.wrap_up_code: None,
        Interaction.wrap_up_note: "",
        Interaction.wrap_up_until: QueryString(
            "CASE WHEN {} IS NULL THEN {} ELSE {} END",
            Interaction.left_at,
            Interaction.wrap_up_until,
            wrap_up_until,
        ),
        Interaction.awaiting_reply_since: QueryString(
            "CASE WHEN {} = {} THEN {} END", *cut_off, Interaction.reply_started_at
        ),
        Interaction.reply_started_at: QueryString(
            "CASE WHEN {} = {} THEN NULL ELSE {} END", *cut_off, Interaction.reply_started_at
        ),
        Interaction.replied_at: QueryString(
            "CASE WHEN {} = {} THEN NULL ELSE {} END", *cut_off, Interaction.replied_at
        ),
        Interaction.unread: QueryString(
            f"(SELECT count(*) {MESSAGES_OF})",
            interaction_id,
            log.CONTACT,
            Interaction.agent_read_seq,
        ),
    }


def missed() -> dict[Column, Any]:
    """It ended before an agent had it."""
    at = now()
    return {
        Interaction.state: MISSED,
        Interaction.left_at: at,
        Interaction.archived_at: at,
        **no_wait_after(at),
    }
