"""Addresses that are listened on: taken before anything is started on them, or only asked for."""

from __future__ import annotations

import socket

# As many connections as uvicorn lets wait.
BACKLOG = 2048


class CannotListen(Exception):
    """The address is taken, or is not this machine's; the text says which setting moves it."""


def require_free(host: str, port: int, *, settings: str) -> None:
    """Raise CannotListen when a server could not listen there. `settings` names what says where."""
    for one in listen(host, port, settings=settings, backlog=1):
        one.close()


def listen(host: str, port: int, *, settings: str, backlog: int = BACKLOG) -> list[socket.socket]:
    """Listen at each address of `host`. Raises CannotListen, with none left open."""
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            # As servers do: connections of an earlier one that have not quite ended are no reason.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(backlog)
            # Of all who share it: a copy of a socket that waits is made to wait, and then so do the event loops of the
            # other processes, in their `accept`, until somebody connects.
            one.setblocking(False)
    except OSError as exc:
        for one in made:
            one.close()
        why = (exc.strerror or type(exc).__name__).lower()
        raise CannotListen(f"Port {port} of {host} cannot be listened on: {why}. {settings} moves it.") from exc
    return made
