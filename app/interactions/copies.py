"""A whole transcript to keep: as plain text, or as one HTML page that fetches nothing."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from litestar import MediaType, Response
from markupsafe import Markup

from app.contacts.names import contact_number
from app.interactions import log
from app.interactions.formatting import plain_lines
from app.interactions.notices import AGENT, VISITOR
from app.interactions.queries import Overview
from app.interactions.tables import Interaction
from app.interactions.transcript import EntryView, entries_after
from app.languages import _
from app.web.assets import asset
from app.web.templates import file_size, render

STYLE = "transcript-copy.css"
TEXT_POLICY = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words; `who` is empty for a notice."""

    kind: str
    who: str
    entry: EntryView
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TranscriptCopy:
    """A transcript with the facts above it; its times are in the queue's time zone.

    What is empty is not for this audience.
    """

    id: int
    contact: str
    number: str
    queue: str
    zone: str
    started_at: datetime
    wrap_up: str
    lines: list[Line]

    @property
    def file_name(self) -> str:
        """The name without its ending, safe in any header."""
        return f"transcript-{self.number}-{self.id}" if self.number else f"chat-{self.id}"


async def transcript_copy(interaction: Overview, *, audience: str = AGENT) -> TranscriptCopy:
    """Everything that this audience sees of an interaction's log."""
    zone_name, site = await _zone_and_site(interaction.id)
    zone = ZoneInfo(zone_name)
    entries = await entries_after(interaction.id, 0, audience=audience)
    if audience == VISITOR:
        return TranscriptCopy(
            id=interaction.id,
            contact=site,
            number="",
            queue="",
            zone=zone.key,
            started_at=interaction.opened_at.astimezone(zone),
            wrap_up="",
            lines=[_line(entry, zone, own=_("You")) for entry in entries],
        )
    return TranscriptCopy(
        id=interaction.id,
        contact=interaction.person.name,
        number=contact_number(interaction.contact),
        queue=interaction.queue,
        zone=zone.key,
        started_at=interaction.opened_at.astimezone(zone),
        wrap_up=interaction.wrap_up or "",
        lines=[_line(entry, zone) for entry in entries],
    )


def as_text(copy: TranscriptCopy) -> str:
    """The transcript as plain text, without marks of formatting."""
    return render("interactions/transcript.txt", transcript=copy)


def as_html(copy: TranscriptCopy) -> tuple[str, str]:
    """The transcript as a page with its style inside, and the policy that allows no other."""
    style, policy = _style()
    return render("interactions/transcript.html", transcript=copy, style=style), policy


def kept(name: str, text: str, policy: str) -> Response[str]:
    """A transcript as a file to keep."""
    kind = MediaType.HTML if name.endswith(".html") else MediaType.TEXT
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": policy,
    }
    return Response(text, media_type=kind, headers=headers)


async def _zone_and_site(interaction_id: int) -> tuple[str, str]:
    """The queue's time zone, and the widget's name."""
    queue: Any = Interaction.queue
    widget: Any = Interaction.widget
    row = (
        await Interaction.select(queue.time_zone.as_alias("zone"), widget.name.as_alias("site"))
        .where(Interaction.id == interaction_id)
        .first()
    )
    return (row["zone"], row["site"]) if row else ("UTC", "")


def _line(entry: EntryView, zone: ZoneInfo, *, own: str = "") -> Line:
    at = entry.at.astimezone(zone)
    if entry.kind == log.NOTICE:
        return Line(entry.kind, "", entry, entry.text, at)
    who = entry.person.name if entry.person else ""
    who = own if own and entry.own else who
    files = [
        _("[File: {name}, {kind}, {size}]", name=file.name, kind=kind, size=file_size(file.size))
        for file in entry.attachments
        for kind in [file.kind.upper()]
    ]
    words = "\n".join([plain_lines(entry.body), *files]).strip("\n")
    return Line(entry.kind, who, entry, words, at)


@cache
def _style() -> tuple[Markup, str]:
    content = asset(STYLE).content
    digest = b64encode(hashlib.sha256(content).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Markup(content.decode()), policy  # noqa: S704 - a file of ours, as it was hashed
