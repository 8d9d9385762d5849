"""Secrets that stand for someone: random, and stored only as a hash."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits as text that fits a cookie and a header."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token; it is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
