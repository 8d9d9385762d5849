"""What a site signs about who its visitor is, and whether a signature is right."""

import hashlib
import hmac
from typing import NamedTuple

VERSION = "parley-identity-1"


class Claims(NamedTuple):
    """Who the visitor is, as their site says; `exp` is in seconds since 1970."""

    external_id: str
    name: str
    email: str
    exp: int


def canonical(widget_key: str, claims: Claims) -> bytes:
    """The signed bytes: one value on each line, so that no two payloads read the same.

    The values have no line breaks. The widget's key is in it: a signature for one widget is
    worth nothing at another that happens to have the same secret.
    """
    lines = (VERSION, widget_key, claims.external_id, claims.name, claims.email, str(claims.exp))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def signature_of(secret: str, widget_key: str, claims: Claims) -> str:
    """The signature: HMAC-SHA256 as 64 small hexadecimal digits."""
    return hmac.new(secret.encode(), canonical(widget_key, claims), hashlib.sha256).hexdigest()


def is_signed(secret: str, widget_key: str, claims: Claims, signature: str) -> bool:
    """Whether whoever signed this has the secret; with no secret nobody has."""
    if not secret:
        return False
    right = signature_of(secret, widget_key, claims)
    return hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass"))
