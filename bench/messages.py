"""Messages: from POST to the other side's stream, and how many a second one process takes."""

import statistics
from argparse import Namespace
from dataclasses import asdict
from typing import Any, NamedTuple

from app.settings import Settings
from bench import budgets, load, scene
from bench.budgets import Measured
from bench.server import BARE, NOTHING, PARLEY, Server, database, serving

CHATS, AGENTS = 50, 10
RATE = 100
WORKERS = 32
TURNS = 3


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
                turns = [
                    _turn(server, settings, chats, options.seconds / TURNS) for _ in range(TURNS)
                ]
            stored = scene.entries(settings) - stored
            measured += _lines(kind, steady, turns, stored)
    with database("SQLite") as settings, serving(NOTHING, settings) as server:
        ceiling = load.run(
            "requests", port=server.port, path="/", workers=WORKERS, seconds=options.seconds / 3
        )
    return [
        *measured,
        Measured("the load generator's own ceiling, against nothing", ceiling["per_second"], "/s"),
    ]


class Turn(NamedTuple):
    """As many messages as go, and right after them what a bare handler takes of them."""

    full: dict[str, Any]
    bare: float

    @property
    def share(self) -> float:
        """In percent: of a machine whose speed changes, the two are neighbours in time."""
        per_second: float = self.full["per_second"]
        return 100 * per_second / self.bare


def _turn(server: Server, settings: Settings, chats: list[load.Chat], seconds: float) -> Turn:
    full = load.run("throughput", **asdict(server), chats=chats, workers=WORKERS, seconds=seconds)
    return Turn(full, _bare(settings, seconds))


def _bare(settings: Settings, seconds: float) -> float:
    with serving(BARE, settings) as server:
        result = load.run(
            "requests", port=server.port, path="/notes", workers=WORKERS, seconds=seconds
        )
    if result["statuses"].keys() != {"200"}:
        raise RuntimeError(f"The bare handler answered {result['statuses']}.")
    per_second: float = result["per_second"]
    return per_second


def _lines(kind: str, steady: dict[str, Any], turns: list[Turn], stored: int) -> list[Measured]:
    said = f"{kind}: message, POST to the other side's stream, {RATE}/s over {CHATS} chats"
    results = [steady, *(turn.full for turn in turns)]
    refused = sum(
        count
        for result in results
        for status, count in result["statuses"].items()
        if status != "200"
    )

    def middle(name: str) -> float:
        return statistics.median(turn.full[name] for turn in turns)

    return [
        Measured(f"{said}, p50", steady["p50"], "ms", budgets.LATENCY_P50),
        Measured(f"{said}, p99", steady["p99"], "ms", budgets.LATENCY_P99),
        Measured(f"{kind}: … slowest of {steady['measured']}", steady["max"], "ms"),
        Measured(f"{kind}: … CPU of the server for each message", steady["cpu"], "ms"),
        Measured(f"{kind}: … the load generator's own lateness, p99", steady["late_p99"], "ms"),
        Measured(
            f"{kind}: messages stored and delivered to both sides",
            middle("per_second"),
            "/s",
            budgets.MESSAGES,
        ),
        Measured(
            f"{kind}: … of a bare handler with one INSERT",
            statistics.median(turn.bare for turn in turns),
            "/s",
        ),
        Measured(
            f"{kind}: … share of the bare handler, the middle of {TURNS} turns",
            statistics.median(turn.share for turn in turns),
            "%",
            budgets.SHARE_OF_BARE,
        ),
        Measured(f"{kind}: … answered", middle("answered_per_second"), "/s"),
        Measured(f"{kind}: … last delivery after the last answer", middle("behind"), "ms"),
        Measured(f"{kind}: … CPU of the server for each message", middle("cpu"), "ms"),
        Measured(
            f"{kind}: … answered but not delivered live, refused, or not stored",
            sum(result["lost"] for result in results)
            + refused
            + abs(sum(result["sent"] for result in results) - refused - stored),
            "messages",
            budgets.NONE_LOST,
        ),
        Measured(
            f"{kind}: … times a stream was told to catch up",
            sum(result["caught_up"] for result in results),
            "times",
        ),
    ]
