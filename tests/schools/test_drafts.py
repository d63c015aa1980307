"""A school that has not begun gives help, and is asked for nothing (contract 1.2)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from app.core.schemas import zone_names
from app.schools import service as schools
from app.vocabulary import Role, SchoolStatus
from tests.reports.harbour import one_database
from tests.support.world import Someone, World
from tests.test_access import SCHOOL, STORY

SEASIDE = "/v1/schools/seaside"


async def made(world: World, **changes: Any) -> Someone:
    """A draft, and the operator who made it."""
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    answer = await world.http.post("/v1/schools", headers=operator.headers | world.once(), json=SCHOOL | changes)
    assert answer.status_code == 201, answer.text
    return operator


async def test_a_draft_gives_help_and_is_asked_for_nothing(world: World) -> None:
    operator = await made(world)
    supporter = await world.person(Role.SUPPORTER, school="seaside")
    for path in ("help-now", "directory", "profile", "readers", "coverage/now", "guidance", "stories"):
        assert (await world.http.get(f"{SEASIDE}/{path}")).status_code == 200, path
    assert (await world.http.get(f"{SEASIDE}/profile")).json()["status"] == "draft"

    question = {"topic": "when_to_escalate", "summary": "When?"}
    asked = [
        await world.report("tearful", school="seaside"),
        await world.report("unsafe_right_now", school="seaside", keep_from=["coordinator"]),
        await world.http.post(f"{SEASIDE}/stories/submissions", json=STORY),
        await world.http.post(f"{SEASIDE}/advice-requests", json=question, headers=supporter.headers | world.once()),
    ]
    for answer in asked:
        assert (answer.status_code, answer.json()["code"]) == (409, "school_not_active")
        assert answer.json()["help"], "whoever is refused is told where to turn"
    refused = await world.http.post(f"{SEASIDE}/activate", headers=operator.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "school_not_ready")


async def test_a_key_that_a_draft_refused_counts_once_the_school_is_active(world: World) -> None:
    """And the same request to one that was stopped gets the receipt that it got before."""
    await made(world)
    key = world.once()

    async def report() -> tuple[int, str]:
        answer = await world.http.post(f"{SEASIDE}/reports", headers=key, json={"signs": ["tearful"]})
        return answer.status_code, answer.json().get("receipt", "")

    async def become(status: SchoolStatus) -> None:
        def work(session: Session) -> None:
            school = schools.find(session, "seaside")
            school.status = status
            session.add(school)

        await world.write(work)

    assert await report() == (409, "")
    await become(SchoolStatus.ACTIVE)
    status, receipt = await report()
    assert (status, bool(receipt)) == (201, True)
    await become(SchoolStatus.SUSPENDED)
    world.time.advance(seconds=2)
    assert await report() == (201, receipt)
    assert (await world.report(school="seaside")).json()["code"] == "school_not_active"
    # What was received goes on.
    reporter = await world.reporter(receipt)
    assert (await world.http.get("/v1/me/report", headers=reporter)).status_code == 200


@one_database
async def test_an_operator_makes_a_school_once(world: World) -> None:
    operator = await made(world)

    async def refused(**changes: Any) -> tuple[int, str, str | None]:
        body = SCHOOL | {"slug": "reef"} | changes
        answer = await world.http.post("/v1/schools", headers=operator.headers | world.once(), json=body)
        faults = answer.json().get("errors", [{}])
        return answer.status_code, answer.json()["code"], faults[0].get("pointer")

    others = {"coordinator": {"login": "a@reef.example", "alias": "A"}}
    assert await refused(slug="seaside") == (409, "school_exists", None)
    assert await refused() == (409, "login_taken", None)
    assert await refused(sponsor=others["coordinator"], **others) == (422, "validation_failed", "#/sponsor/login")
    assert await refused(region="CA") == (422, "validation_failed", "#/region")
    assert await refused(country="GB") == (422, "validation_failed", "#/country")
    for zone in ("localtime", "Factory", "EST", "Etc/GMT-10"):
        assert await refused(time_zone=zone) == (422, "validation_failed", "#/time_zone")
    listed = await world.http.get("/v1/schools", headers=operator.headers)
    assert [(each["slug"], each["status"]) for each in listed.json()["items"]] == [("seaside", "draft")]
    log = await world.person(Role.PRIVACY_OFFICER, school="seaside")
    audit = await world.http.get(f"{SEASIDE}/audit-log", headers=log.headers)
    assert "school.created" in [each["action"] for each in audit.json()["items"]]


@one_database
async def test_the_operator_of_one_school_has_no_key_to_any(world: World) -> None:
    """Whoever belongs to a school is no operator, whatever roles somebody wrote into the database."""
    await made(world)
    both = await world.person(Role.PLATFORM_OPERATOR, Role.COORDINATOR, school="seaside")
    for path, expected in (("/v1/schools", 403), (SEASIDE, 403), ("/v1/schools/nowhere", 404)):
        assert (await world.http.get(path, headers=both.headers)).status_code == expected


@pytest.mark.parametrize("zone", ["localtime", "Factory", "EST", "EST5EDT", "Etc/GMT+5", "posixrules", "Singapore"])
def test_what_is_no_place_is_no_time_zone(zone: str) -> None:
    assert zone not in zone_names()
    assert {"Australia/Melbourne", "America/Argentina/Ushuaia", "UTC"} <= zone_names()
