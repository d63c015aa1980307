"""Whether an address can be listened on, asked before anything is started on it."""

from __future__ import annotations

import socket


class CannotListen(Exception):
    """The address is taken, or is not this machine's; the text says which setting moves it."""


def require_free(host: str, port: int, *, settings: str) -> None:
    """Raise CannotListen when a server could not listen there. `settings` names what says where."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind, protocol) as probe:
                # As servers do: connections of an earlier one that have not quite ended are no reason.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
                probe.listen(1)
    except OSError as exc:
        why = (exc.strerror or type(exc).__name__).lower()
        raise CannotListen(f"Port {port} of {host} cannot be listened on: {why}. {settings} moves it.") from exc
