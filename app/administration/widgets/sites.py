"""The sites that may show a widget: origins in the form that frame-ancestors takes."""

import re
from urllib.parse import urlsplit

from app.languages import N_

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?:\*\.)?{LABEL}(?:\.{LABEL})*")
PORT = re.compile(r"\*|[1-9][0-9]{0,4}")
DEFAULT_PORTS = {"http": "80", "https": "443"}
LARGEST_PORT, LONGEST_HOST, MOST_SITES = 65535, 253, 100


def origin(text: str) -> str:
    """The origin that a line says, such as https://shop.example or https://*.shop.example:*.

    Only a leading `*.` and a port of `*` are open; anything else that is no origin is a
    ValueError with its sentence. The result is safe to stand in a header.
    """
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError(N_("“{text}” must begin with https:// or http://", text=text))
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            N_("“{text}” has more than a site: leave out what follows its name.", text=text)
        )
    name, colon, port = parts.netloc.partition(":")
    host = _host(name, text)
    if colon and (not PORT.fullmatch(port) or (port != "*" and int(port) > LARGEST_PORT)):
        raise ValueError(N_("“{text}” has no valid port: a number, or * for any.", text=text))
    ended = f":{port}" if colon and port != DEFAULT_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{host}{ended}"


def origins(text: str) -> list[str]:
    """The origins of a field with one in each line; the first wrong line is a ValueError."""
    lines = dict.fromkeys(origin(line) for line in _lines(text))
    if len(lines) > MOST_SITES:
        raise ValueError(N_("At most {most} sites.", most=MOST_SITES))
    return list(lines)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _host(name: str, text: str) -> str:
    wildcard, bare = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        ascii_name = bare.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(N_("“{text}” has no valid name of a site.", text=text)) from error
    host = wildcard + ascii_name
    if len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise ValueError(
            N_("“{text}” has no valid name of a site; * may only stand first, as *.", text=text)
        )
    return host
