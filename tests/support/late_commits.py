"""A request whose transaction is not committed yet, while others work: what two transactions do to each other."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import sqlalchemy as sa

from tests.support.world import World

LONGEST = 20.0


@contextlib.asynccontextmanager
async def uncommitted(world: World, request: Awaitable[Any], *, table: str) -> AsyncIterator[None]:
    """Inside, `request` has written to `table` and has not committed; after it, it has its answer."""
    reached, go_on = threading.Event(), threading.Event()
    writes: set[Any] = set()

    def note(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(f"INSERT INTO {table} "):
            writes.add(connection)

    def hold(connection: sa.Connection) -> None:
        if connection in writes and not reached.is_set():
            reached.set()
            go_on.wait(LONGEST)

    sa.event.listen(world.db.engine, "before_cursor_execute", note)
    sa.event.listen(world.db.engine, "commit", hold)
    try:
        answer = asyncio.ensure_future(request)
        assert await asyncio.to_thread(reached.wait, LONGEST), f"nothing was written to {table}"
        try:
            yield
        finally:
            go_on.set()
            await answer
    finally:
        sa.event.remove(world.db.engine, "before_cursor_execute", note)
        sa.event.remove(world.db.engine, "commit", hold)
