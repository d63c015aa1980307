"""Asking is always possible, what follows is the supporter's to say, and an adviser's part ends in time (J4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.vocabulary import Level, Role
from tests.advice.test_case_advice import ADVICE, asked, pair, seen
from tests.reports.harbour import my_pages, one_database, told
from tests.support.world import Someone, World

ABSENCES = "/v1/schools/harbour/absences"


async def outcome(world: World, supporter: Someone, request_id: str, chosen: str) -> dict[str, Any]:
    url = f"{ADVICE}/{request_id}"
    etag = (await world.http.get(url, headers=supporter.headers)).headers["etag"]
    done = await world.http.post(
        f"{url}/outcome", headers=supporter.headers | {"If-Match": etag}, json={"outcome": chosen}
    )
    assert done.status_code == 200, done.text
    body: dict[str, Any] = done.json()
    return body


async def absences(world: World, someone: Someone) -> list[tuple[str, str | None]]:
    found = await world.http.get(ABSENCES, headers=someone.headers)
    return [(each["kind"], each["end"]) for each in found.json()["items"]]


@one_database
async def test_pausing_counts_at_once_and_asking_still_works(world: World) -> None:
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter)).json()["id"]
    assert (await seen(world, supporter, request_id))["outcome"] is None
    assert (await outcome(world, supporter, request_id, "i_continue"))["outcome"] == "i_continue"
    assert (await outcome(world, supporter, request_id, "i_pause"))["outcome"] == "i_pause"
    assert (await outcome(world, supporter, request_id, "i_pause"))["outcome"] == "i_pause"
    await outcome(world, supporter, request_id, "i_continue")
    await outcome(world, supporter, request_id, "i_pause")
    assert await absences(world, supporter) == [("paused", None)]
    await world.settle()
    # The adviser sees what follows, and cannot say it for them.
    assert (await seen(world, adviser, request_id))["outcome"] == "i_pause"
    refused = await world.http.post(
        f"{ADVICE}/{request_id}/outcome",
        headers=adviser.headers | {"If-Match": "*"},
        json={"outcome": "i_continue"},
    )
    assert refused.status_code == 403
    again = await asked(world, supporter)
    assert (again.status_code, again.json()["on_duty"]) == (201, [{"alias": "Mira", "line": "clinical_advice"}])


@one_database
@pytest.mark.parametrize("kind", ["exam_window", "leave", "placement"])
async def test_asking_works_whatever_keeps_one_from_duty(world: World, kind: str) -> None:
    supporter, adviser = await pair(world)
    soon = world.time.now().replace(second=0, microsecond=0)
    later = (soon + dt.timedelta(days=2)).isoformat()
    away = await world.http.post(
        ABSENCES, headers=supporter.headers | world.once(), json={"kind": kind, "start": soon.isoformat(), "end": later}
    )
    assert away.status_code == 201, away.text
    assert (await asked(world, supporter, priority="now")).status_code == 201
    await world.settle()
    assert told(world) == {adviser.hook: ["page.requested"]}


async def test_an_adviser_reads_for_a_day_and_then_whoever_is_on_is_asked(world: World) -> None:
    """Domain 5: while on shift and 24 hours. A supporter who writes later still reaches somebody, with a clock."""
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter)).json()["id"]
    [page] = await my_pages(world, adviser)
    replied = await world.http.post(
        f"/v1/pages/{page['id']}/reply", headers=adviser.headers | world.once(), json={"text": "Bring somebody in."}
    )
    assert replied.status_code == 201
    await world.settle()
    thread = f"{ADVICE}/{request_id}/messages"
    world.time.advance(hours=25)
    for path in (f"{ADVICE}/{request_id}", thread):
        assert (await world.http.get(path, headers=adviser.headers)).status_code == 404
    listed = await world.http.get(ADVICE, headers=adviser.headers)
    assert listed.json()["items"] == []

    world.receiver.reset()
    wrote = await world.http.post(thread, headers=supporter.headers | world.once(), json={"text": "They are worse."})
    assert wrote.status_code == 201
    await world.settle()
    assert told(world)[adviser.hook] == ["page.requested", "conversation.message_added"]
    found = await seen(world, adviser, request_id)
    assert (found["status"], found["on_duty"]) == ("open", [{"alias": "Mira", "line": "clinical_advice"}])


@one_database
async def test_whoever_answers_as_coordinator_is_shown_as_one(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    coordinator = await world.person(Role.COORDINATOR, alias="Dana", paged=True)
    request_id = (await asked(world, supporter)).json()["id"]
    [page] = await my_pages(world, coordinator)
    assert page["level"] == Level.COORDINATOR
    for path, text in ((f"/v1/pages/{page['id']}/reply", "I am here."), (f"{ADVICE}/{request_id}/messages", "Still.")):
        sent = await world.http.post(path, headers=coordinator.headers | world.once(), json={"text": text})
        assert sent.status_code == 201, sent.text
    messages = (await world.http.get(f"{ADVICE}/{request_id}/messages", headers=supporter.headers)).json()["items"]
    assert [message["author"] for message in messages] == ["coordinator", "coordinator"]
