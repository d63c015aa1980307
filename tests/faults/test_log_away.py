"""Nobody can write the log: its disk is full. What would have been logged is dealt with all the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from deployment import Deployed, assert_refused_with_help, school_with_an_adviser, sqlite_file, wait_until_ready

from tests.support import server as server_module
from tests.support.server import COMMAND
from tests.support.world import World

FULL = Path("/dev/full")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.skipif(not FULL.exists(), reason="no device here that is always full")
async def test_refusals_keep_their_help_and_the_worker_works_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    monkeypatch.setattr(server_module, "COMMAND", ["sh", "-c", f'exec "$@" > {FULL}', "sh", *COMMAND])
    file = sqlite_file(world)
    with Deployed(world, tmp_path / "data") as server:
        wait_until_ready(server)
        file.rename(tmp_path / "away")
        # Long enough that the worker has met it, too.
        time.sleep(1.5)
        assert_refused_with_help(server.report())
        (tmp_path / "away").rename(file)
        wait_until_ready(server)
        assert server.report().status_code == 201
        assert adviser.hook is not None
        world.receiver.wait_for(adviser.hook, timeout=15)
