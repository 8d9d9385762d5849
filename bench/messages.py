"""Messages: from POST to the other side's stream, and how many a second one process takes."""

from argparse import Namespace
from dataclasses import asdict
from typing import Any

from app.settings import Settings
from bench import budgets, load, scene
from bench.budgets import Measured
from bench.server import BARE, NOTHING, PARLEY, database, serving

CHATS, AGENTS = 50, 10
RATE = 100
WORKERS = 32


def run(options: Namespace) -> list[Measured]:
    """Latency at a steady rate, then as many messages as go, on each database."""
    measured = []
    for kind in options.databases:
        with database(kind) as settings:
            chats = scene.chats(settings, CHATS, agents=AGENTS)
            stored = scene.entries(settings)
            with serving(PARLEY, settings) as server:
                steady = load.run(
                    "latency", **asdict(server), chats=chats, rate=RATE, seconds=options.seconds
                )
                full = load.run(
                    "throughput",
                    **asdict(server),
                    chats=chats,
                    workers=WORKERS,
                    seconds=options.seconds * 2 / 3,
                )
            stored = scene.entries(settings) - stored
            bare = _bare(settings, options.seconds / 2)
            measured += _lines(kind, steady, full, bare, stored)
    with database("SQLite") as settings, serving(NOTHING, settings) as server:
        ceiling = load.run(
            "requests", port=server.port, path="/", workers=WORKERS, seconds=options.seconds / 3
        )
    return [
        *measured,
        Measured("the load generator's own ceiling, against nothing", ceiling["per_second"], "/s"),
    ]


def _bare(settings: Settings, seconds: float) -> float:
    with serving(BARE, settings) as server:
        result = load.run(
            "requests", port=server.port, path="/notes", workers=WORKERS, seconds=seconds
        )
    if result["statuses"].keys() != {"200"}:
        raise RuntimeError(f"The bare handler answered {result['statuses']}.")
    per_second: float = result["per_second"]
    return per_second


def _lines(
    kind: str, steady: dict[str, Any], full: dict[str, Any], bare: float, stored: int
) -> list[Measured]:
    said = f"{kind}: message, POST to the other side's stream, {RATE}/s over {CHATS} chats"
    refused = sum(
        count
        for result in (steady, full)
        for status, count in result["statuses"].items()
        if status != "200"
    )
    per_second = full["per_second"]
    return [
        Measured(f"{said}, p50", steady["p50"], "ms", budgets.LATENCY_P50),
        Measured(f"{said}, p99", steady["p99"], "ms", budgets.LATENCY_P99),
        Measured(f"{kind}: … slowest of {steady['measured']}", steady["max"], "ms"),
        Measured(f"{kind}: … CPU of the server for each message", steady["cpu"], "ms"),
        Measured(f"{kind}: … the load generator's own lateness, p99", steady["late_p99"], "ms"),
        Measured(
            f"{kind}: messages stored and delivered to both sides",
            per_second,
            "/s",
            budgets.MESSAGES,
        ),
        Measured(f"{kind}: … of a bare handler with one INSERT", bare, "/s"),
        Measured(
            f"{kind}: … share of the bare handler",
            100 * per_second / bare,
            "%",
            budgets.SHARE_OF_BARE,
        ),
        Measured(f"{kind}: … answered", full["answered_per_second"], "/s"),
        Measured(f"{kind}: … last delivery after the last answer", full["behind"], "ms"),
        Measured(f"{kind}: … CPU of the server for each message", full["cpu"], "ms"),
        Measured(
            f"{kind}: … answered but not delivered live, refused, or not stored",
            steady["lost"]
            + full["lost"]
            + refused
            + abs(steady["sent"] + full["sent"] - refused - stored),
            "messages",
            budgets.NONE_LOST,
        ),
        Measured(
            f"{kind}: … times a stream was told to catch up",
            steady["caught_up"] + full["caught_up"],
            "times",
        ),
    ]
