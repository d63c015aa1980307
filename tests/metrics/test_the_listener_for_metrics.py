"""The private listener: whoever reaches it, and whatever they send there, costs the service next to nothing."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.metrics import server
from tests.support.processes import free_port


class One(Collector):
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("peerline_one", "1.", value=1)


def status(port: int) -> int:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(asked):
        asked.request("GET", "/metrics")
        return asked.getresponse().status


def once_it_answers(port: int) -> int:
    until = time.monotonic() + 10
    while True:
        try:
            return status(port)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def until_in_hand(number: int) -> None:
    """So many connections have a thread."""
    until = time.monotonic() + 3
    while sum("process_request_thread" in each.name for each in threading.enumerate()) != number:
        assert time.monotonic() < until
        time.sleep(0.005)


def test_connections_that_say_nothing_take_few_threads_and_files() -> None:
    """It is in the process that takes reports: without a bound, whoever reaches it could use up what that may open."""
    port = free_port()
    with server.listening_on("127.0.0.1", port, One()):
        assert once_it_answers(port) == 200
        until_in_hand(0)
        with contextlib.ExitStack() as held:
            for number in range(server.MOST_AT_ONCE):
                held.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                until_in_hand(number + 1)
            for _ in range(3):
                one_more = held.enter_context(socket.create_connection(("127.0.0.1", port), 3))
                # It was let go at once.
                assert one_more.recv(1) == b""
        assert once_it_answers(port) == 200
