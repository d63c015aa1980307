"""What is planned keeps the conventions of all resources (contract R5 to R7, I2, I4 and I8), over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.planning.scene import BASE, Scene, one_database, ref, service
from tests.support.world import Someone, World

AWAY = {"kind": "leave", "start": "2027-03-10T00:00:00Z", "end": "2027-03-12T00:00:00Z"}
EVENING = {"start": "2027-03-02T07:00:00Z", "end": "2027-03-02T12:00:00Z"}
# What a 201 tells beyond the resource: what it changed, and a secret that is shown once.
TOLD_ONCE = {"change", "changes", "url"}
Write = tuple[str, dict[str, Any], Someone]


def away(scene: Scene) -> Write:
    return "absences", AWAY, scene.b


def offer(scene: Scene) -> Write:
    return "shift-offers", {"roster_id": scene.roster, "shift": ref()}, scene.b


def swap(scene: Scene) -> Write:
    give, get = ({"roster_id": scene.roster, "shift": ref(slot=f"2027-03-{day}T22:00:00Z")} for day in ("07", "21"))
    return "swaps", {"other": str(scene.a.id), "give": give, "get": get}, scene.b


def departure(scene: Scene) -> Write:
    return f"people/{scene.b.id}/departures", {"reassign_to": str(scene.c.id)}, scene.coordinator


def version(scene: Scene) -> Write:
    body = {"effective_from": "2027-03-14T22:00:00Z", "plan": scene.plan(scene.a)}
    return f"rosters/{scene.roster}/versions", body, scene.coordinator


def override(scene: Scene) -> Write:
    return f"rosters/{scene.roster}/overrides", {"person": str(scene.c.id), **EVENING}, scene.coordinator


def feed(scene: Scene) -> Write:
    return "calendar-feeds", {"roster_id": scene.roster}, scene.a


named = pytest.mark.parametrize
by_name: dict[str, Any] = {"ids": lambda write: write.__name__}


async def made(scene: Scene, write: Callable[[Scene], Write]) -> httpx.Response:
    path, body, who = write(scene)
    answer = await scene.post(path, body, by=who, key=True, etag="*")
    assert answer.status_code == 201, answer.text
    return answer


async def changed(scene: Scene, method: str, path: str, body: Any, by: Someone) -> httpx.Response:
    return await scene.send(method, path, body, by=by, etag=(await scene.get(path, by=by)).headers["ETag"])


# Resources


@named("write", [away, offer, swap, version, override, feed], **by_name)
async def test_what_was_planned_is_found_where_the_answer_says(world: World, write: Callable[[Scene], Write]) -> None:
    """R5: 201 with Location, ETag and body; GET of that address gives the same body and the same ETag."""
    scene = await Scene.set_up(world)
    path, _, who = write(scene)
    answer = await made(scene, write)
    assert answer.headers["Location"] == f"{BASE}/{path}/{answer.json()['id']}"
    shown = await world.http.get(answer.headers["Location"], headers=who.headers)
    given = {name: value for name, value in answer.json().items() if name not in TOLD_ONCE}
    assert (shown.status_code, shown.json(), shown.headers["ETag"]) == (200, given, answer.headers["ETag"])


@one_database
async def test_a_departure_has_no_address(world: World) -> None:
    """R5: it is what happened to the rosters, and is found there."""
    answer = await made(await Scene.set_up(world), departure)
    assert not {"location", "etag"} & set(answer.headers)


async def test_a_patch_of_a_roster_changes_what_it_names(world: World) -> None:
    """R6: absence keeps, a value replaces, an empty patch is no fault."""
    scene = await Scene.set_up(world)
    path = f"rosters/{scene.roster}"
    for body, name, expects in (
        ({}, "Weeks", "always"),
        ({"expects": "nothing"}, "Weeks", "nothing"),
        ({"name": "Nights"}, "Nights", "nothing"),
    ):
        answer = await changed(scene, "PATCH", path, body, scene.coordinator)
        shown = await scene.get(path)
        assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (
            200,
            shown.json(),
            shown.headers["ETag"],
        )
        assert (shown.json()["roster"]["name"], shown.json()["expects"]) == (name, expects)


async def test_a_patch_of_an_absence_changes_when_it_ends(world: World) -> None:
    """R6: absence keeps, a value replaces, null clears."""
    scene = await Scene.set_up(world)
    path = f"absences/{(await made(scene, away)).json()['id']}"
    later = "2027-03-13T00:00:00Z"
    for body, end in (({}, AWAY["end"]), ({"end": later}, later), ({}, later), ({"end": None}, None), ({}, None)):
        answer = await changed(scene, "PATCH", path, body, scene.b)
        shown = await scene.get(path, by=scene.b)
        assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (
            200,
            shown.json(),
            shown.headers["ETag"],
        )
        assert {name: shown.json()[name] for name in AWAY} == AWAY | {"end": end}


async def test_a_patch_of_the_rules_changes_the_lines_that_it_names(world: World) -> None:
    """R6: the other lines stay, an empty patch is no fault."""
    scene = await Scene.set_up(world)
    before = (await scene.get("roster-rules")).json()
    line = {"triage": {"rest_hours": 11, "weekly_hours": None}}
    for body, after in (({}, before), (line, before | line), ({}, before | line)):
        answer = await changed(scene, "PATCH", "roster-rules", body, scene.coordinator)
        shown = await scene.get("roster-rules")
        assert (answer.json(), answer.headers["ETag"]) == (shown.json(), shown.headers["ETag"])
        assert shown.json() == after


@one_database
async def test_a_patch_of_a_plan_that_cannot_be_done_changes_nothing(world: World) -> None:
    """R6: unknown fields and nulls for what must have a value are refused, and the rest of the patch with them."""
    scene = await Scene.set_up(world)
    roster, absence = f"rosters/{scene.roster}", f"absences/{(await made(scene, away)).json()['id']}"
    for path, body, pointer in (
        (roster, {"name": "New", "nmae": "New"}, "#/nmae"),
        (roster, {"name": "New", "line": "triage"}, "#/line"),
        (roster, {"name": None}, "#/name"),
        (roster, {"name": "New", "expects": None}, "#/expects"),
        (absence, {"end": None, "kind": "placement"}, "#/kind"),
        ("roster-rules", {"triage": {"rest_hours": 1, "weekly_hours": 1}, "surgery": {}}, "#/surgery"),
        ("roster-rules", {"triage": None}, "#/triage"),
    ):
        who = scene.b if path == absence else scene.coordinator
        before = await scene.get(path, by=who)
        answer = await changed(scene, "PATCH", path, body, who)
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [pointer])
        after = await scene.get(path, by=who)
        assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])


@named("write", [away, feed], **by_name)
async def test_an_absence_or_a_feed_that_was_deleted_is_gone(world: World, write: Callable[[Scene], Write]) -> None:
    """R7: 204 without a body, then 404, and no trace in the list."""
    scene = await Scene.set_up(world)
    collection, _, who = write(scene)
    path = f"{collection}/{(await made(scene, write)).json()['id']}"
    kept = (await made(scene, write)).json()["id"]
    gone = await changed(scene, "DELETE", path, None, who)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("DELETE", "GET"):
        answer = await scene.send(method, path, by=who, etag="*")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method
    assert [each["id"] for each in (await scene.get(collection, by=who)).json()["items"]] == [kept]


@named("write", [version, override], **by_name)
async def test_what_was_taken_back_of_a_roster_stays_on_record(world: World, write: Callable[[Scene], Write]) -> None:
    """R7: 204, and 404 for who takes it back again; but who planned what can still be read."""
    scene = await Scene.set_up(world)
    collection, _, _ = write(scene)
    path = f"{collection}/{(await made(scene, write)).json()['id']}"
    gone = await scene.send("DELETE", path, etag=await scene.etag())
    assert (gone.status_code, gone.content) == (204, b"")
    again = await scene.send("DELETE", path, etag=await scene.etag())
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    shown = (await scene.get(path)).json()
    assert shown in (await scene.get(collection)).json()["items"]
    assert shown.get("removed_at") or shown["effective_until"] == shown["effective_from"]


@one_database
async def test_external_cover_is_put_as_often_as_one_likes_and_taken_away(world: World) -> None:
    """R7, RFC 9110, 9.2.2: the same PUT again is no fault; 204, and the gap has none."""
    scene = await Scene.set_up(world)
    await world.entry(service("example-line", hours="24/7"))
    await made(scene, away)
    [gap] = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    path = f"coverage/gaps/{gap['id']}"
    for _ in range(2):
        put = await scene.send("PUT", f"{path}/external-cover", {"entry_id": "example-line"}, etag="*")
        shown = await scene.get(path)
        assert (put.status_code, put.json(), put.headers["ETag"]) == (200, shown.json(), shown.headers["ETag"])
    gone = await scene.send("DELETE", f"{path}/external-cover", etag="*")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await scene.get(path)).json()["external_cover"] is None


# Idempotency


@named("write", [away, offer, swap, departure], **by_name)
async def test_what_is_given_and_taken_needs_a_key_and_happens_once(
    world: World, write: Callable[[Scene], Write]
) -> None:
    """I2, I4, I8: 400 without a key and nothing done; six at once are one; later the same answer, marked."""
    scene = await Scene.set_up(world)
    path, body, who = write(scene)
    refused = await scene.post(path, body, by=who)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")
    before = await effects(scene)

    headers = who.headers | world.once()
    answers = await asyncio.gather(*(world.http.post(f"{BASE}/{path}", headers=headers, json=body) for _ in range(6)))
    first = next(answer for answer in answers if "Idempotency-Replayed" not in answer.headers)
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, first.content)}
    assert sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers) == 5
    after = await effects(scene)
    assert after != before

    world.time.advance(minutes=10)
    again = await world.http.post(f"{BASE}/{path}", headers=headers, json=body)
    assert (again.status_code, again.content, again.headers["Idempotency-Replayed"]) == (201, first.content, "true")
    assert [again.headers.get(name) for name in ("Location", "ETag")] == [
        first.headers.get(name) for name in ("Location", "ETag")
    ]
    assert await effects(scene) == after
    other = await world.http.post(f"{BASE}/{path}", headers=headers, json=body | different(path))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def different(path: str) -> dict[str, Any]:
    """A field that makes it another request."""
    return {
        "absences": {"end": None},
        "shift-offers": {"start": "2027-03-10T07:00Z", "end": "2027-03-10T12:00Z"},
        "swaps": {"other": "0197b7d8-155a-7dcf-a84f-8192f0269ba3"},
    }.get(path, {"reassign_to": None})


async def effects(scene: Scene) -> dict[str, int]:
    """How much there is of all that is planned."""
    lists = {
        "absences": scene.b,
        "shift-offers": scene.b,
        "swaps": scene.b,
        f"rosters/{scene.roster}/versions": scene.b,
        f"rosters/{scene.roster}/overrides": scene.b,
    }
    return {path: len((await scene.get(path, by=who)).json()["items"]) for path, who in lists.items()}
