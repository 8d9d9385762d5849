"""Static files: bundled, hashed and compressed once at start, then served from memory."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from app.problems import NotFound
from app.web.compression import takes_gzip

STATIC = Path(__file__).parents[2] / "static"
PLAIN_NAME = re.compile(r"(?:[a-z0-9_-]+/)*[a-z0-9_-]+\.[a-z]+")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
# What takes whole lines, so that nothing within a line is touched.
COMMENTS = re.compile(rb"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*)\n", re.MULTILINE)
LOADER = "widget.js"
STYLES = ("css/layers.css", "css/tokens.css", "css/base.css")
HTMX = (
    "vendor/htmx.min.js",
    "vendor/hx-sse.min.js",
    "js/entries-in-order.js",  # asked before hx-upsert
    "vendor/hx-upsert.min.js",
)
CHAT = (
    "js/page.js",
    "js/swapped-element.js",
    "js/local-time.js",
    "js/time-in-state.js",
    "js/dialog-opener.js",
    "js/focus-keeper.js",
    "js/live-stream.js",
    "js/entry-log.js",
    "js/marked-text.js",
    "js/drafts.js",
    "js/outbox.js",
    "js/upload-list.js",
    "js/message-composer.js",
    "js/attachment-view.js",
    "js/media-player.js",
    "js/typing-sign.js",
)
IN_WIDGET = (
    "attachment",
    "avatar",
    "banner",
    "button",
    "choice",
    "composer",
    "dialog",
    "empty",
    "entry",
    "field",
    "menu",
    "presence",
    "reconnecting",
    "spinner",
    "transcript",
    "typing",
)
BUNDLES: dict[str, tuple[str, ...]] = {
    "workspace.css": (
        *STYLES,
        "css/components/*.css",
        "css/accounts.css",
        "css/workspace.css",
        "css/interactions.css",
        "css/contacts.css",
        "css/print.css",
        "css/routing.css",
        "css/calls.css",
        "css/responses.css",
        "css/desk.css",
        "css/floor.css",
        "css/reports.css",
        "css/utilities.css",
    ),
    "widget.css": (
        *STYLES,
        *(f"css/components/{name}.css" for name in IN_WIDGET),
        "css/widget.css",
        "css/visitor-call.css",
        "css/utilities.css",
    ),
    "workspace.js": (
        *HTMX,
        "js/rich-text.js",
        *CHAT,
        "js/response-picker.js",
        "js/emoji-picker.js",
        "js/menu-button.js",
        "js/interaction-list.js",
        "js/overtaken-chat.js",
        "js/page-title.js",
        "js/transcript-copy.js",
        "js/sla-clock.js",
        "js/offer-card.js",
        "js/sound.js",
        "js/offer-sound.js",
        "js/desktop-notifications.js",
        "js/voice-call.js",
        "js/agent-panel.js",
        "js/call-ring.js",
        "js/wrap-up-search.js",
        "js/count-down.js",
        "js/shortcuts.js",
        "js/shown-dialog.js",
        "js/watched-log.js",
        "js/floor-view.js",
    ),
    "settings.css": ("css/widget.css", "css/administration.css"),
    "settings.js": (
        *HTMX,
        "js/page.js",
        "js/swapped-element.js",
        "js/local-time.js",
        "js/time-in-state.js",
        "js/dialog-opener.js",
        "js/focus-keeper.js",
        "js/live-stream.js",
        "js/menu-button.js",
        "js/offer-card.js",
        "js/call-ring.js",
        "js/sound.js",
        "js/offer-sound.js",
        "js/save-bar.js",
        "js/copy-button.js",
        "js/repeating-rows.js",
        "js/response-files.js",
        "js/colour-field.js",
        "js/settings-page.js",
    ),
    "widget-frame.js": (
        *HTMX,
        *CHAT,
        "js/outbox-store.js",
        "js/form-details.js",
        "js/menu-button.js",
        "js/sound.js",
        "js/message-sound.js",
        "js/call-opener.js",
        "js/widget-frame.js",
    ),
    "widget-call.js": ("js/voice-call.js", "js/visitor-call.js"),
    "sign-in.js": ("js/password-field.js",),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    url: str
    content: bytes
    compressed: bytes
    media_type: str


def _read(patterns: tuple[str, ...]) -> bytes:
    parts = []
    for pattern in patterns:
        paths = sorted(STATIC.glob(pattern)) if "*" in pattern else [STATIC / pattern]
        parts += [_source(path) for path in paths]
    return b"\n".join(parts)


def _source(path: Path) -> bytes:
    """A file without the comments that only readers here need; others' files whole."""
    content = path.read_bytes()
    return COMMENTS.sub(b"", content) if path.parent.name == "js" else content


@cache
def asset(name: str) -> Asset:
    """A bundle, or a single file of css/, js/ or images/, by its name."""
    content = _read(BUNDLES[name]) if name in BUNDLES else _single(name).read_bytes()
    if name == LOADER:
        content = _without_comments(content)
    stem, dot, suffix = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(
        url=f"/static/{stem}-{digest}{dot}{suffix}",
        content=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=TYPES[dot + suffix],
    )


def _without_comments(script: bytes) -> bytes:
    """The script without the lines that only a reader needs: what every page of a site loads."""
    lines = (line.strip() for line in script.splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith(b"//"))


def _single(name: str) -> Path:
    if not PLAIN_NAME.fullmatch(name):
        raise FileNotFoundError(name)
    for folder in ("css", "js", "images"):
        path = STATIC / folder / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"static/ has no {name}; run `make setup` if it is fetched.")


@cache
def icon_source(name: str) -> str:
    """The inner drawing of a lucide icon, fetched at set-up."""
    path = STATIC / "vendor" / "icons" / f"{name}.svg"
    if not path.is_file():
        raise FileNotFoundError(f"The icon {name} is missing; run `make setup`.")
    text = path.read_text()
    return " ".join(text[text.index(">", text.index("<svg")) + 1 : text.index("</svg>")].split())


def sent(file: Asset, request: Request[Any, Any, Any], *, cache_control: str) -> Response[bytes]:
    """The file as a response, compressed where the browser takes it."""
    zipped = takes_gzip(request) and len(file.compressed) < len(file.content)
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(
        file.compressed if zipped else file.content, media_type=file.media_type, headers=headers
    )


@get("/static/{path:path}", name="static", sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """A bundle or image under its hashed name; an outdated hash gives the newest file."""
    stem, _, suffix = str(path).strip("/").rpartition(".")
    name, _, digest = stem.rpartition("-")
    try:
        file = asset(f"{name}.{suffix}")
    except (FileNotFoundError, KeyError, OSError, ValueError) as error:
        raise NotFound from error
    fresh = digest and file.url.endswith(f"-{digest}.{suffix}")
    age = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return sent(file, request, cache_control=age)
