"""Sides measured in turn, round after round, and what follows from them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks import processes
from benchmarks.processes import Generator

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure. `settle`: seconds that a side may have for work its load left behind.

    `pages` reports are sent at `pages_rate` a second for the time to a page.
    """

    seconds: float
    warm_up: float
    rounds: int
    settle: float
    pages: int
    pages_rate: float


@dataclass(frozen=True, slots=True)
class Side:
    """Requests, sent in turn, against one server process. `settles`: it may have work left after the load."""

    name: str
    port: int
    pid: int
    requests: Sequence[bytes]
    expect: int = 200
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Take:
    """One measurement of one side. `refused`: every other answer than expected, and every lost one."""

    rate: float
    latencies: list[float]
    refused: int
    cpu_ms: float | None
    generator_busy: float


@dataclass(frozen=True, slots=True)
class Row:
    """One side over all rounds: medians of rate and processor time, percentiles of all latencies together."""

    what: str
    rate: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None
    requests: int
    refused: int
    generator_busy: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two sides compared round by round. `met` is None where there is no target."""

    what: str
    median: float
    low: float
    high: float
    rounds: list[float]
    target: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands for itself."""

    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Section:
    """What one part of the run found."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(row.refused for row in self.rows)


Takes = dict[str, list[Take]]


def measure(
    generator: Generator, sides: Sequence[Side], plan: Plan, *, before_round: Callable[[], None] = lambda: None
) -> Takes:
    """Each side in turn, all of them in each round; the others' processes stand still meanwhile."""
    takes: Takes = {side.name: [] for side in sides}
    pids = sorted({side.pid for side in sides})
    for round_ in range(plan.rounds + 1):
        if round_:
            before_round()
        for side in sides:
            with processes.frozen([pid for pid in pids if pid != side.pid]):
                if round_:
                    takes[side.name].append(_take(generator, side, plan.seconds))
                else:
                    _take(generator, side, plan.warm_up)
                if side.settles:
                    processes.settle(side.pid, at_most=plan.settle)
    return takes


def row(what: str, takes: Sequence[Take]) -> Row:
    latencies = [latency for take in takes for latency in take.latencies]
    cpu = [take.cpu_ms for take in takes if take.cpu_ms is not None]
    return Row(
        what=what,
        rate=statistics.median(take.rate for take in takes),
        p50_ms=percentile(latencies, 50) * 1e3,
        p99_ms=percentile(latencies, 99) * 1e3,
        cpu_ms=statistics.median(cpu) if cpu else None,
        requests=len(latencies),
        refused=sum(take.refused for take in takes),
        generator_busy=max(take.generator_busy for take in takes),
    )


def rate_ratio(
    what: str,
    ones: Sequence[Take],
    others: Sequence[Take],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Ratio:
    """Rates of `ones` by rates of `others`, round by round: above 1, the first is the faster."""
    values = [one.rate / other.rate for one, other in zip(ones, others, strict=True)]
    return ratio(what, values, at_least=at_least, at_most=at_most)


def ratio(what: str, values: list[float], *, at_least: float | None = None, at_most: float | None = None) -> Ratio:
    median = statistics.median(values)
    target, met = judged(median, at_least=at_least, at_most=at_most)
    return Ratio(what, median, min(values), max(values), values, target, met)


def judged(value: float, *, at_least: float | None = None, at_most: float | None = None) -> tuple[str, bool | None]:
    """The target in words, and whether a value meets it."""
    if at_least is not None:
        return f"≥ {at_least:g}", value >= at_least
    if at_most is not None:
        return f"≤ {at_most:g}", value <= at_most
    return "", None


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank; not a number without values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _take(generator: Generator, side: Side, seconds: float) -> Take:
    before = processes.cpu_seconds(side.pid)
    result = generator.run(port=side.port, requests=side.requests, clients=CLIENTS, seconds=seconds)
    after = processes.cpu_seconds(side.pid)
    good = int(result["statuses"].get(str(side.expect), 0))
    answered = sum(result["statuses"].values())
    cpu = None if before is None or after is None or not answered else (after - before) / answered * 1e3
    return Take(
        rate=good / float(result["elapsed"]),
        latencies=list(result["latencies"]),
        refused=answered - good + int(result["lost"]),
        cpu_ms=cpu,
        generator_busy=float(result["busy"]),
    )
