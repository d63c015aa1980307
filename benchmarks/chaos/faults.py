"""The faults: processes killed with -9 and started again, PostgreSQL crashed, disks full, receivers that fail.

Each has a thread and a random generator of its own from the seed: the same seed makes the same choices, not the same
moments, for processes do not run twice alike.
"""

from __future__ import annotations

import contextlib
import random
import resource
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.chaos.deployment import Deployment
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.school import Cast
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import Product

# A process lives at least so long from the moment it is ready, and at most as long as is asked: in the middle of
# anything.
SHORTEST_LIFE = 0.05
# A supervisor starts again what ended by itself.
SUPERVISOR_SECONDS = 0.5
POSTGRES_LIFE_SECONDS = (6.0, 25.0)
POSTGRES_AWAY_SECONDS = (0.0, 2.5)
ROOM_SECONDS, FULL_SECONDS = (2.0, 8.0), (0.2, 2.0)
SPELL_SECONDS = (1.0, 5.0)

# What an endpoint does during a spell; the last step stays. Longer than the five seconds of an attempt is a failure.
SPELLS: tuple[tuple[int | dict[str, Any], ...], ...] = (
    (200,),
    (200,),
    (200,),
    ({"delay": 0.2},),
    (500, 200),
    (503, 500, {"close": True}, 200),
    ({"close": True},),
    ({"status": 503, "headers": {"Retry-After": "2"}},),
    ({"delay": 6.0}, {"delay": 0.5}),
)


class Faults:
    """`kills` in all, and `restarts` of PostgreSQL; `life` is the longest of a process, in seconds.

    `wait` returns when they are dealt out, or after `at_most` seconds; then everything is up again.
    """

    def __init__(
        self,
        ledger: Ledger,
        deployment: Deployment,
        receiver: Receiver,
        cast: Cast,
        *,
        kills: int,
        restarts: int,
        life: float,
    ) -> None:
        self._ledger, self._deployment, self._receiver = ledger, deployment, receiver
        self._hooks = [member.hook for member in cast.paged if member.hook is not None]
        self._kills, self._restarts, self._life = kills, restarts, (SHORTEST_LIFE, life)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._failed: list[BaseException] = []
        self._dealing: list[threading.Thread] = []
        self._spells: list[threading.Thread] = []

    def start(self, *, seed: int) -> None:
        for called, products in self._deployment.products.items():
            for number, product in enumerate(products):
                chance = random.Random(f"{seed}/{called} {number}")
                self._dealing.append(self._thread(self._mortal, called, product, chance))
        if self._deployment.postgres is not None:
            chance = random.Random(f"{seed}/postgres")
            self._dealing.append(self._thread(self._crashes, self._deployment.postgres, chance))
        elif hasattr(resource, "prlimit"):
            for product in self._deployment.all:
                self._spells.append(self._thread(self._full_disks, product, random.Random(f"{seed}/disk")))
        for hook in self._hooks:
            self._spells.append(self._thread(self._moods, hook, random.Random(f"{seed}/{hook}")))
        for thread in (*self._dealing, *self._spells):
            thread.start()

    def wait(self, *, at_most: float) -> None:
        deadline = time.monotonic() + at_most
        for thread in self._dealing:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._stopping.set()
        for thread in (*self._dealing, *self._spells):
            thread.join()
        for hook in self._hooks:
            self._receiver.behave(hook, 200)
        if self._failed:
            raise self._failed[0]

    def _thread(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            except BaseException as exc:
                self._failed.append(exc)
                self._stopping.set()

        return threading.Thread(target=run, daemon=True)

    def _mortal(self, called: str, product: Product, chance: random.Random) -> None:
        while not self._stopping.wait(chance.uniform(*self._life)) and self._take_one():
            product.kill9()
            self._ledger.count(f"kills of {called}")
            self._start(called, product)

    def _start(self, called: str, product: Product) -> None:
        """As a supervisor does: until it stays. It has to, within a minute."""
        deadline = time.monotonic() + 60
        while True:
            try:
                product.start()
                return
            except AssertionError:
                self._ledger.count(f"starts of {called} that did not succeed")
                if time.monotonic() > deadline:
                    raise
                time.sleep(SUPERVISOR_SECONDS)

    def _take_one(self) -> bool:
        with self._lock:
            self._kills -= 1
            return self._kills >= 0

    def _crashes(self, postgres: PostgresServer, chance: random.Random) -> None:
        for _ in range(self._restarts):
            if self._stopping.wait(chance.uniform(*POSTGRES_LIFE_SECONDS)):
                return
            postgres.halt()
            time.sleep(chance.uniform(*POSTGRES_AWAY_SECONDS))
            postgres.start()
            self._ledger.count("crashes of PostgreSQL")

    def _full_disks(self, product: Product, chance: random.Random) -> None:
        """For a while nothing beyond a point of a file can be written: SQLite is told what a full disk says.

        Within its log, not at its end: that is written over from the start, and would seldom grow.
        """
        while not self._stopping.wait(chance.uniform(*ROOM_SECONDS)):
            process = product.process
            if process is None:
                continue
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                log = product.data_dir / "peerline.sqlite3-wal"
                limit = int(log.stat().st_size * chance.uniform(0.2, 1.0))
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                self._ledger.count("spells of a full disk")
                self._stopping.wait(chance.uniform(*FULL_SECONDS))
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def _moods(self, hook: str, chance: random.Random) -> None:
        while not self._stopping.wait(chance.uniform(*SPELL_SECONDS)):
            self._receiver.behave(hook, *chance.choice(SPELLS))
            self._ledger.count("spells of receivers")
