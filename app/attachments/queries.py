"""Attachments as pages show them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.attachments.kinds import BY_NAME
from app.attachments.tables import Attachment
from app.languages import counted

WIDE, LEAST, MOST = 248, 104, 320

OF_ENTRIES = """
SELECT t.id, t.seq, t.name, t.kind, t.size, t.width, t.height, w.key
FROM attachments t
JOIN widgets w ON w.id = t.widget
WHERE t.interaction = {} AND t.seq >= {} AND t.seq <= {}
ORDER BY t.seq, t.position
"""


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file as a transcript shows it: an image, a player, or a document."""

    id: int
    name: str
    kind: str
    shown_as: str
    size: int
    url: str
    width: int
    height: int

    @property
    def shown_height(self) -> int:
        """How high the thumbnail is, so that its room is there before it is."""
        return min(MOST, max(LEAST, round(WIDE * self.height / max(1, self.width))))


async def of_entries(
    interaction_id: int, first: int, last: int, *, for_visitor: bool
) -> dict[int, list[AttachmentView]]:
    """The files of a range of entries, by the entry's number."""
    rows = await Attachment.raw(OF_ENTRIES, interaction_id, first, last)
    found = defaultdict(list)
    for row in rows:
        found[row["seq"]].append(_view(row, for_visitor=for_visitor))
    return found


async def in_words(entries: Mapping[int, int]) -> dict[int, str]:
    """What one entry of each interaction brought: the name of its file, or how many there are."""
    rows = (
        await Attachment.select(Attachment.interaction, Attachment.seq, Attachment.name).where(
            Attachment.interaction.is_in(list(entries)),
            Attachment.seq.is_in(list(set(entries.values()))),
        )
        if entries
        else []
    )
    names = defaultdict(list)
    for row in rows:
        if entries[row["interaction"]] == row["seq"]:
            names[row["interaction"]].append(row["name"])
    return {
        interaction_id: found[0]
        if len(found) == 1
        else counted("{count} file", "{count} files", len(found))
        for interaction_id, found in names.items()
    }


def _view(row: dict[str, Any], *, for_visitor: bool) -> AttachmentView:
    base = f"/widget/{row['key']}" if for_visitor else "/workspace"
    kind = BY_NAME[row["kind"]]
    drawable = kind.shown_as != "image" or row["width"]
    return AttachmentView(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        shown_as=kind.shown_as if drawable else "document",
        size=row["size"],
        url=f"{base}/attachments/{row['id']}",
        width=row["width"],
        height=row["height"],
    )
