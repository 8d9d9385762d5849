"""Visitors and agents talk while everything around them breaks; then what must hold is checked.

`python -m bench faults --seconds 120 --seed 7`: a worker is killed, ended and frozen, connections
of browsers, PostgreSQL and Redis are cut, slowed and left half-open, answers are lost after the
work was done, and both servers are started anew. The seed decides what happens in which order;
the machine decides in which moment.
"""

from bench.faults.harness import broken, run
from bench.faults.plan import Plan

__all__ = ["Plan", "broken", "run"]
