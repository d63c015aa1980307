"""Sockets that several processes listen on."""

from __future__ import annotations

import os

from app.core.listening import listen


def test_a_copy_makes_nobody_wait_who_shares_the_socket() -> None:
    """Whether an `accept` waits is said of what is shared: one process could stop the event loop of another by it."""
    [shared] = listen("127.0.0.1", 0, settings="PEERLINE_PORT")
    with shared, shared.dup() as copy:
        assert not os.get_blocking(shared.fileno())
        assert not os.get_blocking(copy.fileno())
