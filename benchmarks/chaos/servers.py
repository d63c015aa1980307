"""PostgreSQL restarted in every way while it is used, and its disk full."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

from benchmarks.chaos.disks import Disk
from benchmarks.chaos.ledger import Ledger
from tests.support.postgres import PostgresServer

LIFE_SECONDS = (4.0, 16.0)
AWAY_SECONDS = (0.0, 2.5)
FULL_SECONDS = (0.3, 3.0)
UP_SECONDS = 60.0
# The kill of its first process leaves the others, which hold the memory that they share: it starts when they are gone.
HOW = {
    "immediate shutdown": signal.SIGQUIT,
    "fast shutdown": signal.SIGINT,
    "-9 of its first process": signal.SIGKILL,
}
BACKEND = "-9 of a connection's process"


def trouble(
    postgres: PostgresServer,
    chance: random.Random,
    *,
    restarts: int,
    disk: Disk | None,
    stopping: threading.Event,
    ledger: Ledger,
) -> None:
    """`restarts` of it, and between them a full disk now and then. Ends with PostgreSQL up."""
    dealt = 0
    while dealt < restarts or not restarts:
        if stopping.wait(chance.uniform(*LIFE_SECONDS)):
            return
        if disk is not None and chance.random() < 0.4:
            _fill(postgres, disk, chance, ledger)
        if not restarts:
            continue
        how = chance.choice([*HOW, BACKEND])
        if how == BACKEND:
            if not _kill_a_connection(postgres, chance):
                continue
        else:
            postgres.halt(HOW[how])
            time.sleep(chance.uniform(*AWAY_SECONDS))
        _up(postgres)
        dealt += 1
        ledger.count("restarts of PostgreSQL")
        ledger.count(f"restarts of PostgreSQL: {how}")


def _fill(postgres: PostgresServer, disk: Disk, chance: random.Random, ledger: Ledger) -> None:
    disk.fill()
    ledger.count("spells of a full disk")
    time.sleep(chance.uniform(*FULL_SECONDS))
    disk.empty()
    if postgres.pid is None:
        ledger.count("PostgreSQL ended on a full disk")
    _up(postgres)


def _kill_a_connection(postgres: PostgresServer, chance: random.Random) -> bool:
    """A crash of one: PostgreSQL then ends all others and recovers by itself."""
    children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children").read_text().split()
    serving = [pid for pid in map(int, children) if b"peerline" in _command(pid)]
    if not serving:
        return False
    try:
        os.kill(chance.choice(serving), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _up(postgres: PostgresServer) -> None:
    """As its supervisor does: until it stays. It has to, within a minute."""
    deadline = time.monotonic() + UP_SECONDS
    while True:
        try:
            if postgres.pid is None:
                postgres.start()
            postgres.wait_until_it_answers()
            return
        except (AssertionError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
