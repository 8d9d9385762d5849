"""How the cast reaches the app: each with what their browser would send."""

import httpx

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def browser(app, *, session="", visitor="", key="shop", address=HOME, headers=None):
    """A browser with an agent's session, a visitor's token, or neither."""
    cookies = {"parley-session": session, f"__Host-parley-{key}": visitor}
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=(address, 50000)),
        base_url="https://parley.test",
        headers={**({"Cookie": sent} if sent else {}), **(headers or {})},
    )
