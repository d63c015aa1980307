"""A statement that is compiled anew each time is one more that is kept: memory fills, and others are pushed out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from tests.support.world import World

PREPARED = sa.text("SELECT count(*) FROM pg_prepared_statements")
# What a load balancer asks for all day, and what apps do.
OFTEN = ("/healthz", "/readyz", "/v1/schools/harbour/help-now", "/v1/schools/harbour/directory")


async def test_what_is_asked_again_and_again_compiles_nothing_new(world: World) -> None:
    await world.school()
    kept = world.db.engine.dialect.statements  # type: ignore[attr-defined]  # of tests/support/engines.py

    async def ask() -> int:
        for path in OFTEN:
            answer = await world.http.get(path)
            assert answer.status_code == 200, answer.text
        return len(kept)

    first = await ask()
    assert first
    world.time.advance(minutes=2)
    second = await ask()
    for _ in range(3):
        world.time.advance(minutes=2)
        assert await ask() == second


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_is_read_again_and_again_stays_prepared(world: World) -> None:
    """psycopg prepares what it has sent five times, and forgets all of it where a transaction is rolled back."""

    def ask(session: Session) -> int:
        return session.connection().execute(PREPARED).scalar_one()

    # More than enough for each of the connections that there may be by now.
    counts = [await world.db.read(ask) for _ in range(60)]
    assert any(counts)
