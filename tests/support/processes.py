"""Child processes that never outlive the tests: not even a test run that is killed with -9.

`keep` tells a small guardian process what to end and which folders to remove. The guardian reads a pipe; when the test
process is gone, however it went, the pipe closes and the guardian cleans up.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[2]


class Process(Protocol):
    """A `subprocess.Popen`, or what tests/support/starts.py has forked."""

    @property
    def pid(self) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


_kept: dict[int, tuple[Process, signal.Signals]] = {}
_folders: list[Path] = []
_guardian: subprocess.Popen[bytes] | None = None


def keep(process: Process, *, end_with: signal.Signals = signal.SIGKILL) -> None:
    """End `process` with this signal when the test process ends, unless it was let go before."""
    _kept[process.pid] = (process, end_with)
    _tell("keep", process.pid, int(end_with))


def let_go(process: Process) -> None:
    """`process` has been ended and waited for."""
    if _kept.pop(process.pid, None) is not None:
        _tell("let_go", process.pid, 0)


def keep_folder(path: Path) -> None:
    """Remove this folder when the test process ends, unless it was removed before."""
    _folders.append(path)
    _tell("folder", str(path), 0)


def remove_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if path in _folders:
        _folders.remove(path)


def end(process: Process, how: signal.Signals, *, timeout: float = 10.0) -> int:
    """Send a signal, wait, and give the exit status; a process that does not end is killed and reported."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"process {process.pid} did not end {timeout} s after {how.name}") from None
    finally:
        let_go(process)
    return status


def free_port() -> int:
    """A loopback port that nothing listens on, outside the range that outgoing connections are given.

    A port from `bind(0)` can be taken by any client between two starts of a server that must keep its address.
    """
    choice = random.SystemRandom()
    for _ in range(200):
        port = choice.randrange(15_000, 32_000)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port between 15000 and 32000")


def wait_until(probe: Callable[[], T | None], *, timeout: float, what: str, interval: float = 0.02) -> T:
    """The first result of `probe` that is true. Raises AssertionError, naming `what`, after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(interval)


def _tell(verb: str, what: int | str, extra: int) -> None:
    global _guardian
    if _guardian is None:
        _guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the tests; who cleans up after them must outlive that
        )
        atexit.register(_end_all)
    assert _guardian.stdin is not None
    _guardian.stdin.write(json.dumps([verb, what, extra]).encode() + b"\n")
    _guardian.stdin.flush()


def _end_all() -> None:
    for process, how in reversed(list(_kept.values())):
        with contextlib.suppress(AssertionError):
            end(process, how, timeout=5.0)
    for folder in list(_folders):
        remove_folder(folder)
    if _guardian is not None and _guardian.stdin is not None:
        _guardian.stdin.close()
        _guardian.wait(5.0)


def _stand_guard() -> None:
    """What the guardian process does."""
    processes: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        verb, what, extra = json.loads(line)
        if verb == "keep":
            processes[what] = extra
        elif verb == "let_go":
            processes.pop(what, None)
        else:
            folders.append(what)
    for pid, how in reversed(processes.items()):
        with contextlib.suppress(OSError):
            os.kill(pid, how)
    # A server that was told to stop may still write into its folder for a moment.
    for _ in range(50):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        folders = [folder for folder in folders if os.path.exists(folder)]
        if not folders:
            break
        time.sleep(0.1)


if __name__ == "__main__":
    _stand_guard()
