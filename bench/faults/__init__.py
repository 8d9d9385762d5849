"""Visitors and agents talk while everything around them breaks; then what must hold is checked.

`python -m bench faults --seconds 120 --seed 7 --longest 5 --databases SQLite PostgreSQL`: a worker
is killed, ended and frozen for 20 s; connections of browsers, PostgreSQL and Redis are cut,
stalled, slowed, refused and left half-open for up to `--longest` seconds (at most 300); answers are
lost after the work was done; the disk is full; readers take nothing; both servers are started
anew. `--kinds "disk full" "worker killed"` breaks only these, each at least once. The seed decides
what happens in which order; the machine decides in which moment.
"""

from bench.faults.harness import broken, run
from bench.faults.plan import Plan

__all__ = ["Plan", "broken", "run"]
