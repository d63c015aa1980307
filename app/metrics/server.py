"""The private listener: `GET /metrics` and nothing else, on threads of its own.

Threads, because what is measured includes the loop: while that hangs, somebody must still be able to say so. Nothing
that happens here ends the service: an address that is taken is said once, and tried again.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from app.core import listening

log = structlog.get_logger("peerline.metrics")

RETRY_SECONDS = 5.0
# Of one who connects and says nothing.
READ_SECONDS = 5.0
# Connections in hand. It is in the process that takes reports, and shares its files and memory with them: of more than
# these, whoever they are from, each is let go at once.
MOST_AT_ONCE = 8


@contextlib.contextmanager
def listening_on(host: str, port: int, collector: Collector) -> Iterator[None]:
    """Serve what the collector gives, for as long as the block lasts."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    ending = threading.Event()
    listener = _Listener(host, port, registry)
    thread = threading.Thread(target=listener.run, args=(ending,), name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        listener.end()
        thread.join(READ_SECONDS)


class _Listener:
    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self._host, self._port, self._registry = host, port, registry
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()

    def run(self, ending: threading.Event) -> None:
        told = False
        while not ending.is_set():
            try:
                listening.require_free(
                    self._host, self._port, settings="PEERLINE_METRICS_PORT (or PEERLINE_METRICS_HOST)"
                )
                server = _server_of(self._host, self._port, self._registry)
            except (listening.CannotListen, OSError, OverflowError) as exc:
                if not told:
                    text = str(exc) if isinstance(exc, listening.CannotListen) else type(exc).__name__
                    log.error("metrics.not_served", text=text)
                told = True
                ending.wait(RETRY_SECONDS)
                continue
            with self._lock:
                if ending.is_set():
                    server.server_close()
                    return
                self._server = server
            with server:
                server.serve_forever(poll_interval=0.2)

    def end(self) -> None:
        with self._lock:
            if self._server is not None:
                self._server.shutdown()


def _server_of(host: str, port: int, registry: CollectorRegistry) -> ThreadingHTTPServer:
    room = threading.BoundedSemaphore(MOST_AT_ONCE)

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def process_request(self, request: Any, client_address: Any) -> None:
            if not room.acquire(blocking=False):
                self.shutdown_request(request)
                return
            try:
                super().process_request(request, client_address)
            except BaseException:
                room.release()
                raise

        def process_request_thread(self, request: Any, client_address: Any) -> None:
            try:
                super().process_request_thread(request, client_address)
            finally:
                room.release()

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever scrapes has gone; the default prints a traceback with their address."""

    class Handler(BaseHTTPRequestHandler):
        timeout = READ_SECONDS
        server_version, sys_version = "peerline", ""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self._answer(404, "text/plain; charset=utf-8", b"Here is only /metrics.\n")
                return
            encode, kind = choose_encoder(self.headers.get("Accept", ""))
            self._answer(200, kind, encode(registry))

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is that of the library
            """Nothing: the default prints addresses and paths."""

    return Server((host, port), Handler)
