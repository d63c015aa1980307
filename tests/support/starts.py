"""Processes of the product that are started from one that has read its code already.

Python takes two seconds of a processor to read the product, and the suite starts it a hundred times. Here one process
does nothing but that, and forks for each start: what it makes has a session, an environment, files and a memory of its
own, runs `peerline` from its first line on, and is killed as any other. Where the start itself is what is tested, ask
tests/support/server.py for a `fresh` one.
"""

from __future__ import annotations

import array
import functools
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.support import processes

# These are read by Python or the libraries when they begin: a process that differs in them is started afresh.
EARLY = ("PYTHON", "LD_", "MALLOC_")


class Forked:
    """As much of `subprocess.Popen` as the tests use."""

    def __init__(self, pid: int, args: Sequence[str], nursery: Nursery) -> None:
        self.pid, self.args = pid, args
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """The exit status, negative for the signal that ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + (timeout or float("inf"))
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int, /) -> None:
        # A process that has ended keeps its number until `poll` has told of it: no other can have it.
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks, seen from the tests. `early`: what its libraries are told when they begin (EARLY)."""

    def __init__(self, early: Mapping[str, str] = MappingProxyType({})) -> None:
        self._socket, theirs = socket.socketpair()
        self._answers = self._socket.makefile("rb")
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.starts", str(theirs.fileno())],
                cwd=processes.REPOSITORY,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(early),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.pid = self._process.pid
        processes.keep(self)

    def send_signal(self, number: int, /) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        status = self._process.wait(timeout)
        self._answers.close()
        self._socket.close()
        return status

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        files: tuple[int, int, int],
        folder: Path = processes.REPOSITORY,
    ) -> Forked:
        """`peerline` with these arguments, in `folder`. `files` become its standard input, output and error."""
        pid = self.ask({"start": list(arguments), "env": dict(env), "folder": str(folder)}, files)
        return Forked(pid, ["peerline", *arguments], self)

    def ask(self, message: dict[str, Any], files: Sequence[int] = ()) -> Any:
        with self._lock:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
            line = json.dumps(message).encode() + b"\n"
            sent = self._socket.sendmsg([line], rights)
            self._socket.sendall(line[sent:])
            return json.loads(self._answers.readline())


@functools.cache
def nursery() -> Nursery:
    """The one of this test process; it ends with it."""
    return Nursery()


def can_fork(env: Mapping[str, str]) -> bool:
    """Whether a process with this environment is no different for having been forked."""
    names = {name for name in env.keys() | os.environ.keys() if name.startswith(EARLY)}
    # Output reaches the file at once either way.
    return all(env.get(name) == os.environ.get(name) for name in names - {"PYTHONUNBUFFERED"})


def serve(control: socket.socket) -> list[str]:
    """Fork when told to. Returns in the new process, with what it was given on its command line."""
    while True:
        line, files = b"", list[int]()
        while not line.endswith(b"\n"):
            more, rights, _, _ = socket.recv_fds(control, 65_536, 3)
            if not more:
                # The tests are over. Whoever still runs is ended by the guardian of tests/support/processes.py.
                os._exit(0)
            line, files = line + more, files + rights
        message = json.loads(line)
        if "ended" in message:
            pid, status = os.waitpid(message["ended"], os.WNOHANG)
            control.sendall(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode() + b"\n")
            continue
        if pid := os.fork():
            for file in files:
                os.close(file)
            control.sendall(json.dumps(pid).encode() + b"\n")
            continue
        control.close()
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(message["env"])
        os.chdir(message["folder"])
        time.tzset()
        arguments: list[str] = message["start"]
        return arguments


def be_the_product() -> None:
    """Read the code, fork when told to, and be `peerline` in what is forked."""
    from app import cli, main  # only here: to read them is what this process is for

    # The routes follow from the code alone, too.
    main._api()
    main._bodiless()
    assert threading.active_count() == 1, "a thread would be missing in what is forked"
    gc.collect()
    gc.freeze()
    sys.argv = ["peerline", *serve(socket.socket(fileno=int(sys.argv[1])))]
    cli.main()


if __name__ == "__main__":
    be_the_product()
