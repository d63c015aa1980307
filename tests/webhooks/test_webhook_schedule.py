"""When it is tried again: the published schedule, with jitter, and `Retry-After` (W5); and when it is given up (W6)."""

from __future__ import annotations

import datetime as dt

import pytest
from endpoints import attempts, create, deliveries, emit, endpoint, next_attempt, on_sqlite, planned_wait, school_it

from app.core import clock
from app.webhooks import delivery
from tests.support.world import World

# docs/webhooks.md: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, each ± 10 %.
PUBLISHED = [5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600]

pytestmark = on_sqlite


@pytest.fixture
async def hook(world: World) -> str:
    await world.school()
    made = await create(world, await school_it(world), "school")
    endpoint_id: str = made["id"]
    return endpoint_id


async def test_retries_follow_the_published_schedule_and_then_the_endpoint_is_disabled(world: World, hook: str) -> None:
    await create(world, await school_it(world), "elsewhere", event_types=["webhook_endpoint.disabled"])
    world.receiver.behave("school", 500)
    [event_id] = await emit(world)
    shares = []
    assert list(delivery.SCHEDULE_SECONDS) == PUBLISHED
    for expected in PUBLISHED:
        wait = await planned_wait(world, event_id)
        assert 0.9 * expected <= wait <= 1.1 * expected
        shares.append(wait / expected)
        due = await next_attempt(world, event_id)
        assert due is not None
        world.time.set(due - dt.timedelta(seconds=2))
        assert await world.settle() == 0
        world.time.set(due)
        await world.settle()
    assert len(await attempts(world, event_id)) == 10
    assert len(deliveries(world, "school")) == 10
    # Jitter: no two the same share of their wait.
    assert len(set(shares)) == len(PUBLISHED)

    assert await next_attempt(world, event_id) is None
    found = await endpoint(world, hook)
    assert (found.enabled, found.disabled_because) == (False, "failing_for_days")
    [told] = deliveries(world, "elsewhere", "webhook_endpoint.disabled")
    assert told.json()["data"]["reason"] == "failing_for_days"


async def test_an_event_that_is_always_refused_does_not_disable_an_endpoint_that_takes_others(
    world: World, hook: str
) -> None:
    """One receiver that stumbles over one event is a pager that works."""
    world.receiver.behave("school", 400)
    [refused] = await emit(world)
    for number in range(len(PUBLISHED)):
        due = await next_attempt(world, refused)
        assert due is not None
        if number == 4:
            world.receiver.behave("school", 200)
            await emit(world)
            world.receiver.behave("school", 400)
        world.time.set(due)
        await world.settle()
    assert len(await attempts(world, refused)) == 10
    assert await next_attempt(world, refused) is None
    found = await endpoint(world, hook)
    assert (found.enabled, found.disabled_because) == (True, None)
    world.receiver.behave("school", 200)
    [event_id] = await emit(world)
    assert [attempt.status for attempt in await attempts(world, event_id)] == [200]


async def test_an_endpoint_that_took_something_before_and_nothing_since_is_disabled(world: World, hook: str) -> None:
    await emit(world)
    world.time.advance(hours=2)
    world.receiver.behave("school", 500)
    [event_id] = await emit(world)
    while (due := await next_attempt(world, event_id)) is not None:
        world.time.set(due)
        await world.settle()
    assert (await endpoint(world, hook)).disabled_because == "failing_for_days"


async def test_retry_after_in_seconds_is_honoured(world: World, hook: str) -> None:
    for status in (429, 502, 503, 504):
        world.receiver.behave("school", {"status": status, "headers": {"Retry-After": "1000"}})
        [event_id] = await emit(world)
        assert await planned_wait(world, event_id) == 1000


async def test_retry_after_as_a_date_is_honoured(world: World, hook: str) -> None:
    date = (clock.now() + dt.timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    world.receiver.behave("school", {"status": 503, "headers": {"Retry-After": date}})
    [event_id] = await emit(world)
    assert 7190 <= await planned_wait(world, event_id) <= 7200


async def test_retry_after_never_shortens_the_schedule_and_is_never_longer_than_a_day(world: World, hook: str) -> None:
    world.receiver.behave("school", {"status": 503, "headers": {"Retry-After": "0"}})
    [soon] = await emit(world)
    assert 4.5 <= await planned_wait(world, soon) <= 5.5
    world.receiver.behave("school", {"status": 503, "headers": {"Retry-After": "99999999"}})
    [late] = await emit(world)
    assert await planned_wait(world, late) == 86_400


async def test_retry_after_on_another_status_means_nothing(world: World, hook: str) -> None:
    world.receiver.behave("school", {"status": 500, "headers": {"Retry-After": "1000"}})
    [event_id] = await emit(world)
    assert 4.5 <= await planned_wait(world, event_id) <= 5.5
