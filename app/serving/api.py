"""The server of one process: uvicorn, and an end of it at which nobody's request is cut off."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from app.settings import Settings

# From the moment when it accepts no more: for requests in hand, and for clients to learn that their connection ends.
GRACE_SECONDS = 8
# Of these, for connections that lie open between two requests: one that is in use asks again within this.
LINGER_SECONDS = 2.0
LOOK_SECONDS = 0.05
CLOSE = (b"connection", b"close")
# How long a thread that computes keeps the interpreter when another one wants it. Python's 5 ms, once for each event of
# each connection, left the loop seconds behind under load. A tenth of this was twice as slow in everything: a dozen
# threads of the database took it from each other thousands of times a second (docs/overload.md).
SWITCH_SECONDS = 0.0005
# uvloop takes one connection from each listening socket between two looks at all others. When many come at once, the
# last of them waited for seconds to be taken; the same socket so many times over lets it take as many.
ACCEPTED_AT_ONCE = 32


class Server(uvicorn.Server):
    """Ends in three steps: not ready any more; nobody new, and the last answer for each connection; what is in hand.

    Uvicorn closes connections between two requests at once. A request that is on its way then is lost, and a proxy does
    not send a POST again. Here each connection is told with its next answer that it was the last.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        drain_seconds: float = 0.0,
        on_started: Callable[[], None] = lambda: None,
        on_ending: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._on_started, self._on_ending = on_started, on_ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and not self.should_exit:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_ending()
        self._answer_once_more()
        if self._drain_seconds:
            await asyncio.sleep(self._drain_seconds)
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        # Once more: a connection that was taken the moment before has the old headers.
        self._answer_once_more()
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self.server_state.connections and not self.force_exit and loop.time() < began + LINGER_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
        self.config.timeout_graceful_shutdown = max(1, round(began + GRACE_SECONDS - loop.time()))
        await super().shutdown(sockets=sockets)

    def _answer_once_more(self) -> None:
        """From now on every answer says that its connection ends; uvicorn goes by that header itself."""
        if CLOSE not in self.config.encoded_headers:
            self.config.encoded_headers.append(CLOSE)
        if CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers.append(CLOSE)
        for connection in self.server_state.connections:
            # Of requests in hand, which keep the headers of the second they began in.
            cycle = getattr(connection, "cycle", None)
            if cycle is not None:
                cycle.keep_alive = False


def run(
    app: Any,
    settings: Settings,
    *,
    sockets: list[socket.socket],
    on_started: Callable[[], None] = lambda: None,
) -> bool:
    """Serve on `sockets`, which are taken over, until told to end. False when it never started."""
    sys.setswitchinterval(SWITCH_SECONDS)
    taken = [one.dup() for one in sockets for _ in range(ACCEPTED_AT_ONCE)]
    for one in sockets:
        one.close()
    # uvicorn ends gracefully, then raises the signal again for whoever handled it before: that is a clean end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            # An upgrade that is not offered is ignored (RFC 9110, 7.8), and the request answered as any other.
            ws="none",
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        drain_seconds=settings.drain_seconds,
        on_started=on_started,
        on_ending=lambda: _not_ready(app),
    )
    try:
        server.run(sockets=taken)
    except KeyboardInterrupt:
        pass
    except SystemExit as ended:
        # Its own codes would be taken for ours.
        if ended.code == 0:
            raise
    return server.started


def _not_ready(app: Any) -> None:
    """/readyz says so from now on."""
    runtime = getattr(app.state, "runtime", None)
    if runtime is not None:
        runtime.ending = True
