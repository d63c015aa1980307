"""Words for people who go: their last day, and the looks by which time does its work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx

from app.programme import risk
from app.supporters import endings
from app.work import queue
from app.worker import NOTHING
from tests.support.world import Someone, World

MINE = "/v1/supporters/me/expected-end"


async def watched(world: World) -> None:
    """The looks that a worker keeps up begin."""

    def begin(session: Any) -> None:
        now = world.time.now()
        for kind in (endings.SWEEP, risk.SWEEP):
            queue.enqueue(session, kind, NOTHING, due_at=now, now=now, key=kind)

    await world.write(begin)
    await world.settle()


async def until(world: World, text: str) -> None:
    """It is that time, and what is due by then is done."""
    world.time.set(dt.datetime.fromisoformat(text))
    await world.settle()


async def say(world: World, who: Someone, day: str | None) -> httpx.Response:
    """Somebody says their own last day."""
    etag = (await world.http.get(MINE, headers=who.headers)).headers["etag"]
    headers = who.headers | {"If-Match": etag}
    return await world.http.patch(MINE, headers=headers, json={"expected_end": day})


async def step_down(world: World, who: Someone, **body: Any) -> httpx.Response:
    return await world.http.post("/v1/supporters/me/step-down", headers=who.headers | world.once(), json=body)


def told(world: World, who: Someone, kind: str) -> list[dict[str, Any]]:
    """The data of every event of a kind that somebody's endpoint got."""
    found = [each.json() for each in world.receiver.requests(who.hook)]
    return [each["data"] for each in found if each["type"] == kind]
