"""How soon the product's engine, idle, starts new work: in the process that adds it, and in another one.

    python -m benchmarks.starts URL      is that other one; a line for each start: its number, and the monotonic clock

Woken as the product's worker is: by NOTIFY between processes, by an event within one, and else by its poll.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

from sqlmodel import Session

from app.core import clock
from app.core.db import Database
from app.work import queue
from app.work.engine import Engine
from app.work.listen import listen
from app.work.queue import Item
from tests.support import processes

KIND = "bench.start"
# Between two pieces of new work, in seconds: longer than one takes, so that each finds the engine idle.
APART = (0.05, 0.15)


def in_another_process(db: Database, *, number: int) -> list[float]:
    """Seconds from the commit of new work to its start by an idle engine in another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.starts", db.url],
        cwd=processes.REPOSITORY,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    processes.keep(process)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.0)
        waits = []
        chance = random.Random(number)
        for each in range(number):
            db.write_now(functools.partial(add, number=each))
            committed = time.monotonic()
            said, at = process.stdout.readline().split()
            assert int(said) == each
            waits.append(float(at) - committed)
            time.sleep(chance.uniform(*APART))
        return waits
    finally:
        processes.end(process, signal.SIGKILL)


def in_this_process(db: Database, *, number: int) -> list[float]:
    """The same for an engine that shares the process, as on SQLite."""
    return asyncio.run(_starts_here(db, number))


async def _starts_here(db: Database, number: int) -> list[float]:
    begun: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def started(each: int, at: float) -> None:
        loop.call_soon_threadsafe(begun.put_nowait, (each, at))

    idle = engine(db, started)
    running = asyncio.create_task(idle.run())
    waits = []
    chance = random.Random(number)
    await asyncio.sleep(0.5)
    for each in range(number):
        await db.write(functools.partial(add, number=each))
        committed = time.monotonic()
        said, at = await begun.get()
        assert said == each
        waits.append(at - committed)
        await asyncio.sleep(chance.uniform(*APART))
    idle.stop()
    await running
    return waits


def engine(db: Database, started: Callable[[int, float], None]) -> Engine:
    """An engine whose only work is to say that it has begun."""

    def handler(_session: Session, item: Item, _now: dt.datetime) -> None:
        started(int(item.payload["number"]), time.monotonic())

    return Engine(db, {KIND: handler}, concurrency=32)


def add(session: Session, *, number: int) -> None:
    now = clock.now()
    queue.enqueue(session, KIND, uuid.UUID(int=0), due_at=now, now=now, payload={"number": number})


async def _work(url: str) -> None:
    db = Database(url)

    def started(number: int, at: float) -> None:
        sys.stdout.write(f"{number} {at}\n")
        sys.stdout.flush()

    idle = engine(db, started)
    listening = asyncio.create_task(listen(url, idle.wake))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        await idle.run()
    finally:
        listening.cancel()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
