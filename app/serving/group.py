"""A group of processes behind one socket, kept alive by the process that made them, which serves nothing itself.

One that ends without being told is replaced; SIGTERM ends all, SIGHUP replaces all, one after the other.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from app.serving.api import GRACE_SECONDS
from app.serving.children import Child, Lifeline, Part, Run, fork
from app.work.engine import FINISH_SECONDS

log = structlog.get_logger("peerline.serving")

# A process that worked for less than this before it ended may end again: it is waited for before another is made.
STEADY_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 30.0
# Before another try when the system had no process or file for us.
NOT_MADE_WAIT_SECONDS = 1.0
# With so many failures in a row and nothing that works, whoever started us should know.
MOST_FAILURES = 8
# A process that does not work after this long never will.
START_SECONDS = 60.0
# What is left of an end when everything in it took as long as it may.
SPARE_SECONDS = 2.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Due:
    """A process that is to be made at `at`, on the monotonic clock."""

    part: Part
    number: int
    at: float


class Group:
    """`run` has what a process of each part does, given its number. `run_group` returns an exit code."""

    def __init__(
        self,
        wanted: Mapping[Part, int],
        *,
        run: Callable[[Part, int], Run],
        sockets: list[socket.socket],
        drain_seconds: float,
    ) -> None:
        self._run, self._sockets, self._drain_seconds = run, sockets, drain_seconds
        now = time.monotonic()
        numbers = iter(range(sum(wanted.values())))
        self._due = [Due(part, next(numbers), now) for part in Part for _ in range(wanted.get(part, 0))]
        self._lifeline = Lifeline()
        self._children: dict[int, Child] = {}
        self._failures = 0
        self._last_code = 1
        self._ever_ready = self._all_ready = False
        self._ending = self._gave_up = False
        self._kill_at = float("inf")
        self._workers_end_at = float("inf")
        self._rolling: deque[Child] = deque()
        self._fresh: Child | None = None
        self._replaced: Child | None = None
        self._signalled, self._wake = os.pipe()
        os.set_blocking(self._signalled, False)
        os.set_blocking(self._wake, False)

    def run_group(self) -> int:
        """Until all have ended. 0 after a signal, when none had to be killed; else the code of the one that failed."""
        before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        wakeup = signal.set_wakeup_fd(self._wake)
        killed = False
        try:
            while self._children or not self._ending:
                self._make_due()
                self._listen()
                self._reap()
                self._roll()
                killed |= self._end_what_must()
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
        log.info("serving.ended", killed=killed)
        return self._last_code if self._gave_up else int(killed)

    def _make_due(self) -> None:
        now = time.monotonic()
        ripe = [] if self._ending else [due for due in self._due if due.at <= now]
        for due in ripe:
            self._due.remove(due)
            if self._make(due.part, due.number) is None:
                self._due.append(replace(due, at=now + NOT_MADE_WAIT_SECONDS))

    def _make(self, part: Part, number: int) -> Child | None:
        """None when the system has none to give: those that are there go on."""
        ours = [child.ready_file for child in self._children.values() if child.ready_file >= 0]
        try:
            child = fork(
                part,
                number,
                run=self._run(part, number),
                lifeline=self._lifeline,
                close=(*ours, self._signalled, self._wake),
                signals=SIGNALS,
            )
        except OSError as exc:
            log.error("serving.process_not_made", part=str(part), number=number, error=type(exc).__name__)
            return None
        self._children[child.pid] = child
        log.info("serving.process_made", part=str(part), number=number, pid=child.pid)
        return child

    def _listen(self) -> None:
        """Wait for a signal, a word of a child, or the next moment at which something must be done."""
        waiting = {child.ready_file: child for child in self._children.values() if child.ready_file >= 0}
        moments = [due.at for due in self._due if not self._ending] + [self._kill_at, self._workers_end_at]
        if self._fresh is not None:
            moments.append(self._fresh.born + START_SECONDS)
        timeout = min(max(min(moments) - time.monotonic(), 0.0), 60.0)
        heard, _, _ = select.select([self._signalled, *waiting], [], [], timeout)
        for file in heard:
            if file in waiting:
                waiting[file].hear()
                self._ever_ready |= waiting[file].ready
                if waiting[file].ready and not self._all_ready:
                    self._say_when_all_work()
        with contextlib.suppress(BlockingIOError):
            for number in os.read(self._signalled, 64):
                self._take(signal.Signals(number))

    def _say_when_all_work(self) -> None:
        if not self._due and all(child.ready for child in self._children.values()):
            self._all_ready = True
            log.info("serving.ready", processes=len(self._children))

    def _take(self, told: signal.Signals) -> None:
        if told in (signal.SIGTERM, signal.SIGINT) and not self._ending:
            self._end()
        elif told == signal.SIGHUP and not self._ending and not self._rolling and self._fresh is None:
            # Requests first: what is new in the settings is theirs before it is the workers'.
            self._rolling = deque(sorted(self._children.values(), key=lambda child: (child.part, child.number)))
            log.info("serving.replacing", processes=len(self._rolling))

    def _end(self) -> None:
        """The API first: what it still accepts has a worker until the last answer is given."""
        self._ending = True
        self._rolling.clear()
        now = time.monotonic()
        self._workers_end_at = now + self._drain_seconds + GRACE_SECONDS
        # After the API also ends its own worker, where it has one.
        self._kill_at = self._workers_end_at + FINISH_SECONDS + SPARE_SECONDS
        # The children have their own; while one of them listens nobody is refused.
        for one in self._sockets:
            one.close()
        for child in self._of(Part.API):
            child.tell_to_end()
        log.info("serving.ending", processes=len(self._children))

    def _end_what_must(self) -> bool:
        """True when one had to be killed."""
        if not self._ending:
            return False
        now = time.monotonic()
        if now >= self._workers_end_at or not self._of(Part.API):
            self._workers_end_at = float("inf")
            for child in self._of(Part.WORKER):
                if not child.told_to_end:
                    child.tell_to_end()
        if now < self._kill_at:
            return False
        self._kill_at = float("inf")
        for child in self._children.values():
            log.error("serving.process_killed", part=str(child.part), pid=child.pid)
            os.kill(child.pid, signal.SIGKILL)
        return bool(self._children)

    def _of(self, part: Part) -> list[Child]:
        return [child for child in self._children.values() if child.part == part]

    def _reap(self) -> None:
        """Take note of who has ended. As the first process of a container we are given others' children, too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is None:
                continue
            child.forget()
            if not child.told_to_end:
                self._lost(child, os.waitstatus_to_exitcode(status))

    def _lost(self, child: Child, code: int) -> None:
        """Have another one: at once, or after a while when it would not be the first that ends."""
        if self._ending and code == 0:
            # Somebody has told each of us, and not only the one who tells the others.
            return
        lived = time.monotonic() - child.born
        log.error("serving.process_ended", part=str(child.part), pid=child.pid, code=code, seconds=round(lived, 1))
        if self._ending:
            return
        if child is self._fresh:
            # Those that work go on with what they know.
            self._stop_replacing("a new process ended before it worked")
            return
        with contextlib.suppress(ValueError):
            self._rolling.remove(child)
        wait = 0.0
        if child.ready and lived >= STEADY_SECONDS:
            self._failures = 0
        else:
            self._failures += 1
            self._last_code = code if code > 0 else 1
            wait = wait_after(self._failures)
        # Where it was being replaced its successor is there already.
        if child is not self._replaced:
            self._due.append(Due(child.part, child.number, time.monotonic() + wait))
        if not self._ever_ready and not self._children:
            # All at once, before one of them worked: it is not by chance.
            self._give_up()
        elif self._failures >= MOST_FAILURES and not any(other.ready for other in self._of(child.part)):
            self._give_up()

    def _give_up(self) -> None:
        log.error("serving.gave_up", code=self._last_code)
        self._gave_up = True
        self._end()

    def _roll(self) -> None:
        """Make one more, and when it works end the one that it replaces; then the next."""
        if self._ending or (not self._rolling and self._fresh is None):
            return
        if self._fresh is None:
            old = self._replaced = self._rolling.popleft()
            self._fresh = self._make(old.part, old.number)
            if self._fresh is None:
                self._stop_replacing("the system makes no process")
        elif self._fresh.ready:
            self._fresh = None
            # It may have ended by itself meanwhile, and so may not be the one that has its number now.
            if self._replaced is not None and self._is_there(self._replaced):
                self._replaced.tell_to_end()
            self._replaced = None
            if not self._rolling:
                log.info("serving.replaced", processes=len(self._children))
            self._roll()
        elif time.monotonic() >= self._fresh.born + START_SECONDS:
            os.kill(self._fresh.pid, signal.SIGKILL)
            self._stop_replacing("a new process did not begin to work")

    def _stop_replacing(self, why: str) -> None:
        log.error("serving.not_replaced", why=why)
        if self._fresh is not None:
            # Where it is still there it is none of ours any more.
            self._fresh.told_to_end = True
        if self._replaced is not None and not self._is_there(self._replaced):
            self._due.append(Due(self._replaced.part, self._replaced.number, time.monotonic()))
        self._fresh = self._replaced = None
        self._rolling.clear()

    def _is_there(self, child: Child) -> bool:
        return self._children.get(child.pid) is child


def wait_after(failures: int) -> float:
    """Seconds before another try, after so many failures in a row, which may be any number of days of them."""
    return min(0.25 * 2.0 ** min(failures, 10), LONGEST_WAIT_SECONDS)
