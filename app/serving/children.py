"""Forked processes of one group: each says when it works, and ends when the process that made it is gone.

Forked and not started anew: the code is read once, which spares each of them seconds and most of its memory.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

import structlog

from app import exits

log = structlog.get_logger("peerline.serving")

# An orphan ends as if it had been told to; one that cannot is ended after this long.
ORPHAN_SECONDS = 30.0

# What a process does, given what says that it works.
Run = Callable[[Callable[[], None]], None]


class Part(StrEnum):
    """What a process of the group does."""

    API = "api"
    WORKER = "worker"


@dataclass(eq=False, slots=True)
class Child:
    """One process, as the one that made it knows it. `ready_file` says when it works; -1 once it has been heard."""

    part: Part
    number: int
    pid: int
    ready_file: int
    born: float = field(default_factory=time.monotonic)
    ready: bool = False
    told_to_end: bool = False

    def tell_to_end(self) -> None:
        # Until it has been waited for no other process can have its number.
        self.told_to_end = True
        os.kill(self.pid, signal.SIGTERM)

    def hear(self) -> None:
        """Read what it says of itself: that it works, or, by closing, that it has ended."""
        self.ready = bool(os.read(self.ready_file, 1))
        self.forget()

    def forget(self) -> None:
        if self.ready_file >= 0:
            os.close(self.ready_file)
            self.ready_file = -1


class Lifeline:
    """A pipe that nobody writes to: it closes when the process that holds its other end is gone, however it went."""

    def __init__(self) -> None:
        self._read, self._held = os.pipe()

    def watch(self) -> None:
        """In a child: end when the other end closes."""
        os.close(self._held)
        threading.Thread(target=self._end_with_it, name="lifeline", daemon=True).start()

    def _end_with_it(self) -> None:
        os.read(self._read, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)


def fork(
    part: Part,
    number: int,
    *,
    run: Run,
    lifeline: Lifeline,
    close: Iterable[int],
    signals: Iterable[int],
) -> Child:
    """A process that does `run`, which is given what says that it works.

    It closes the files in `close`, and has no handlers of `signals`: those are our own. Raises OSError when the system
    has no process or file to give.
    """
    ready, say = os.pipe()
    # What is buffered would be written by both.
    sys.stdout.flush()
    sys.stderr.flush()
    # Until the child has handlers of its own: ours would tell us what it was told.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(ready)
        os.close(say)
        raise
    if pid == 0:
        os.close(ready)
        for file in close:
            os.close(file)
        _be(run, say, lifeline, blocked)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.close(say)
    return Child(part, number, pid, ready)


def _be(run: Run, say: int, lifeline: Lifeline, mask: Iterable[int]) -> NoReturn:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        # A terminal sends these to all of us: the one who made us says what they mean.
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        lifeline.watch()
        run(lambda: _say(say))
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except exits.EXPECTED as exc:
        text, code = exits.explained(exc)
        sys.stderr.write(f"{text}\n")
    except BaseException as exc:
        log.error("serving.failed", error=type(exc).__name__)
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                continue
        # Not by way of what the parent has left to be done at its own end.
        os._exit(code)


def _say(file: int) -> None:
    os.write(file, b".")
    os.close(file)
