"""How the two browsers may find each other: STUN, and TURN with credentials for this call."""

import base64
import hashlib
import hmac
from typing import Any

from app.moments import now
from app.settings import Settings


def ice_servers(settings: Settings, name: str) -> list[dict[str, Any]]:
    """The servers for RTCPeerConnection, as this person may use them for a while.

    The credentials are those of coturn's `use-auth-secret`: the end of their time and a name, and
    an HMAC-SHA1 over both with the secret that Parley and the TURN server share.
    """
    servers: list[dict[str, Any]] = []
    if stun := settings.stun_urls.split():
        servers.append({"urls": stun})
    if turn := settings.turn_urls.split():
        until = int(now().timestamp()) + settings.turn_minutes * 60
        user = f"{until}:{name}"
        digest = hmac.new(settings.turn_secret.encode(), user.encode(), hashlib.sha1).digest()
        servers.append(
            {"urls": turn, "username": user, "credential": base64.b64encode(digest).decode()}
        )
    return servers
