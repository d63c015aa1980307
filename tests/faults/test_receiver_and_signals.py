"""Receivers that go away and come back, and a service that is told to end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from deployment import Deployed, pages_by_id, school_with_an_adviser, wait_until_ready

from tests.support.receiver import verified
from tests.support.world import World


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_receiver_down_and_up_again_and_a_service_told_to_end_with_a_page_in_hand(
    world: World, tmp_path: Path
) -> None:
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    assert adviser.hook is not None
    server = Deployed(world, tmp_path / "data")
    server.start()
    wait_until_ready(server)
    world.receiver.kill()
    made = server.report()
    # The answer waits for no receiver.
    assert made.status_code == 201
    time.sleep(0.3)
    world.receiver.start()
    [page] = world.receiver.wait_for(adviser.hook, timeout=15)
    assert verified(page, adviser.secret or "")["type"] == "page.requested"

    world.receiver.behave(adviser.hook, {"delay": 1.5})
    assert server.report().status_code == 201
    world.receiver.wait_for(adviser.hook, 2)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10
    # The answer that came while it was ending was written down: nothing is left to be sent again.
    await world.settle()
    assert [len(requests) for requests in pages_by_id(world, adviser).values()] == [1, 1]
