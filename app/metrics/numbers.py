"""The numbers of this process since it started; counting one is a look into a dictionary."""

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STARTED_AT = time.time()
# Whose numbers they are, where several processes answer at one address; else nobody asks.
_worker: dict[str, str] = {}


def name_worker(number: int) -> None:
    """From now on each number of this process says which of the workers it is."""
    _worker["worker"] = str(number)


class Counter:
    """Counts what happened, by the value of one label or without any."""

    def __init__(self, name: str, text: str, label: str = "") -> None:
        self.name = name
        self._text = text
        self._label = label
        self._counts: dict[str, int] = {} if label else {"": 0}

    def add(self, value: str = "", amount: int = 1) -> None:
        """It happened, with this value of the label."""
        self._counts[value] = self._counts.get(value, 0) + amount

    def count(self, value: str = "") -> int:
        """How often it happened with this value."""
        return self._counts.get(value, 0)

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield from head(self.name, "counter", self._text)
        for value, count in self._counts.items():
            yield own_line(self.name, {self._label: value} if self._label else {}, count)


class Histogram:
    """Counts how long something took, in seconds."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text
        self._counts = [0] * (len(SECONDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """It took so long."""
        self._counts[bisect_left(SECONDS, seconds)] += 1
        self._sum += seconds

    @property
    def count(self) -> int:
        """How often it was observed."""
        return sum(self._counts)

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it: each bucket holds those before it."""
        yield from head(self.name, "histogram", self._text)
        so_far = 0
        for bound, count in zip((*SECONDS, "+Inf"), self._counts, strict=True):
            so_far += count
            yield own_line(f"{self.name}_bucket", {"le": str(bound)}, so_far)
        yield own_line(f"{self.name}_sum", {}, self._sum)
        yield own_line(f"{self.name}_count", {}, so_far)


def gauge(name: str, text: str, values: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    """A number that goes up and down, with its labels."""
    yield from head(name, "gauge", text)
    for labels, value in values:
        yield line(name, labels, value)


def own_gauge(
    name: str, text: str, values: Iterable[tuple[Mapping[str, str], float]]
) -> Iterator[str]:
    """A gauge of this process alone."""
    return gauge(name, text, [({**labels, **_worker}, value) for labels, value in values])


def own_line(name: str, labels: Mapping[str, str], value: float) -> str:
    """One number of this process alone."""
    return line(name, {**labels, **_worker}, value)


def head(name: str, kind: str, text: str) -> Iterator[str]:
    """The two lines before a metric."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def line(name: str, labels: Mapping[str, str], value: float) -> str:
    """One number; whatever a label says stays inside its quotes."""
    inside = ",".join(f'{label}="{_escaped(said)}"' for label, said in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escaped(said: str) -> str:
    return said.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


MESSAGES = Counter("parley_messages_total", "Messages stored, by who wrote them.", "author")
DELIVERY = Histogram(
    "parley_delivery_seconds", "From an entry's commit until it is written on a stream."
)
OFFERS = Counter("parley_offers_total", "Offers that ended, by outcome.", "outcome")
CALLS = Counter("parley_calls_total", "Voice calls that ended, by how.", "how")
REQUESTS = Counter("parley_requests_total", "Requests answered, by kind of status.", "status")
ERRORS = Counter("parley_errors_total", "Answers with a status from 500 on, by route.", "route")
UPLOADS = Counter("parley_uploads_total", "Files taken, by who sent them.", "sender")
UPLOADED = Counter("parley_uploaded_bytes_total", "Bytes of the files taken.")
CANARIES = Counter("parley_canary_total", "Messages of the delivery canary, by outcome.", "outcome")
CANARY = Histogram(
    "parley_canary_seconds", "From sending a canary's message until it was read on a stream."
)
ALL = (MESSAGES, DELIVERY, OFFERS, CALLS, REQUESTS, ERRORS, UPLOADS, UPLOADED, CANARIES, CANARY)
