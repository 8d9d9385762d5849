"""A sender's name for a file: a label to show, never a path."""

import re
from urllib.parse import quote

from app.attachments.tables import LONGEST_NAME
from app.interactions.formatting import visible

ENDING = 12


def cleaned(name: str) -> str:
    """The label: without folders, on one line, unseen marks shown, not too long."""
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    one_line = visible(" ".join(last.encode("utf-8", "replace").decode().split())).strip(". ")
    if len(one_line) <= LONGEST_NAME:
        return one_line
    stem, dot, ending = one_line.rpartition(".")
    kept = f"{dot}{ending}" if stem and len(ending) <= ENDING else ""
    return one_line[: LONGEST_NAME - len(kept) - 1].rstrip() + "…" + kept


def disposition(name: str, *, inline: bool) -> str:
    """One well-formed Content-Disposition for any label (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", name) or "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
