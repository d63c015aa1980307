"""A number that was wrong does not stay in what another process of the product answers (contract, 1.4; J2)."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from keeping import BASE, keeper

from app.main import create_app
from tests.support.world import World


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("asked", ["a problem", "a story"])
async def test_help_is_anew_where_nobody_asks_for_help_now(world: World, asked: str) -> None:
    it = await keeper(world)
    app = create_app(world.settings, world.db, with_worker=False)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://other.test")
    async with app.router.lifespan_context(app), client as other:

        async def names() -> set[str]:
            """In each answer of the other process: of what it refuses, or of what it shows."""
            answer = await other.get(f"{BASE}/no-such-thing" if asked == "a problem" else f"{BASE}/stories")
            return {each["name"] for each in answer.json()["help"]}

        for name in ("Its first name", "Its second name"):
            assert (await it.do("PATCH", "au-lifeline", {"name": name})).status_code == 200
            world.time.advance(seconds=11)
            for _ in range(400):
                if name in await names():
                    break
                await asyncio.sleep(0.005)
            assert name in await names()
