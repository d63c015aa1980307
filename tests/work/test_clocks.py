"""Due times and leases go by each host's own clock: one that is wrong is said (docs/architecture.md)."""

from __future__ import annotations

import asyncio

import pytest

from app.checking import ground
from app.checking.finding import State
from app.work import skew
from app.worker import Worker
from tests.support.world import World


@pytest.mark.parametrize(("seconds", "which"), [(5, "5.0 s ahead of"), (-5, "5.0 s behind")])
async def test_a_clock_that_is_wrong_is_measured(world: World, seconds: float, which: str) -> None:
    assert await world.db.read(skew.warning) is None
    world.time.advance(seconds=seconds)
    text = await world.db.read(skew.warning)
    if world.db.dialect == "sqlite":
        # One host has one clock.
        assert text is None
    else:
        assert text is not None
        assert which in text
        assert "NTP" in text


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_worker_says_so_at_its_start(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.time.advance(seconds=30)
    worker = Worker(world.db, world.settings)
    working = asyncio.create_task(worker.run())
    told = ""
    try:
        async with asyncio.timeout(10):
            while "work.clocks_differ" not in told:
                await asyncio.sleep(0.05)
                told += capsys.readouterr().out
    finally:
        worker.stop()
        await working
    assert "30.0 s ahead of" in told


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_check_says_so(world: World) -> None:
    assert (await world.db.read(ground.clock)).state is State.OK
    world.time.advance(seconds=-30)
    found = await world.db.read(ground.clock)
    assert (found.state, "30.0 s behind" in found.text) == (State.WARNING, True)
