"""A school's escalation policies, over HTTP: validated when saved, kept by what runs, versioned."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from sqlmodel import select
from story import kinds, later, on_sqlite, pages, team, the_escalation, urgent

from app.models import Escalation
from app.vocabulary import Role, RosterLine
from tests.support.world import Someone, World

POLICIES = "/v1/schools/harbour/escalation-policies"
PRIMARY = {"level": "primary", "ask": {"kind": "roster", "level": "primary"}, "ack_seconds": 120}
COORDINATORS = {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 300}


def policy(*levels: dict[str, Any], fallback: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"levels": list(levels), "fallback": fallback or COORDINATORS, **fields}


async def save(world: World, by: Someone, body: dict[str, Any], **need: Any) -> httpx.Response:
    return await world.http.post(POLICIES, headers=by.headers, json={"need": "report", **need, **body})


def faults(refused: httpx.Response) -> list[tuple[str, str]]:
    assert refused.status_code == 422, refused.text
    return [(each["pointer"], each["code"]) for each in refused.json()["errors"]]


async def test_a_school_decides_who_is_asked_and_for_how_long(world: World) -> None:
    people = await team(world)
    await world.http.put(
        "/v1/schools/harbour/posts/lead",
        headers=people.coordinator.headers,
        json={"title": "Lead", "holder": str(people.backup.id), "deputy": str(people.sponsor.id)},
    )
    lead = {"level": "backup", "ask": {"kind": "post", "post": "lead"}, "ack_seconds": 60}
    made = await save(world, people.coordinator, policy(PRIMARY, lead))
    assert made.status_code == 201, made.text
    await urgent(world)
    assert len(pages(world, people.primary)) == 1
    await later(world, seconds=121)
    # The deputy is a sponsor, who may not read what a page is about (domain, 5).
    assert (len(pages(world, people.backup)), pages(world, people.sponsor)) == (1, [])
    await later(world, seconds=61)
    assert [page["level"] for page in pages(world, people.coordinator)] == ["coordinator"]
    await later(world, seconds=301)
    assert "page.exhausted" in kinds(world, people.sponsor)


async def test_what_runs_goes_on_by_its_own_copy_and_says_which_that_was(world: World) -> None:
    people = await team(world)
    made = await save(world, people.coordinator, policy(PRIMARY))
    url = f"{POLICIES}/{made.json()['id']}"
    await urgent(world)
    slower = policy(PRIMARY | {"ack_seconds": 7200})
    changed = await world.http.put(
        url, headers=people.coordinator.headers | {"If-Match": made.headers["etag"]}, json=slower
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = await world.http.put(
        url, headers=people.coordinator.headers | {"If-Match": made.headers["etag"]}, json=slower
    )
    assert stale.status_code == 412
    kept = (await the_escalation(world)).policy
    assert (kept["policy_id"], kept["policy_version"]) == (made.json()["id"], 1)
    await later(world, seconds=121)
    assert len(pages(world, people.coordinator)) == 1
    listed = (await world.http.get(f"{url}/versions", headers=people.sponsor.headers)).json()["items"]
    assert [(each["version"], each["levels"][0]["ack_seconds"]) for each in listed] == [(2, 7200), (1, 120)]


@on_sqlite
async def test_the_most_particular_policy_counts(world: World) -> None:
    people = await team(world)
    by = people.coordinator
    for number, need in enumerate(({}, {"priority": "now"}, {"topic": "cannot_reach_them"}), start=1):
        body = policy(PRIMARY | {"ack_seconds": number})
        assert (await save(world, by, body, **{"need": "advice", **need})).status_code == 201

    async def first_clock(**query: str) -> tuple[int, str]:
        found = await world.http.get(
            f"{POLICIES}/in-force", headers=people.sponsor.headers, params={"need": "advice", **query}
        )
        assert found.status_code == 200, found.text
        return found.json()["levels"][0]["ack_seconds"], found.json()["line"]

    assert await first_clock(priority="today") == (1, "clinical_advice")
    assert await first_clock(priority="now", topic="role_boundaries") == (2, "academic_advice")
    assert await first_clock(priority="now", topic="cannot_reach_them") == (3, "clinical_advice")
    supporter = await world.person(Role.SUPPORTER)
    for topic, priority in (("cannot_reach_them", "today"), ("thoughts_of_suicide", "now")):
        asked = await world.http.post(
            "/v1/schools/harbour/advice-requests",
            headers=supporter.headers | world.once(),
            json={"topic": topic, "priority": priority, "summary": "When?"},
        )
        assert asked.status_code == 201, asked.text
    clocks = await world.db.read(
        lambda s: sorted(each.policy["steps"][0]["ack_seconds"] for each in s.exec(select(Escalation)))
    )
    assert clocks == [2, 3]
    # Without one of the school's, the standard: ten minutes each (domain, 2.2).
    standard = await world.http.get(f"{POLICIES}/in-force", headers=by.headers, params={"need": "report"})
    body = standard.json()
    assert (body["policy_id"], [each["ack_seconds"] for each in body["levels"]]) == (None, [600, 600])
    assert body["fallback"] == {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 600}


@on_sqlite
async def test_an_end_without_anybody_is_refused_and_a_level_that_may_be_empty_is_not(world: World) -> None:
    people = await team(world)
    by = people.coordinator
    triagers = {"ask": {"kind": "role", "role": "triager"}, "ack_seconds": 60}
    assert faults(await save(world, by, policy(PRIMARY, fallback=triagers))) == [("#/fallback", "nobody_there")]
    await world.http.put(
        "/v1/schools/harbour/posts/lead",
        headers=by.headers,
        json={"title": "Lead", "holder": None, "deputy": None},
    )
    vacant = {"ask": {"kind": "post", "post": "lead"}, "ack_seconds": 60}
    assert faults(await save(world, by, policy(fallback=vacant))) == [("#/fallback", "nobody_there")]
    unknown = {"ask": {"kind": "post", "post": "nowhere"}, "ack_seconds": 60}
    assert faults(await save(world, by, policy(unknown | {"level": "backup"}))) == [
        ("#/levels/0/ask/post", "unknown_post")
    ]
    empty = {
        "level": "backup",
        "ask": {"kind": "roster", "line": "academic_advice", "level": "backup"},
        "ack_seconds": 60,
    }
    made = await save(world, by, policy(empty))
    assert (made.status_code, made.json()["fallback_staffed"]) == (201, True)
    assert (await save(world, by, policy(empty))).json()["code"] == "policy_exists"


@on_sqlite
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"levels": [PRIMARY]}, "#/fallback"),
        (
            {"levels": [], "fallback": {"ask": {"kind": "roster", "level": "primary"}, "ack_seconds": 5}},
            "#/fallback/ask",
        ),
        (policy(PRIMARY | {"ack_seconds": 0}), "#/levels/0/ack_seconds"),
        (policy(PRIMARY, undelivered_seconds=601), "#/undelivered_seconds"),
        (policy({"level": "primary", "ask": {"kind": "role", "role": "sponsor"}, "ack_seconds": 9}), "#/levels/0/ask"),
        (policy(PRIMARY, topic="cannot_reach_them"), "#/topic"),
    ],
)
async def test_what_cannot_be_followed_is_not_saved(world: World, body: dict[str, Any], pointer: str) -> None:
    people = await team(world)
    refused = faults(await save(world, people.coordinator, body))
    assert all(where.startswith(pointer) for where, _ in refused), refused
    listed = await world.http.get(POLICIES, headers=people.coordinator.headers)
    assert listed.json()["items"] == []


@on_sqlite
async def test_what_is_kept_from_the_programme_is_asked_of_nobody_inside(world: World) -> None:
    """J14: no policy may open it."""
    people = await team(world)
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE)
    inside = {"level": "primary", "ask": {"kind": "roster", "line": "clinical_advice", "level": "primary"}}
    outside = {"ask": {"kind": "role", "role": "independent_handler"}, "ack_seconds": 60}
    refused = await save(world, people.coordinator, policy(inside | {"ack_seconds": 9}), need="independent")
    assert faults(refused) == [
        ("#/levels/0/ask", "inside_the_programme"),
        ("#/fallback/ask", "inside_the_programme"),
    ]
    assert (await save(world, people.coordinator, policy(PRIMARY, fallback=outside), need="independent")).is_success
    await urgent(world, about_role="program_person")
    assert len(pages(world, handler)) == 1
    await later(world, hours=1)
    assert kinds(world, people.primary) == kinds(world, people.coordinator) == []


@on_sqlite
async def test_of_another_school_nothing_is_there(world: World) -> None:
    people = await team(world)
    made = await save(world, people.coordinator, policy(PRIMARY))
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    other = await world.person(Role.COORDINATOR, school="ridge")
    base = "/v1/schools/ridge/escalation-policies"
    for path in (f"{base}/{made.json()['id']}", f"{base}/{made.json()['id']}/versions", f"{base}/{uuid.uuid4()}"):
        assert (await world.http.get(path, headers=other.headers)).status_code == 404
    removed = await world.http.delete(
        f"{POLICIES}/{made.json()['id']}", headers=people.coordinator.headers | {"If-Match": made.headers["etag"]}
    )
    assert removed.status_code == 204
    # What it said is a past fact.
    versions = await world.http.get(f"{POLICIES}/{made.json()['id']}/versions", headers=people.coordinator.headers)
    assert [each["version"] for each in versions.json()["items"]] == [1]
