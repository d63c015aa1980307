"""Solving challenges as an app does, and making a school be flooded."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import altcha
import httpx

from app.reports.challenges import Challenges
from tests.support.world import World

CHALLENGE = "/v1/schools/harbour/report-challenge"
QUIET = {"signs": ["tearful"]}


def solved(challenge: dict[str, Any]) -> str:
    """What ALTCHA's own library makes of a challenge as it came."""
    asked = altcha.Challenge.from_dict(challenge)
    found = altcha.solve_challenge(asked)
    assert found is not None
    return altcha.Payload(asked, found).to_base64()


def asked_after(world: World, reports: int) -> Challenges:
    """From now on one address may send this many reports that can wait before it is asked."""
    challenges = Challenges(free=reports)
    world.app.state.runtime.challenges = challenges
    return challenges


async def flooded(world: World, *, http: httpx.AsyncClient | None = None, reports: int = 3) -> httpx.Response:
    """Send what is not asked yet, and give the first answer that asks."""
    asked_after(world, reports)
    for _ in range(reports + 2):
        answer = await (http or world.http).post("/v1/schools/harbour/reports", json=QUIET)
        if answer.status_code != 201:
            return answer
    raise AssertionError("nothing was asked")


@contextlib.asynccontextmanager
async def caller_at(world: World, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at another address."""
    transport = httpx.ASGITransport(world.app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://peerline.test") as http:
        yield http
