"""The parts of a run that measure workers: how they share a backlog, and what one costs that is idle."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable

from app.core.db import Database
from benchmarks import rounds, starts, working
from benchmarks.rounds import Figure, Section
from benchmarks.sections import Run, ms

# Deliveries in hand in each worker: few, so that one leaves the machine room for another; and the product's own.
FEW = 4
DELIVERIES = 120
# Each is a backlog for one, for two and for three workers, and takes a quarter of a minute.
MOST_ROUNDS = 3


def workers(run: Run) -> Section:
    title = f"Deliveries to {working.RECEIVERS} receivers that take 50 ms each, by one to three workers, PostgreSQL"
    section = Section("workers", title)
    repeats = min(run.plan.rounds, MOST_ROUNDS)
    for concurrency in (FEW, None):
        said = "32, as it is" if concurrency is None else f"{concurrency} in hand"
        folder = run.folder / f"workers-{concurrency}"
        with working.hired(run.databases.postgres, run.receiver, folder, count=3, concurrency=concurrency) as crew:
            shared = working.share(crew, run.receiver, rounds=repeats, deliveries=DELIVERIES)
        one, two, three = shared.rates[1], shared.rates[2], shared.rates[3]
        section.figures += [
            Figure(f"{said}: {count} of them", statistics.median(rates), "a second")
            for count, rates in shared.rates.items()
        ]
        doubled = Figure(f"{said}: sent twice", shared.doubled, "", *rounds.judged(shared.doubled, at_most=0))
        section.figures.append(doubled)
        by = [a / b for a, b in zip(two, one, strict=True)]
        section.ratios.append(rounds.ratio(f"{said}: two / one", by, at_least=1.7 if concurrency else None))
        by = [a / b for a, b in zip(three, one, strict=True)]
        section.ratios.append(rounds.ratio(f"{said}: three / one", by))
    return section


def wake(run: Run) -> Section:
    section = Section("wake", "An idle worker: what it costs, and how soon new work is begun")
    number = 20 * run.plan.rounds
    with run.databases.products("wake") as [product]:
        section.figures.append(_idle("SQLite: `peerline serve` with its worker", working.idle_share(product.pid)))
        with contextlib.closing(Database(product.settings.url)) as db:
            section.figures += _starts("SQLite, in the same process", starts.in_this_process(db, number=number))
    folder = run.folder / "wake-postgres"
    with working.hired(run.databases.postgres, run.receiver, folder, count=1) as crew:
        section.figures.append(_idle("PostgreSQL: `peerline worker`", working.idle_share(crew.pids[0])))
        waits = working.arrivals(crew, run.receiver, number=number)
        section.figures += [
            ms(f"PostgreSQL, `peerline worker`: commit to the webhook's arrival, p{percent}", wait)
            for percent in (50, 99)
            for wait in [rounds.percentile(waits, percent)]
        ]
        section.figures += _starts("PostgreSQL, in another process", starts.in_another_process(crew.db, number=number))
    return section


def _idle(what: str, share: float) -> Figure:
    return Figure(f"{what}, idle", share * 1e3, "‰ of a core", *rounds.judged(share * 1e3, at_most=10))


def _starts(what: str, waits: list[float]) -> list[Figure]:
    return [
        ms(f"{what}: commit to start, p50", rounds.percentile(waits, 50), at_most=50),
        ms(f"{what}: commit to start, p99", rounds.percentile(waits, 99)),
    ]


SECTIONS: dict[str, Callable[[Run], Section]] = {"workers": workers, "wake": wake}
