"""Headers on every answer, and refusal of writes from other sites."""

from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.languages import N_
from app.problems import Forbidden

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src {media}; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)
# What a page may ask of the device; for the microphone it needs a reason.
PERMISSIONS = "camera=(), microphone={}, geolocation=()"
MAY_LISTEN = {"permissions-policy": PERMISSIONS.format("(self)")}
HEADERS = {
    "content-security-policy": POLICY.format(ancestors="'none'", media="'self'"),
    "x-content-type-options": "nosniff",
    # Not no-referrer: with it a browser on plain http says that our own forms come from nowhere.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": PERMISSIONS.format("()"),
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def framed_by(ancestors: str) -> str:
    """The content policy of a page that these sites may frame, and no other.

    It plays what it has fetched itself: where cookies do not come back, a player is nobody.
    """
    return POLICY.format(ancestors=ancestors or "'none'", media="'self' blob:")


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the headers to every answer, errors included; what a handler has set stays."""
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            if name not in headers:
                headers[name] = value


def refuse_foreign_writes(app: ASGIApp) -> ASGIApp:
    """Refuse writes that a page of another site makes a browser send.

    No token is needed: every browser since 2023 sends Sec-Fetch-Site, which scripts cannot set,
    and over plain http those before it, and now, send Origin with each write. Without both it
    is no browser, which carries nobody's cookies. The method is the one of Datasette and Go.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
            if not _from_here(headers):
                raise Forbidden(N_("This came from another site and was not done."))
        await app(scope, receive, send)

    return guarded


def _from_here(headers: dict[bytes, str]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin).netloc == headers.get(b"host")
