"""Wake-ups between processes on PostgreSQL: LISTEN on the channel that committed work notifies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

import psycopg
import structlog
from sqlalchemy.engine import make_url

from app.core.engines import GONE

log = structlog.get_logger("peerline.work")

CHANNEL = "peerline_work"
RECONNECT_SECONDS = 1.0


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Call `wake` for each notification until cancelled. A lost connection costs only the poll's second.

    `url` means what it means to the pool of connections: SQLAlchemy takes it apart for both.
    """
    parts = make_url(url).set(drivername="postgresql+psycopg")
    arguments, options = parts.get_dialect()().create_connect_args(parts)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                *arguments, **{**options, **GONE, "autocommit": True}
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                wake()
                await _hear(connection, wake)
        except Exception as exc:
            # Whatever it is, the poll still finds what is due: say it, and try again.
            log.warning("work.listen_lost", reason=type(exc).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _hear(connection: psycopg.AsyncConnection[Any], wake: Callable[[], None]) -> NoReturn:
    """Until the connection is lost, which raises psycopg.OperationalError.

    Told by the event loop, and not by psycopg's `notifies`, which looks for itself ten times a second: a third of
    what an idle worker cost.
    """
    loop, file, ready = asyncio.get_running_loop(), connection.fileno(), asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        while True:
            await ready.wait()
            ready.clear()
            connection.pgconn.consume_input()
            heard = False
            while connection.pgconn.notifies() is not None:
                heard = True
            if heard:
                wake()
    finally:
        loop.remove_reader(file)
