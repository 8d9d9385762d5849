"""Measure the budgets of DESIGN.md §12: `make bench`, or `make bench ARGS="messages pages"`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import budgets, plot
from bench.budgets import Measured

BENCHES = ("messages", "streams", "pages", "transcript", "uploads", "sqlite", "calls")
# Longer than the others, and no budget but one: asked for by name.
BESIDES = ("faults", "scale", "growth")
DATABASES = ("SQLite", "PostgreSQL")
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Run the named benches, print one table, keep it as JSON; a budget not held is code 1."""
    options = _options()
    for name in [name for name in os.environ if name.startswith("PARLEY_")]:
        del os.environ[name]
    with TemporaryDirectory(prefix="parley-bench-") as folder:
        # Piccolo's configuration opens a folder when it is imported; no bench uses it.
        os.environ |= {"PARLEY_DATA": folder, "DATABASE_URL": ""}
        from bench.server import Others  # noqa: PLC0415 - needs the folder

        about = _circumstances()
        print(about["machine"], flush=True)
        lines: list[Measured] = []
        for name in options.benches:
            print(f"Measuring {name} …", flush=True)
            bench: Callable[[argparse.Namespace], list[Measured]]
            bench = import_module(f"bench.{name}").run
            others = Others()
            lines += bench(options)
            # Above a few percent the times below say little: come back when it is quiet.
            lines.append(Measured(f"{name}: others used of the machine", others.percent(), "%"))
    print(f"\n{budgets.table(lines)}")
    budgets.store(RESULTS, lines, about)
    plot.store(RESULTS.with_suffix(".svg"), lines)
    missed = [line for line in lines if line.held == "NO"]
    print(f"\n{len(missed)} of {sum(bool(line.budget) for line in lines)} budgets not held.")
    sys.exit(1 if missed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "benches", nargs="*", choices=[*BENCHES, *BESIDES, []], help="all when none is named"
    )
    parser.add_argument("--seconds", type=float, default=6, help="of the longest measurement")
    parser.add_argument(
        "--streams", type=int, nargs="+", default=[100, 1_000, 5_000], help="idle streams to hold"
    )
    parser.add_argument("--seed", type=int, help="of the faults, to repeat a run")
    parser.add_argument("--longest", type=float, default=5, help="seconds of one fault")
    parser.add_argument("--kinds", nargs="+", default=(), help='of faults, such as "disk full"')
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    options = parser.parse_args()
    options.benches = options.benches or BENCHES
    return options


def _circumstances() -> dict[str, str]:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    load = f"load {os.getloadavg()[0]:.1f} before"
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": f"{machine}; {load}"}


if __name__ == "__main__":
    main()
