"""Headers on every answer, and refusal of writes from other sites."""

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
ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def framed_by(ancestors: str) -> str:
    """The content policy of a page that these sites may frame, and no other.

    It plays what it has fetched itself: where cookies do not come back, a player is nobody.
    """
    return POLICY.format(ancestors=ancestors or "'none'", media="'self' blob:")


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the headers to every answer, errors included; what a handler has set stays."""
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        given = {name.lower() for name, _ in message["headers"]}
        more = (header for header in ENCODED if header[0] not in given)
        message["headers"] = [*message["headers"], *more]


def refuse_foreign_writes(app: ASGIApp) -> ASGIApp:
    """Refuse writes that a page of another site makes a browser send.

    No token is needed: every browser since 2023 sends Sec-Fetch-Site, which scripts cannot set,
    and over plain http those before it, and now, send Origin with each write. Without both it
    is no browser, which carries nobody's cookies. The method is the one of Datasette and Go.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        writes = scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS
        if writes and not _from_here(dict(scope["headers"])):
            raise Forbidden(N_("This came from another site and was not done."))
        await app(scope, receive, send)

    return guarded


def _from_here(headers: dict[bytes, bytes]) -> bool:
    """Servers give the names of headers in lower case."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {b"same-origin", b"none"}
    origin = headers.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == headers.get(b"host")
