"""Two lanes before threads: whoever goes first is never behind the others, and these are not forgotten either.

What is done in a request or a piece of work that goes first, `FIRST` says of it (core/admission.py, app/worker.py). No
lock of Python's: a thread that is stopped while it holds one would stop the event loop with it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Whether what is being done goes first. A task inherits it from the one that starts it.
FIRST: ContextVar[bool] = ContextVar("first", default=False)
# So many that go first, and one of the others if any waits.
IN_A_ROW = 8


class Lanes(Generic[T]):
    """What waits, in two lanes. Any thread may put, and any number of threads take."""

    def __init__(self) -> None:
        self._lanes: tuple[deque[T], deque[T]] = (deque(), deque())
        # Each thing that is put rings once, after it lies there; False rings the end.
        self._bells: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._bells_of_first: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._reserved = 0
        self._in_a_row = 0

    def put(self, item: T, *, first: bool) -> None:
        self._lanes[0 if first else 1].append(item)
        self._bells.put(True)
        if first and self._reserved:
            self._bells_of_first.put(True)

    def take(self) -> T | None:
        """The next, waited for; None at the end."""
        while self._bells.get():
            # Somebody else may have taken what rang here, and what comes instead rings again.
            if (item := self._next()) is not None:
                return item
        return None

    def reserve(self) -> Callable[[], T | None]:
        """`take` for a thread that is kept free for what goes first."""
        self._reserved += 1

        def take_first() -> T | None:
            while self._bells_of_first.get():
                if (item := _taken(self._lanes[0])) is not None:
                    return item
            return None

        return take_first

    def empty(self) -> bool:
        """False also when only the end is left to be taken."""
        return self._bells.empty()

    def end(self, *, threads: int = 1) -> None:
        """Behind everything that was put: each thread finishes that, and gets None then."""
        for _ in range(threads):
            self._bells.put(False)
            self._bells_of_first.put(False)

    def _next(self) -> T | None:
        first, others = self._lanes
        if self._in_a_row < IN_A_ROW and (item := _taken(first)) is not None:
            self._in_a_row += 1
            return item
        self._in_a_row = 0
        return item if (item := _taken(others)) is not None else _taken(first)


class PoolEnded(Exception):
    """It has been shut down: nothing is taken any more."""


class Pool:
    """Threads that take from lanes; `reserved` of them only what goes first. They start one by one."""

    def __init__(self, threads: int, *, reserved: int, name: str) -> None:
        self._lanes: Lanes[tuple[Future[Any], Callable[[], Any]]] = Lanes()
        takes = [self._lanes.take] * (threads - reserved) + [self._lanes.reserve() for _ in range(reserved)]
        self._unstarted = [
            threading.Thread(target=self._run, args=(take,), name=f"{name}_{number}", daemon=True)
            for number, take in reversed(list(enumerate(takes)))
        ]
        self._started: list[threading.Thread] = []
        self._changing = threading.Lock()
        self._ended = False

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Raises PoolEnded, at once, when nobody would do it."""
        future: Future[T] = Future()
        if self._unstarted:
            self._start_another()
        self._lanes.put((future, work), first=FIRST.get())
        # Looked at when it lies there: where it ends later than this, it finishes that first.
        if self._ended and future.cancel():
            raise PoolEnded
        return future

    def shutdown(self) -> None:
        """Finish what waits, then end."""
        with self._changing:
            self._ended = True
            self._unstarted.clear()
        self._lanes.end(threads=len(self._started))
        for thread in self._started:
            thread.join()

    def _start_another(self) -> None:
        with self._changing:
            if self._unstarted:
                thread = self._unstarted.pop()
                self._started.append(thread)
                thread.start()

    def _run(self, take: Callable[[], tuple[Future[Any], Callable[[], Any]] | None]) -> None:
        while (job := take()) is not None:
            future, work = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as exc:
                future.set_exception(exc)
            # Nothing of what was done is kept until the next.
            del job, future, work


def _taken(lane: deque[T]) -> T | None:
    try:
        return lane.popleft()
    except IndexError:
        return None
