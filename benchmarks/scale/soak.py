"""Steady mixed load, and what memory it takes: python -m benchmarks.scale.soak --minutes N

The API and the worker are processes of their own. Who sends an urgent report is answered in the same round, so that as
much is open in the last minute as in the first. Their resident memory is noted every few seconds; over the second
half a line is laid through it, with the range that its slope has in 95 of 100 such runs. Exit status 1 when one of them
grows.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scale import deployment, fill, measure, paths
from benchmarks.scale.deployment import Deployment
from benchmarks.scale.fill import Size
from benchmarks.tables import table
from tests.support import processes as kept
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import Server, Worker

EVERY_SECONDS = 5.0
# What counts as flat: so many bytes for each request at the most.
MOST_BYTES = 1_000_000 / 100_000
# Of Student's distribution for many degrees of freedom: 95 of 100.
SPREAD = 1.96
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Noted:
    """Resident bytes of a process when so many requests had been answered."""

    requests: int
    resident: int


@dataclass(frozen=True, slots=True)
class Line:
    """Bytes for each request, and how far the slope may be off."""

    slope: float
    off: float

    @property
    def is_flat(self) -> bool:
        return self.slope <= MOST_BYTES or self.slope - self.off <= 0


def line_through(noted: Sequence[Noted]) -> Line:
    """Least squares. Neighbours are alike, so that the range counts fewer of them than there are: by their correlation
    (Bartlett's formula for a first-order process)."""
    count = len(noted)
    mean_x = sum(each.requests for each in noted) / count
    mean_y = sum(each.resident for each in noted) / count
    spread = sum((each.requests - mean_x) ** 2 for each in noted)
    if count < 3 or spread == 0:
        return Line(0.0, math.inf)
    slope = sum((each.requests - mean_x) * (each.resident - mean_y) for each in noted) / spread
    rest = [each.resident - mean_y - slope * (each.requests - mean_x) for each in noted]
    power = sum(each**2 for each in rest)
    alike = sum(one * other for one, other in itertools.pairwise(rest)) / power if power else 0.0
    alike = min(max(alike, 0.0), 0.99)
    error = math.sqrt(power / (count - 2) / spread * (1 + alike) / (1 - alike))
    return Line(slope, SPREAD * error)


class Load:
    """One of several who go through all paths of their school, again and again."""

    def __init__(self, server: Server, made: Deployment, numbers: Sequence[int], *, pause: float) -> None:
        self.answered = self.refused = 0
        self._server, self._made, self._numbers, self._pause = server, made, numbers, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """False once it has been stopped, or by a fault of its own, which its thread has told then."""
        return self._thread.is_alive()

    def _run(self) -> None:
        sides = [measure.Side(self._server, self._made.place(fill.slug_of(number))) for number in self._numbers]
        while not self._stop.is_set():
            for side in sides:
                asks = [
                    *paths.lists(side.place, cursor=None),
                    *paths.reads(side.place),
                    *paths.writes(side.place),
                    *paths.of_a_reporter(side.reporter()),
                ]
                for ask in asks:
                    if self._stop.is_set():
                        return
                    try:
                        side.seconds(ask)
                        self.answered += 1
                    except RuntimeError as exc:
                        self.refused += 1
                        print(exc, file=sys.stderr)
                    time.sleep(self._pause)
                for report_id in side.urgent():
                    side.seconds(paths.answer(side.place, report_id))
                    self.answered += 1


def main() -> int:
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="peerline-soak-", dir=chosen.dir))
    kept.keep_folder(folder)
    with contextlib.ExitStack() as stack:
        stack.callback(kept.remove_folder, folder)
        receiver = stack.enter_context(Receiver())
        settings = deployment.POSTGRES | {"shared_buffers": "256MB", "autovacuum": "on"}
        postgres = stack.enter_context(PostgresServer(durable=True, parent=chosen.dir, **settings))
        size = Size(chosen.schools, chosen.reports, jobs=1)
        made = deployment.make(postgres, "soak", folder=folder / "made", receiver=receiver, size=size, years=1)
        server = Server(
            folder / "served",
            worker=False,
            database_url=made.url,
            env={
                "PEERLINE_RATE_LIMIT_PER_MINUTE": str(10**9),
                "PEERLINE_REPORTS_BEFORE_CHALLENGE": str(10**9),
                "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin,
                # As the image and the units in deploy/ have it.
                "MALLOC_ARENA_MAX": "2",
            },
        )
        server.fresh = True
        server.output.touch()
        worker = Worker(server)
        worker.fresh = True
        stack.enter_context(server)
        stack.enter_context(worker)
        loads = [
            Load(server, made, range(job, chosen.schools, chosen.clients), pause=chosen.pause)
            for job in range(chosen.clients)
        ]
        for load in loads:
            load.start()
        noted = _watch({"API": server, "worker": worker}, loads, minutes=chosen.minutes)
        for load in loads:
            load.stop()
    return _tell(noted, sum(load.answered for load in loads), sum(load.refused for load in loads), chosen.minutes)


def _watch(products: dict[str, Server | Worker], loads: Sequence[Load], *, minutes: float) -> dict[str, list[Noted]]:
    noted: dict[str, list[Noted]] = {name: [] for name in products}
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        time.sleep(EVERY_SECONDS)
        if not all(load.alive for load in loads):
            # What nobody asks anything of stays as it is, and would look flat.
            raise RuntimeError("a client ended before its time")
        answered = sum(load.answered for load in loads)
        for name, product in products.items():
            assert product.process is not None
            noted[name].append(Noted(answered, resident(product.process.pid)))
        if len(noted["API"]) % 12 == 0:
            told = ", ".join(f"{name} {each[-1].resident / 1e6:.1f} MB" for name, each in noted.items())
            print(f"{answered} requests: {told}", file=sys.stderr, flush=True)
    return noted


def resident(pid: int) -> int:
    """Bytes of memory that a process has now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def _tell(noted: dict[str, list[Noted]], answered: int, refused: int, minutes: float) -> int:
    print(f"\n{answered} requests in {minutes:g} minutes, {refused} not answered as they should.\n")
    rows, grows = [], False
    for name, all_ in noted.items():
        second_half = all_[len(all_) // 2 :]
        line = line_through(second_half)
        grows = grows or not line.is_flat
        rows.append(
            [
                name,
                f"{all_[0].resident / 1e6:.1f}",
                f"{second_half[0].resident / 1e6:.1f}",
                f"{all_[-1].resident / 1e6:.1f}",
                f"{line.slope / 10:.2f} ± {line.off / 10:.2f}",
                "yes" if line.is_flat else "no",
            ]
        )
    head = ["process", "MB at first", "half way", "at last", "MB for 100,000 requests, second half", "flat"]
    print("\n".join(table(head, rows)))
    return 1 if grows else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--schools", type=int, default=20)
    parser.add_argument("--reports", type=int, default=4_000)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a client")
    parser.add_argument("--dir", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
