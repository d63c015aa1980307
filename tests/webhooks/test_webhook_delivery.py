"""One delivery and its attempts: what is sent, what counts, what follows (W2 to W6, W10, W11)."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import Any

import pytest
import standardwebhooks
from endpoints import attempts, create, deliveries, emit, endpoint, events, next_attempt, on_sqlite, school_it
from sqlmodel import select

from app.events import outbox
from app.models import WebhookDelivery
from app.vocabulary import Role
from app.webhooks import sending
from app.webhooks.names import Names
from app.worker import start_recurring
from tests.support.receiver import verified
from tests.support.world import World


@pytest.fixture
async def hook(world: World) -> str:
    """A school with one endpoint, at the hook `school`; its id."""
    await world.school()
    made = await create(world, await school_it(world), "school")
    endpoint_id: str = made["id"]
    return endpoint_id


@on_sqlite
async def test_a_delivery_verifies_over_its_raw_bytes_and_over_no_others(world: World) -> None:
    """W2."""
    await world.school()
    secret = (await create(world, await school_it(world), "school"))["secret"]
    [event_id] = await emit(world)
    [request] = deliveries(world, "school")
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == event_id
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert verified(request, secret)["type"] == "conversation.message_added"
    for place in (0, len(request.body) // 2, len(request.body) - 1):
        changed = bytearray(request.body)
        changed[place] ^= 1
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(bytes(changed), request.headers)


async def test_every_attempt_has_the_same_id_and_bytes_and_its_own_time(world: World, hook: str) -> None:
    """W3, on both databases."""
    world.receiver.behave("school", 500, 500, 500, 204)
    [event_id] = await emit(world)
    for minutes in (0.2, 6, 40, 180):
        world.time.advance(minutes=minutes)
        await world.settle()
    sent = deliveries(world, "school")
    assert len(sent) == 4
    assert {request.headers["webhook-id"] for request in sent} == {event_id}
    assert len({request.body for request in sent}) == 1
    times = [int(request.headers["webhook-timestamp"]) for request in sent]
    assert times == sorted(set(times))
    assert len({request.headers["webhook-signature"] for request in sent}) == 4
    recorded = await attempts(world, event_id)
    assert [(a.number, a.status) for a in recorded] == [(1, 500), (2, 500), (3, 500), (4, 204)]
    assert await next_attempt(world, event_id) is None


@on_sqlite
async def test_anything_but_2xx_is_a_failure_and_is_tried_again(
    world: World, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W4."""
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.4)
    failures: list[tuple[object, int | None, str | None]] = [
        (500, 500, None),
        ({"status": 301, "location": "/hook/target"}, 301, None),
        ({"status": 307, "location": "/hook/target"}, 307, None),
        (304, 304, None),
        (404, 404, None),
        (429, 429, None),
        ({"delay": 0.8}, None, "timeout"),
        ({"close": True}, None, "connection_failed"),
    ]
    for how, status, error in failures:
        world.receiver.behave("school", how, 200)
        [event_id] = await emit(world)
        [attempt] = await attempts(world, event_id)
        assert (attempt.status, attempt.error) == (status, error)
        assert (await endpoint(world, hook)).health == "failing"
        world.time.advance(seconds=6)
        await world.settle()
        assert [a.status for a in await attempts(world, event_id)] == [status, 200]
        assert (await endpoint(world, hook)).health == "healthy"
    assert world.receiver.requests("target") == []


@on_sqlite
async def test_2xx_stops_it(world: World, hook: str) -> None:
    for status in (200, 201, 202, 204, 299):
        world.receiver.behave("school", status)
        [event_id] = await emit(world)
        world.time.advance(days=5)
        await world.settle()
        assert [a.status for a in await attempts(world, event_id)] == [status]


@on_sqlite
async def test_a_receiver_that_is_down_is_tried_again(world: World, hook: str) -> None:
    world.receiver.stop()
    try:
        [event_id] = await emit(world)
        [attempt] = await attempts(world, event_id)
        assert (attempt.status, attempt.error) == (None, "connection_failed")
    finally:
        world.receiver.start()
    world.time.advance(seconds=6)
    await world.settle()
    assert len(deliveries(world, "school")) == 1


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one byte at a time, and never to the end."""
    await reader.readuntil(b"\r\n\r\n")
    try:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass
    finally:
        writer.close()


@on_sqlite
async def test_a_receiver_that_answers_byte_by_byte_has_the_same_five_seconds(
    world: World, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is for all of it: a lease must never run out under an attempt that is still going on."""
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.4)
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        shot = sending.Shot(url=origin, message_id="m", body=b"{}", secrets=(), owner="")
        began = time.monotonic()
        outcome = await sending.perform(
            shot, client=world.worker._client, allowed_origins=frozenset({origin}), names=Names()
        )
    assert (outcome.status, outcome.error) == (None, "timeout")
    assert time.monotonic() - began < 10


@on_sqlite
async def test_no_answer_of_a_receiver_breaks_the_delivery(world: World, hook: str) -> None:
    """`perform` never raises for what a receiver does: that would be counted as a fault of ours, and dropped."""
    for headers in (
        {"Retry-After": "²"},
        {"Retry-After": "-5"},
        {"Retry-After": "9" * 400},
        {"Retry-After": "soon"},
        {"Retry-After": "Mon, 01 Jan 99999999999999 00:00:00 GMT"},
        {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Set-Cookie": "a=b", "Location": "http://[::1", "Content-Type": "\x7f"},
    ):
        world.receiver.behave("school", {"status": 503, "headers": headers}, 200)
        [event_id] = await emit(world)
        assert [a.status for a in await attempts(world, event_id)] == [503], headers
        world.time.advance(days=1, seconds=1)
        await world.settle()
        assert [a.status for a in await attempts(world, event_id)] == [503, 200], headers
    assert await events(world, "work.dead") == []


@on_sqlite
async def test_an_answer_leaves_no_connection_open_and_no_cookie_behind(
    world: World, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoints at one host may belong to different schools: nothing may be carried from one to the other."""
    world.receiver.behave("school", {"status": 200, "headers": {"Set-Cookie": "who=harbour; Path=/"}})
    await emit(world)
    await emit(world)
    first, second = deliveries(world, "school")
    assert "cookie" not in first.headers
    assert "cookie" not in second.headers
    world.receiver.behave("school", {"status": 503, "headers": {"Retry-After": "²"}, "body": "x" * 2000})
    pool, there = world.worker._client._transport._pool, list[int]()
    send = pool.handle_async_request

    async def watched(request: Any) -> Any:
        answer = await send(request)
        there.append(len(pool.connections))
        return answer

    monkeypatch.setattr(pool, "handle_async_request", watched)
    await emit(world, 3)
    assert any(there), "this is where the connections are"
    assert all(connection.is_idle() or connection.is_closed() for connection in pool.connections)


@on_sqlite
async def test_410_disables_the_endpoint_shows_why_and_is_announced_elsewhere(world: World, hook: str) -> None:
    """W6."""
    await create(world, await school_it(world), "elsewhere")
    world.receiver.behave("school", 410)
    await emit(world)
    found = await endpoint(world, hook)
    assert (found.enabled, found.disabled_because) == (False, "gone")
    [told] = deliveries(world, "elsewhere", "webhook_endpoint.disabled")
    assert told.json()["data"] == {"school": "harbour", "endpoint_id": hook, "reason": "gone"}
    world.time.advance(days=5)
    await emit(world)
    assert len(deliveries(world, "school")) == 1
    assert deliveries(world, "school", "webhook_endpoint.disabled") == []


@on_sqlite
async def test_what_the_address_before_answers_says_nothing_of_the_one_that_is_there_now(
    world: World, hook: str
) -> None:
    """The address is changed while an attempt at the old one, which is about to say that it is gone, is on its way."""
    it = await school_it(world)
    world.receiver.behave("school", {"status": 410, "delay": 1.0})
    path = f"/v1/schools/harbour/webhook-endpoints/{hook}"

    async def move() -> None:
        await asyncio.to_thread(world.receiver.wait_for, "school", 2)
        patched = await world.http.patch(
            path, headers=it.headers | {"If-Match": "*"}, json={"url": world.receiver.url("elsewhere")}
        )
        assert patched.status_code == 200, patched.text

    await asyncio.gather(emit(world), move())
    await world.settle()
    found = await endpoint(world, hook)
    assert (found.enabled, found.health) == (True, "healthy")


@on_sqlite
async def test_a_pager_that_is_disabled_is_told_to_its_owner_and_the_coordinators(world: World, hook: str) -> None:
    """W6: also where the school itself has no endpoint."""
    await world.school("ridge")
    adviser = await world.person(Role.ADVISER, school="ridge")
    coordinator = await world.person(Role.COORDINATOR, school="ridge", paged=True)
    mine = "/v1/me/webhook-endpoints"
    for name in ("first", "second"):
        added = await world.http.post(mine, headers=adviser.headers, json={"url": world.receiver.url(name)})
        assert added.status_code == 201
    world.receiver.behave("first", 410)
    await world.settle()
    [item, _] = (await world.http.get(mine, headers=adviser.headers)).json()["items"]
    assert (item["enabled"], item["disabled_because"]) == (False, "gone")
    for name in ("second", coordinator.hook or ""):
        [told] = deliveries(world, name, "webhook_endpoint.disabled")
        assert told.json()["data"] == {"school": "ridge", "endpoint_id": item["id"], "reason": "gone"}
    assert deliveries(world, "school", "webhook_endpoint.disabled") == []


@on_sqlite
async def test_enabling_it_again_clears_the_reason(world: World, hook: str) -> None:
    it = await school_it(world)
    world.receiver.behave("school", 410, 200)
    await emit(world)
    path = f"/v1/schools/harbour/webhook-endpoints/{hook}"
    shown = await world.http.get(path, headers=it.headers)
    assert (shown.json()["enabled"], shown.json()["disabled_because"]) == (False, "gone")
    patched = await world.http.patch(
        path, headers=it.headers | {"If-Match": shown.headers["etag"]}, json={"enabled": True}
    )
    assert (patched.json()["enabled"], patched.json()["disabled_because"]) == (True, None)
    await emit(world)
    assert len(deliveries(world, "school")) == 2


@on_sqlite
async def test_what_was_waiting_for_a_disabled_endpoint_is_given_up(world: World, hook: str) -> None:
    world.receiver.behave("school", 500, 410)
    [waiting] = await emit(world)
    [refused] = await emit(world)
    assert [a.status for a in await attempts(world, refused)] == [410]
    world.time.advance(seconds=6)
    await world.settle()
    assert await next_attempt(world, waiting) is None
    states = await world.db.read(lambda session: list(session.exec(select(WebhookDelivery.state))))
    assert "pending" not in states


async def test_what_was_rolled_back_is_told_to_nobody(world: World, hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """W10, on both databases."""
    emitted: list[str] = []
    enqueue = outbox.queue.enqueue

    class ChangedItsMind(Exception):
        pass

    def and_then_fail(*args: Any, **kwargs: Any) -> None:
        enqueue(*args, **kwargs)
        emitted.append("event")
        raise ChangedItsMind

    with monkeypatch.context() as patched:
        patched.setattr(outbox.queue, "enqueue", and_then_fail)
        with pytest.raises(ChangedItsMind):
            await emit(world)
    assert emitted == ["event"]
    await world.settle()
    assert deliveries(world, "school") == []
    assert await events(world, "conversation.message_added") == []


@on_sqlite
async def test_events_are_forgotten_after_a_month_and_not_before(world: World, hook: str) -> None:
    await world.write(start_recurring)
    [old] = await emit(world)
    world.time.advance(days=29)
    await world.settle()
    assert len(await attempts(world, old)) == 1
    world.time.advance(days=1, hours=2)
    [new] = await emit(world)
    assert await attempts(world, old) == []
    assert [str(event.id) for event in await events(world, "conversation.message_added")] == [new]


@on_sqlite
async def test_an_attempt_is_recorded_without_what_was_sent(world: World, hook: str) -> None:
    world.receiver.behave("school", {"status": 500, "body": "CANARY from the receiver"})
    before = dt.datetime.now(dt.UTC)
    [event_id] = await emit(world)
    [attempt] = await attempts(world, event_id)
    assert before - dt.timedelta(seconds=1) <= attempt.at
    assert 0 <= attempt.duration_ms < 5000
    assert "CANARY" not in repr(attempt)
