"""Processes that live and die: started, killed with -9 or told to end at a random moment, and started again.

Most moments are chosen by chance, within a start as well as after it. Some are not: `strike` kills a process just when
something has been seen of it, and counts that apart.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.chaos.ledger import Ledger
from tests.support import processes
from tests.support.server import Product, Server
from tests.support.starts import Nursery

# A process lives at least so long from the moment it is ready, and at most as long as is asked: in the middle of
# anything.
SHORTEST_LIFE = 0.05
# Of the deaths: during the start, which takes about so long here; told to end (SIGTERM) instead of killed.
AT_THE_START, START_SECONDS = 0.2, 2.0
TOLD_TO_END, TO_END_SECONDS = 0.15, 30.0
LOOK_SECONDS = 0.03
# A supervisor starts again what ended by itself, and it has to stay within:
SUPERVISOR_SECONDS, UP_SECONDS = 0.3, 90.0


class Budget:
    """So many kills, for all who share it."""

    def __init__(self, kills: int) -> None:
        self._left, self._lock = kills, threading.Lock()

    def take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    @property
    def spent(self) -> bool:
        return self._left <= 0


def launch(product: Product, nursery: Nursery) -> None:
    """Start it, without waiting for it to be ready."""
    with open(os.devnull, "rb") as nothing, open(product.output, "ab") as output:
        files = (nothing.fileno(), output.fileno(), output.fileno())
        product.process = nursery.start(product.arguments, env=product.env, files=files)
    processes.keep(product.process)


class Life:
    """One process with whoever keeps it running: `live` in a thread of its own until it is told to stop."""

    def __init__(
        self,
        called: str,
        product: Product,
        chance: random.Random,
        *,
        ledger: Ledger,
        budget: Budget,
        longest: float,
        nursery: Nursery,
    ) -> None:
        self.product = product
        self._called, self._chance, self._ledger, self._budget = called, chance, ledger, budget
        self._lives, self._nursery = (SHORTEST_LIFE, longest), nursery
        self._struck: str | None = None
        self._lock = threading.Lock()
        self.up = threading.Event()

    def live(self, stopping: threading.Event) -> None:
        """Ends with the process up and ready. Raises AssertionError when it does not come up."""
        began = time.monotonic()
        while True:
            launched, self._struck = time.monotonic(), None
            launch(self.product, self._nursery)
            end_at = launched + self._chance.uniform(0.0, START_SECONDS)
            if self._chance.random() >= AT_THE_START:
                end_at = float("inf")
            ready = False
            while self._runs():
                if not ready and self._ready():
                    ready, began = True, time.monotonic()
                    self.up.set()
                    end_at = time.monotonic() + self._chance.uniform(*self._lives)
                if ready and (stopping.is_set() or self._budget.spent):
                    if stopping.wait(LOOK_SECONDS):
                        return
                elif time.monotonic() >= end_at and not stopping.is_set():
                    self._end(ready=ready)
                    break
                assert ready or time.monotonic() - began < UP_SECONDS, (
                    f"{self._called} did not come up in {UP_SECONDS} s\n{self.product.stdout_text()[-4000:]}"
                )
                time.sleep(LOOK_SECONDS)
            else:
                self._ended_by_itself(ready=ready)
            self.up.clear()

    def strike(self, when: str) -> bool:
        """Kill it this moment; False when it is not up, or none is left to be dealt."""
        with self._lock:
            process = self.product.process
            if process is None or not self.up.is_set() or self._struck or not self._budget.take():
                return False
            self._struck = when
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        return True

    def _runs(self) -> bool:
        return self.product.running

    def _ready(self) -> bool:
        with contextlib.suppress(AssertionError, OSError):
            return self.product._ready()
        return False

    def _end(self, *, ready: bool) -> None:
        with self._lock:
            # Whoever aims at it now is too late.
            self.up.clear()
            if self._struck is not None:
                return
        during = "" if ready else ", during its start"
        if self._chance.random() < TOLD_TO_END:
            process, self.product.process = self.product.process, None
            assert process is not None
            try:
                status = processes.end(process, signal.SIGTERM, timeout=TO_END_SECONDS)
            except AssertionError:
                self._ledger.never(f"{self._called} was told to end, and went on for {TO_END_SECONDS:g} s")
                return
            self._ledger.count(f"told to end{during}: ended with {status}")
            if status not in (0, -signal.SIGTERM) or (ready and status != 0):
                self._ledger.never(f"{self._called} was told to end{during}, and ended with {status}")
            return
        if not self._budget.take():
            return
        self.product.kill9()
        self._killed(during)

    def _ended_by_itself(self, *, ready: bool) -> None:
        process, self.product.process = self.product.process, None
        assert process is not None
        processes.let_go(process)
        with self._lock:
            struck, self._struck = self._struck, None
        if struck is not None:
            self._killed(f", {struck}")
            return
        # Without its database a process may refuse to start; once it runs, nothing makes it end.
        self._ledger.count("starts that did not succeed")
        if ready:
            self._ledger.never(f"{self._called} ended by itself with {process.poll()}")
        time.sleep(SUPERVISOR_SECONDS)

    def _killed(self, when: str) -> None:
        self._ledger.count("kills (-9)")
        self._ledger.count(f"kills of {self._called}")
        if when:
            self._ledger.count(f"kills{when}")


def owner_of(port: int, lives: Mapping[int, Life]) -> Life | None:
    """Whose connection this is: `port` at its own end. `lives` by process id."""
    wanted = f"0100007F:{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == wanted:
            socket = f"socket:[{fields[9]}]"
            return next((life for pid, life in lives.items() if socket in _open_files(pid)), None)
    return None


def _open_files(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(os.readlink(each))
    return found


def by_address(lives: list[Life]) -> dict[str, Life]:
    return {life.product.base_url: life for life in lives if isinstance(life.product, Server)}
