"""Wake-ups between processes on PostgreSQL: LISTEN on the channel that committed work notifies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
                async for _ in connection.notifies():
                    wake()
        except Exception as exc:
            # Whatever it is, the poll still finds what is due: say it, and try again.
            log.warning("work.listen_lost", reason=type(exc).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)
