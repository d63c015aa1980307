"""Hold a transaction of the product at one of its statements, while something else comes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from tests.support.world import World


@contextlib.asynccontextmanager
async def held_at(
    world: World, statement: str
) -> AsyncIterator[tuple[Callable[[], Awaitable[bool]], Callable[[], None]]]:
    """The first statement that begins so waits, for 20 s at the most: (whether it is there, let it go on)."""
    at_it, go_on = threading.Event(), threading.Event()

    def hold(_connection: sa.Connection, _cursor: Any, text: str, *_: Any) -> None:
        if text.startswith(statement) and not at_it.is_set():
            at_it.set()
            go_on.wait(20)

    sa.event.listen(world.db.engine, "before_cursor_execute", hold)
    try:
        yield (lambda: asyncio.to_thread(at_it.wait, 20)), go_on.set
    finally:
        go_on.set()
        sa.event.remove(world.db.engine, "before_cursor_execute", hold)
