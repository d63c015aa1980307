"""Metrics of a process on an address of their own, for as long as it runs; nothing where no port is set."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from app.core.db import Database
from app.metrics.requests import Requests
from app.settings import Settings

if TYPE_CHECKING:
    from app.metrics.exposition import Lane


@contextlib.contextmanager
def serve(
    settings: Settings,
    db: Database,
    *,
    urgent: Collection[str],
    recurring: Sequence[str],
    requests: Requests | None = None,
    lanes: Callable[[], Sequence[Lane] | None] = lambda: None,
) -> Iterator[None]:
    """Serve metrics of this process for as long as the block lasts; nothing without PEERLINE_METRICS_PORT.

    `urgent`, `recurring`, `requests` and `lanes` are as Exposition and Reader have them.
    """
    if not settings.metrics_port:
        yield
        return
    # Imported when it is needed: a service without it starts sooner.
    from app.metrics import server
    from app.metrics.exposition import Exposition
    from app.metrics.reader import Reader

    exposition = Exposition(db, Reader(db, urgent=urgent, recurring=recurring), requests=requests, lanes=lanes)
    with server.listening_on(settings.metrics_host, settings.metrics_port, exposition):
        yield
