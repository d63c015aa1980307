"""A statement that is compiled anew each time is one more that is kept: memory fills, and others are pushed out."""

from __future__ import annotations

from tests.support.world import World

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
