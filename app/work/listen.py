"""Wake-ups between processes on PostgreSQL: LISTEN on the channel that committed work notifies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import structlog

log = structlog.get_logger("peerline.work")

CHANNEL = "peerline_work"
RECONNECT_SECONDS = 1.0


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Call `wake` for each notification until cancelled. A lost connection costs only the poll's second."""
    dsn = url.replace("postgresql+psycopg://", "postgresql://", 1)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                wake()
                async for _ in connection.notifies():
                    wake()
        except psycopg.OperationalError as exc:
            log.warning("work.listen_lost", reason=type(exc).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)
