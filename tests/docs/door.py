"""A door through which a shell has `peerline` started without reading its code each time, which takes Python seconds.

The shell runs this file instead of the command: it hands its arguments, environment, folder and files to the test that
started the shell, which forks (tests/support/starts.py), and ends as that ends.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from threading import Thread

# The number of the shell's end, which it inherits.
DOOR = "PEERLINE_DOCS_DOOR"
# Of a message, which is an environment and a command line.
LONGEST = 1_000_000

Start = Callable[[list[str], dict[str, str], str, tuple[int, int, int]], int]


@contextlib.contextmanager
def opened(start: Start) -> Iterator[int]:
    """The number of the shell's end, to pass on. `start` runs a command to its end and gives its status."""
    ours, theirs = socket.socketpair()
    keeper = Thread(target=_keep, args=(ours, start), daemon=True)
    keeper.start()
    try:
        yield theirs.fileno()
    finally:
        theirs.close()
        # Ends the wait for another command, also when something that the shell began still has its end.
        ours.shutdown(socket.SHUT_RDWR)
        keeper.join()
        ours.close()


def _keep(ours: socket.socket, start: Start) -> None:
    while True:
        line, files = b"", list[int]()
        while not line.endswith(b"\n"):
            more, rights, _, _ = socket.recv_fds(ours, LONGEST, 3)
            if not more:
                return
            line, files = line + more, files + rights
        given, out, err = files
        message = json.loads(line)
        status = start(message["arguments"], message["environment"], message["folder"], (given, out, err))
        for file in files:
            os.close(file)
        ours.sendall(bytes([status if status >= 0 else 128 - status]))


def knock() -> int:
    door = socket.socket(fileno=int(os.environ[DOOR]))
    message = {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd()}
    line = json.dumps(message).encode() + b"\n"
    sent = door.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", (0, 1, 2)))])
    door.sendall(line[sent:])
    # Not closed: the next command has it, too.
    return door.recv(1)[0]


if __name__ == "__main__":
    sys.exit(knock())
