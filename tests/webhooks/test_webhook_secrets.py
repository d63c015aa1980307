"""A new secret, and both for a while (W7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
import standardwebhooks
from endpoints import create, deliveries, emit, endpoint, on_sqlite, school_it
from sqlmodel import select

from app.core import clock
from app.models import AuditEntry
from app.vocabulary import Role
from app.worker import start_recurring
from tests.support.receiver import verified
from tests.support.world import Someone, World

SCHOOLS = "/v1/schools/harbour/webhook-endpoints"


async def rotate(
    world: World, it: Someone, endpoint_id: str, body: dict[str, Any], *, tag: str | None = None
) -> httpx.Response:
    path = f"{SCHOOLS}/{endpoint_id}"
    current = (await world.http.get(path, headers=it.headers)).headers["ETag"]
    return await world.http.post(f"{path}/rotate-secret", headers=it.headers | {"If-Match": tag or current}, json=body)


async def accepted(world: World, *secrets: str) -> list[bool]:
    """Which of the secrets a delivery of now verifies with, by the independent library."""
    world.receiver.reset()
    await emit(world)
    [request] = deliveries(world, "school")
    found = []
    for secret in secrets:
        try:
            verified(request, secret)
        except standardwebhooks.WebhookVerificationError:
            found.append(False)
        else:
            found.append(True)
    # As many signatures as secrets that fit: none of anything else.
    assert len(request.headers["webhook-signature"].split(" ")) == sum(found)
    return found


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """The library knows no other clock than the machine's: it is moved with the product's."""

    class Moved(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return world.time.now().astimezone(tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Moved)


async def test_during_the_overlap_either_secret_verifies_and_after_it_only_the_new_one(
    world: World, real_time: None
) -> None:
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    old = made["secret"]
    answer = await rotate(world, it, made["id"], {"overlap_hours": 2})
    assert answer.status_code == 200, answer.text
    new = answer.json()["secret"]
    assert new not in (old, None)
    until = answer.json()["previous_secret_until"]
    shown = await world.http.get(f"{SCHOOLS}/{made['id']}", headers=it.headers)
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert shown.json() == {name: value for name, value in answer.json().items() if name != "secret"}
    assert until is not None
    assert await accepted(world, new, old) == [True, True]

    # The newest first: a receiver that looks at one only has the one that stays.
    [request] = deliveries(world, "school")
    first = request.headers["webhook-signature"].split(" ")[0]
    verified_alone = standardwebhooks.Webhook(new)
    verified_alone.verify(request.body, request.headers | {"webhook-signature": first})

    world.time.advance(hours=1, minutes=59)
    assert await accepted(world, new, old) == [True, True]
    world.time.advance(minutes=2)
    assert await accepted(world, new, old) == [True, False]
    shown = await world.http.get(f"{SCHOOLS}/{made['id']}", headers=it.headers)
    assert shown.json()["previous_secret_until"] is None


@on_sqlite
async def test_a_second_rotation_ends_the_oldest_and_none_of_an_overlap_ends_both(
    world: World, real_time: None
) -> None:
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    second = (await rotate(world, it, made["id"], {})).json()
    day = clock.now().timestamp() + 24 * 3600
    assert abs(dt.datetime.fromisoformat(second["previous_secret_until"]).timestamp() - day) < 60
    third = (await rotate(world, it, made["id"], {"overlap_hours": 168})).json()
    secrets = (third["secret"], second["secret"], made["secret"])
    assert await accepted(world, *secrets) == [True, True, False]
    last = (await rotate(world, it, made["id"], {"overlap_hours": 0})).json()
    assert last["previous_secret_until"] is None
    assert await accepted(world, last["secret"], *secrets) == [True, False, False, False]


@on_sqlite
async def test_a_secret_that_has_ended_is_erased_within_the_hour(world: World) -> None:
    await world.write(start_recurring)
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    await rotate(world, it, made["id"], {"overlap_hours": 3})
    assert (await endpoint(world, made["id"])).previous_secret_sealed is not None
    world.time.advance(hours=4, minutes=1)
    await world.settle()
    assert (await endpoint(world, made["id"])).previous_secret_sealed is None


@on_sqlite
async def test_rotating_needs_the_version_and_is_recorded_once(world: World) -> None:
    await world.school()
    it, adviser = await school_it(world), await world.person(Role.ADVISER, paged=True)
    made = await create(world, it, "school")
    path = f"{SCHOOLS}/{made['id']}/rotate-secret"
    assert (await world.http.post(path, headers=it.headers, json={})).status_code == 428
    assert (await rotate(world, it, made["id"], {}, tag='"old"')).status_code == 412
    for hours in (-1, 169):
        assert (await rotate(world, it, made["id"], {"overlap_hours": hours})).status_code == 422
    assert (await rotate(world, it, made["id"], {})).status_code == 200
    mine = f"/v1/me/webhook-endpoints/{adviser.endpoint_id}/rotate-secret"
    own = await world.http.post(mine, headers=adviser.headers | {"If-Match": "*"}, json={})
    assert own.json()["secret"] not in (adviser.secret, None)

    entries = await world.db.read(
        lambda session: session.exec(
            select(AuditEntry).where(AuditEntry.action == "webhook_endpoint.secret_rotated")
        ).all()
    )
    assert {(entry.person_id, entry.subject) for entry in entries} == {
        (it.id, made["id"]),
        (adviser.id, str(adviser.endpoint_id)),
    }
    assert len(entries) == 2
