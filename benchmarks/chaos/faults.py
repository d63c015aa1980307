"""The faults: processes that die, PostgreSQL restarted, disks full, clocks stepped, receivers that fail.

Each has a thread and a random generator of its own from the seed: the same seed makes the same choices, not the same
moments, for processes do not run twice alike.
"""

from __future__ import annotations

import contextlib
import random
import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.chaos import clocks, servers
from benchmarks.chaos.deployment import Deployment
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.lives import Budget, Life, by_address, owner_of
from benchmarks.chaos.receivers import Moods, behave_if_there
from benchmarks.chaos.school import Cast
from tests.support.receiver import Receiver
from tests.support.server import Product
from tests.support.starts import Nursery

ROOM_SECONDS, FULL_SECONDS = (2.0, 8.0), (0.2, 2.0)
# Clocks keep time for a while, long enough to see that nothing is sent twice then; for a while they are stepped.
GOOD_TIME_SECONDS, BAD_TIME_SECONDS = (30.0, 45.0), (8.0, 20.0)
STEP_SECONDS = (0.5, 4.0)
# Between two kills of whoever has a delivery in hand, and how long a receiver keeps that waiting.
AIM_SECONDS, IN_HAND_SECONDS, ARRIVES_SECONDS = (1.0, 4.0), 1.5, 8.0
# Between two lines that say how far it is.
TELL_SECONDS = 30.0
IN_HAND = "with a delivery in hand"


class Faults:
    """Kills are taken from `budget`; `restarts` are of PostgreSQL; `life` is the longest of a process, in seconds.

    `wait` returns when they are dealt out, or after `at_most` seconds; then everything is up and right again.
    """

    def __init__(
        self,
        ledger: Ledger,
        deployment: Deployment,
        receiver: Receiver,
        cast: Cast,
        *,
        budget: Budget,
        restarts: int,
        life: float,
        nursery: Nursery,
        seed: int,
        step_clocks: bool,
    ) -> None:
        self._ledger, self._deployment, self._receiver = ledger, deployment, receiver
        self._hooks = [member.hook for member in cast.paged if member.hook is not None]
        self._restarts, self._seed, self._step_clocks = restarts, seed, step_clocks
        self._stopping = threading.Event()
        self._failed: list[BaseException] = []
        self._dealing: list[threading.Thread] = []
        self._spells: list[threading.Thread] = []
        self._lives = [
            Life(
                called,
                product,
                self._chance(f"{called} {number}"),
                ledger=ledger,
                budget=budget,
                longest=life,
                nursery=nursery,
            )
            for called, products in deployment.products.items()
            for number, product in enumerate(products)
        ]
        self._budget = budget
        self._by_address = by_address(self._lives)
        self._moods = Moods(ledger, receiver, cast, deployment.addresses, self._chance("receivers"))

    def start(self) -> None:
        """Processes start as the first of all."""
        self._living = [self._thread(life.live, self._stopping) for life in self._lives]
        if self._deployment.postgres is not None:
            self._dealing.append(self._thread(self._restart_postgres))
        elif hasattr(resource, "prlimit"):
            for product in self._deployment.all:
                self._spells.append(self._thread(self._full_disks, product, self._chance("disk")))
        self._spells.append(self._thread(self._moods.run, self._stopping))
        self._spells.append(self._thread(self._aim, self._chance("aim")))
        if self._step_clocks:
            self._spells.append(self._thread(self._clocks, self._chance("clocks")))
        for thread in (*self._living, *self._dealing, *self._spells):
            thread.start()

    def wait(self, *, at_most: float) -> None:
        deadline = time.monotonic() + at_most
        told = time.monotonic()
        while time.monotonic() < deadline and not self._stopping.is_set():
            if self._budget.spent and not any(thread.is_alive() for thread in self._dealing):
                break
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                kills, restarts = self._ledger.counts["kills (-9)"], self._ledger.counts["restarts of PostgreSQL"]
                print(f"  {kills} kills, {restarts} restarts", file=sys.stderr, flush=True)
            time.sleep(0.2)
        self._stopping.set()
        for thread in (*self._dealing, *self._spells, *self._living):
            thread.join()
        if self._failed:
            raise self._failed[0]
        self._moods.end()

    def strike(self, address: str, when: str) -> None:
        """Kill what answers at this address, this moment."""
        if not self._stopping.is_set():
            self._by_address[address].strike(when)

    def _chance(self, of: str) -> random.Random:
        return random.Random(f"{self._seed}/{of}")

    def _thread(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            except BaseException as exc:
                self._failed.append(exc)
                self._stopping.set()

        return threading.Thread(target=run, daemon=True)

    def _restart_postgres(self) -> None:
        postgres, chance = self._deployment.postgres, self._chance("postgres")
        assert postgres is not None
        servers.trouble(
            postgres,
            chance,
            restarts=self._restarts,
            disk=self._deployment.disk,
            stopping=self._stopping,
            ledger=self._ledger,
        )

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

    def _clocks(self, chance: random.Random) -> None:
        """Of one host or of all, forwards or backwards, and right again after a while: which is a step, too."""
        while not self._stopping.wait(chance.uniform(*GOOD_TIME_SECONDS)):
            began = time.monotonic()
            until = began + chance.uniform(*BAD_TIME_SECONDS)
            while time.monotonic() < until and not self._stopping.is_set():
                hosts = self._deployment.clocks
                stepped = hosts if chance.random() < 0.25 else [chance.choice(hosts)]
                seconds = chance.choice(clocks.STEPS)
                for clock in stepped:
                    clock.set(seconds)
                self._ledger.count(f"clocks stepped by {seconds:+g} s, and back", len(stepped))
                self._stopping.wait(chance.uniform(*STEP_SECONDS))
                for clock in stepped:
                    clock.set(0.0)
                self._stopping.wait(chance.uniform(*STEP_SECONDS))
            self._ledger.clocks_were_wrong(began, time.monotonic())

    def _aim(self, chance: random.Random) -> None:
        """Kill whoever has a delivery in hand that has arrived, and has not been answered."""
        while not self._stopping.wait(chance.uniform(*AIM_SECONDS)):
            # Who is asked first is sent most.
            hook = chance.choice([self._hooks[0], *self._hooks])
            if not behave_if_there(self._receiver, hook, {"delay": IN_HAND_SECONDS}, 200):
                continue
            with contextlib.suppress(OSError):
                arrived = self._receiver.next_to(hook, timeout=ARRIVES_SECONDS)
                living = {life.product.process.pid: life for life in self._lives if life.product.process is not None}
                sender = None if arrived is None else owner_of(arrived.port, living)
                if sender is not None:
                    sender.strike(IN_HAND)
