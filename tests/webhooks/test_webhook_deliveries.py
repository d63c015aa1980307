"""What an owner sees of what was sent, and sending it once more (W12, W3)."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
from endpoints import create, deliveries, emit, endpoint, next_attempt, on_sqlite, school_it

from app.vocabulary import Role
from app.webhooks.deliveries import MOST_ATTEMPTS
from tests.reports.harbour import act
from tests.support.world import Someone, World

SCHOOLS = "/v1/schools/harbour/webhook-endpoints"
MINE = "/v1/me/webhook-endpoints"


async def listed(world: World, someone: Someone, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await world.http.get(f"{path}/deliveries", headers=someone.headers, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def of_page(world: World, someone: Someone, path: str) -> dict[str, Any]:
    """The one delivery of a page that went to this endpoint."""
    [found] = [each for each in await listed(world, someone, path) if each["event_type"] == "page.requested"]
    return found


async def resend(world: World, someone: Someone, path: str, delivery: dict[str, Any]) -> httpx.Response:
    return await world.http.post(f"{path}/deliveries/{delivery['id']}/resend", headers=someone.headers)


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_each_attempt_is_listed_without_what_was_sent_or_answered(world: World) -> None:
    """W12, on both databases."""
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    path = f"{SCHOOLS}/{made['id']}"
    world.receiver.behave("school", {"status": 500, "body": "CANARY"}, {"close": True}, 500)
    [event_id] = await emit(world)
    world.time.advance(seconds=6)
    await world.settle()
    newest, ping = await listed(world, it, path)
    assert (newest["event_id"], newest["event_type"]) == (event_id, "conversation.message_added")
    assert newest["event_id"] == deliveries(world, "school")[0].headers["webhook-id"]
    assert [(a["number"], a["status"], a["error"]) for a in newest["attempts"]] == [
        (1, 500, None),
        (2, None, "connection_failed"),
    ]
    assert newest["occurred_at"] <= newest["attempts"][0]["at"] < newest["attempts"][1]["at"]
    assert newest["state"] == "pending"
    assert newest["next_attempt_at"] > newest["attempts"][1]["at"]
    assert (ping["event_type"], ping["state"], ping["next_attempt_at"]) == ("webhook_endpoint.ping", "delivered", None)
    assert [each["id"] for each in await listed(world, it, path, state="delivered")] == [ping["id"]]
    assert [each["id"] for each in await listed(world, it, path, state="pending")] == [newest["id"]]
    one = await world.http.get(f"{path}/deliveries/{newest['id']}", headers=it.headers)
    assert one.json() == newest
    assert "CANARY" not in one.text


async def test_a_resend_has_the_same_id_and_bytes_and_its_own_time(world: World) -> None:
    """W3, on both databases."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    path = f"{MINE}/{adviser.endpoint_id}"
    await world.on_call(adviser)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    page = await of_page(world, adviser, path)
    assert page["state"] == "delivered"
    world.time.advance(seconds=3)
    again = await resend(world, adviser, path, page)
    assert again.status_code == 202, again.text
    assert again.headers["Location"] == f"{path}/deliveries/{page['id']}"
    assert again.json()["state"] == "pending"
    await world.settle()
    first, second = deliveries(world, adviser.hook or "", "page.requested")
    assert first.body == second.body
    assert b"/ack-link/" in first.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == page["event_id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    shown = await world.http.get(again.headers["Location"], headers=adviser.headers)
    assert (shown.json()["state"], len(shown.json()["attempts"])) == ("delivered", 2)
    assert "ack" not in shown.text


@on_sqlite
async def test_a_resend_changes_nothing_in_the_retries_that_are_planned_and_has_none_of_its_own(world: World) -> None:
    await world.school()
    it = await school_it(world)
    path = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    world.receiver.behave("school", 500)
    [event_id] = await emit(world)
    planned = await next_attempt(world, event_id)
    [pending] = await listed(world, it, path, state="pending")
    for _ in range(12):
        assert (await resend(world, it, path, pending)).status_code == 202
        await world.settle()
    assert await next_attempt(world, event_id) == planned
    [pending] = await listed(world, it, path, state="pending")
    assert len(pending["attempts"]) == 13
    world.receiver.behave("school", 200)
    assert (await resend(world, it, path, pending)).status_code == 202
    world.time.advance(seconds=6)
    await world.settle()
    assert len(deliveries(world, "school")) == 14

    # One that had arrived, and now does not: no retry follows, and its endpoint stays.
    world.receiver.behave("school", 500)
    assert (await resend(world, it, path, pending)).status_code == 202
    world.time.advance(days=5)
    await world.settle()
    assert len(deliveries(world, "school")) == 15
    [failed] = await listed(world, it, path, state="failed")
    assert failed["id"] == pending["id"]
    assert (await endpoint(world, path.rpartition("/")[2])).enabled


@on_sqlite
async def test_what_was_tried_fifty_times_is_not_tried_again_on_request(world: World) -> None:
    await world.school()
    it = await school_it(world)
    path = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    [ping] = await listed(world, it, path)
    for _ in range(MOST_ATTEMPTS - 1):
        assert (await resend(world, it, path, ping)).status_code == 202
        await world.settle()
    refused(await resend(world, it, path, ping), "too_many_attempts")


async def test_what_is_asked_for_and_not_yet_tried_counts_too(world: World) -> None:
    """Who presses the button a hundred times while the receiver hangs has fifty attempts, and a list that can be read.
    On both databases."""
    await world.school()
    it = await school_it(world)
    path = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    world.receiver.behave("school", 500)
    await emit(world)
    [pending] = await listed(world, it, path, state="pending")
    answers = [await resend(world, it, path, pending) for _ in range(2 * MOST_ATTEMPTS + 10)]
    await world.settle()
    [shown] = await listed(world, it, path, state="pending")
    assert len(shown["attempts"]) <= MOST_ATTEMPTS
    # One was made before, and one is planned.
    assert sum(answer.status_code == 202 for answer in answers) == MOST_ATTEMPTS - 2
    refused(answers[-1], "too_many_attempts")


async def test_nobody_is_paged_again_for_what_somebody_has_taken_on(world: World) -> None:
    """On both databases: delivered before, so that its own state does not tell."""
    await world.school()
    it = await school_it(world)
    school = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    advisers = [await world.person(Role.ADVISER, paged=True) for _ in range(2)]
    await world.on_call(*advisers)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    paths = [f"{MINE}/{adviser.endpoint_id}" for adviser in advisers]
    pages = [await of_page(world, adviser, path) for adviser, path in zip(advisers, paths, strict=True)]
    # Asked for before, not yet sent: it is not sent either.
    assert (await resend(world, advisers[1], paths[1], pages[1])).status_code == 202
    mine = deliveries(world, advisers[0].hook or "", "page.requested")[0].json()["data"]
    taken = await world.http.post(f"/v1/pages/{mine['page_id']}/ack", headers=advisers[0].headers)
    assert taken.json()["first"] is True
    await world.settle()
    assert len(deliveries(world, advisers[1].hook or "", "page.requested")) == 1
    for adviser, path, page in zip(advisers, paths, pages, strict=True):
        refused(await resend(world, adviser, path, page), "event_over")
    copies = [each for each in await listed(world, it, school) if each["event_type"] == "page.requested"]
    assert len(copies) == 2
    for copy in copies:
        refused(await resend(world, it, school, copy), "event_over")


@on_sqlite
async def test_once_a_report_is_closed_its_deliveries_show_hours_and_are_not_repeated(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    path = f"{MINE}/{adviser.endpoint_id}"
    await world.on_call(adviser)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    reader = await world.person(Role.TRIAGER)
    [report] = (await world.http.get("/v1/schools/harbour/reports", headers=reader.headers)).json()["items"]
    for action in ("claim", "close"):
        done = await act(world, reader, report["id"], action)
        assert done.status_code == 200, done.text
    await world.settle()
    for each in await listed(world, adviser, path):
        times = [each["occurred_at"], *(attempt["at"] for attempt in each["attempts"])]
        assert all(time.endswith(":00:00Z") for time in times), each
    refused(await resend(world, adviser, path, await of_page(world, adviser, path)), "event_over")


@on_sqlite
async def test_deliveries_of_somebody_else_do_not_exist(world: World) -> None:
    await world.school()
    await world.school("ridge")
    it, adviser = await school_it(world), await world.person(Role.ADVISER)
    school = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    other = f"{SCHOOLS}/{(await create(world, it, 'other'))['id']}"
    made = await world.http.post(MINE, headers=adviser.headers, json={"url": world.receiver.url("mine")})
    mine = f"{MINE}/{made.json()['id']}"
    colleague = await world.person(Role.ADVISER, Role.SCHOOL_IT)
    stranger = await school_it(world, "ridge")
    theirs, ours = (await listed(world, adviser, mine))[0]["id"], (await listed(world, it, school))[0]["id"]
    cases = [
        (colleague, mine, theirs),
        (stranger, school, ours),
        (stranger, school.replace("harbour", "ridge"), ours),
        # Of the same owner, by way of another endpoint.
        (it, other, ours),
        (it, school, str(uuid.uuid4())),
        (it, school, theirs),
    ]
    for someone, path, delivery in cases:
        one = f"{path}/deliveries/{delivery}"
        answers = [
            await world.http.get(one, headers=someone.headers),
            await world.http.post(f"{one}/resend", headers=someone.headers),
        ]
        if someone is not it:
            answers.append(await world.http.get(f"{path}/deliveries", headers=someone.headers))
        assert [answer.status_code for answer in answers] == [404] * len(answers), path


@on_sqlite
async def test_an_endpoint_that_was_disabled_is_pinged_when_it_is_enabled_again(world: World) -> None:
    """W6: and what failed meanwhile can then be had."""
    await world.school()
    it = await school_it(world)
    path = f"{SCHOOLS}/{(await create(world, it, 'school'))['id']}"
    world.receiver.behave("school", 410)
    await emit(world)
    [failed] = await listed(world, it, path, state="failed")
    refused(await resend(world, it, path, failed), "endpoint_is_off")
    world.receiver.behave("school", 200)
    for _ in range(2):
        on = await world.http.patch(path, headers=it.headers | {"If-Match": "*"}, json={"enabled": True})
        assert on.status_code == 200, on.text
    assert (on.json()["enabled"], on.json()["disabled_because"], on.json()["health"]) == (True, None, "unverified")
    await world.settle()
    assert (await endpoint(world, path.rpartition("/")[2])).health == "healthy"
    # The first, and one for both: what is enabled already is not pinged again.
    assert len(deliveries(world, "school", "webhook_endpoint.ping")) == 2
    assert (await resend(world, it, path, failed)).status_code == 202
    await world.settle()
    assert [request.answered for request in deliveries(world, "school")] == [410, 200]
