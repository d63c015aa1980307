"""A school's help on disk: written beside the answers, the last word stays, and nothing is left where it cannot be."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import threading
from typing import Any

import pytest
from keeping import Keeper, keeper

from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def files(world: World) -> list[str]:
    return sorted(path.name for path in (world.settings.data_dir / "help-now").iterdir())


def on_disk(world: World) -> dict[str, Any]:
    """What the file says of the national line that these tests rename."""
    content = json.loads((world.settings.data_dir / "help-now" / "harbour.json").read_bytes())["content"]
    [line] = [each for each in content["always_open"] if each["id"] == "au-lifeline"]
    return dict(line)


async def renamed(it: Keeper, name: str) -> int:
    return (await it.do("PATCH", "au-lifeline", {"name": name})).status_code


async def test_a_slow_disk_keeps_nobody_waiting_and_the_last_word_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one change is written the next one is told to whoever asks, and it is the one that is kept."""
    it = await keeper(world)
    assert await renamed(it, "Before") == 200
    begun, go_on, flushed = threading.Event(), threading.Event(), os.fsync

    def slow(file: int) -> None:
        begun.set()
        assert go_on.wait(10), "nobody could be answered meanwhile"
        flushed(file)

    monkeypatch.setattr(os, "fsync", slow)
    first = asyncio.create_task(renamed(it, "First"))
    assert await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(renamed(it, "Second"))
    for _ in range(1000):
        if (await it.served())["au-lifeline"]["name"] == "Second":
            break
        await asyncio.sleep(0.005)
    assert (await it.served())["au-lifeline"]["name"] == "Second"
    assert not first.done()
    go_on.set()
    assert await asyncio.gather(first, second) == [200, 200]
    assert on_disk(world)["name"] == "Second"
    assert files(world) == ["harbour.json"]


async def test_a_slow_disk_keeps_nobody_waiting_for_the_help_of_a_school_that_is_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, flushed = threading.Event(), os.fsync

    def slow(file: int) -> None:
        assert go_on.wait(60), "nobody could be answered meanwhile"
        flushed(file)

    await world.school()
    monkeypatch.setattr(os, "fsync", slow)
    try:
        async with asyncio.timeout(20):
            answer = await world.http.get("/v1/schools/harbour/help-now")
        assert (answer.status_code, answer.json()["school"]) == (200, "harbour"), answer.text
    finally:
        go_on.set()
    # Written beside the answer.
    written = world.settings.data_dir / "help-now" / "harbour.json"
    for _ in range(1000):
        if written.exists():
            break
        await asyncio.sleep(0.005)
    assert files(world) == ["harbour.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
async def test_a_full_disk_leaves_nothing_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whoever asks is told the new from memory, and the file is there as soon as there is room."""
    it = await keeper(world)
    assert await renamed(it, "Before") == 200

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        for name in ("First", "Second", "Third"):
            assert await renamed(it, name) == 200
        assert (await it.served())["au-lifeline"]["name"] == "Third"
        assert (files(world), on_disk(world)["name"]) == (["harbour.json"], "Before")
    # The look of every ten seconds.
    await world.app.state.runtime.renew_help("harbour")
    assert (files(world), on_disk(world)["name"]) == (["harbour.json"], "Third")
