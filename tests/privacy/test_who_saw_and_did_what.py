"""The access log of a report and the trail, for privacy officers: hours, no order, and nothing kept from them (P03)."""

from __future__ import annotations

import uuid

import pytest
from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.models import Report, ReportExclusion
from app.reports import erasing
from app.schools import service as schools
from app.vocabulary import Role
from tests.reports import passing_on
from tests.reports.harbour import (
    REPORTS,
    act,
    cast,
    instants,
    is_whole_hour,
    listed,
    my_pages,
    one_database,
    write_to_reporter,
)
from tests.support.world import Someone, World

AUDIT = "/v1/schools/harbour/audit-log"


async def audit(world: World, officer: Someone, **query: str) -> list[dict[str, str]]:
    found = await world.http.get(AUDIT, headers=officer.headers, params={"limit": 100} | query)
    assert found.status_code == 200, found.text
    items: list[dict[str, str]] = found.json()["items"]
    return items


def _something_else(session: Session) -> None:
    school, now = schools.find(session, "harbour").id, clock.now()
    for _ in range(5):
        trail.record(session, action="roster.changed", school_id=school, person_id=None, subject=uuid.uuid4(), now=now)


async def walked(world: World, officer: Someone, url: str, *, by: int) -> list[dict[str, str]]:
    """All of a list, in pages; every page but the last is a full one."""
    found: list[dict[str, str]] = []
    query = {"limit": str(by)}
    while True:
        page = (await world.http.get(url, headers=officer.headers, params=query)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        assert len(page["items"]) == by
        query = {"limit": str(by), "cursor": page["next_cursor"]}


async def test_an_access_log_says_who_read_a_report_and_what_they_did_in_whole_hours(world: World) -> None:
    people = await cast(world)
    officer = await world.person(Role.PRIVACY_OFFICER)
    await world.report("hurt_themselves", narrative="On the train.")
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)
    world.time.advance(hours=1)
    [report] = await listed(world, people.triager)
    await world.http.get(f"{REPORTS}/{report['id']}", headers=people.triager.headers)
    await act(world, people.triager, report["id"], "claim")
    await write_to_reporter(world, people.triager, report["id"])
    await act(world, people.triager, report["id"], "close")

    url = f"{REPORTS}/{report['id']}/access-log"
    found = await world.http.get(url, headers=officer.headers, params={"limit": 100})
    assert found.status_code == 200, found.text
    entries = found.json()["items"]
    did = {(each["alias"], each["action"], each["role"]) for each in entries}
    assert did >= {
        ("Noor", "report.read", "triager"),
        ("Noor", "report.claimed", None),
        ("Noor", "report.closed", None),
        ("Mira", "report.read", "adviser"),
    }
    assert {alias for alias, action, _ in did if action.startswith("page.")} == {"Mira"}
    assert all(is_whole_hour(instant) for instant in instants(entries))
    hours = [each["hour"] for each in entries]
    assert hours == sorted(hours, reverse=True)
    assert "train" not in found.text

    # In pages of two: the same, once each.
    assert await walked(world, officer, url, by=2) == entries


@one_database
async def test_the_trail_has_no_entry_that_leads_to_a_report_kept_from_the_officer(world: World) -> None:
    people = await cast(world)
    named = await world.person(Role.PRIVACY_OFFICER, alias="Ines")
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Priya")
    await world.report("hurt_themselves", keep_from=["Ines"])
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    [report] = await listed(world, people.triager)
    await world.http.get(f"{REPORTS}/{report['id']}", headers=people.triager.headers)
    await act(world, people.triager, report["id"], "claim")
    held = await world.http.post(
        "/v1/schools/harbour/legal-holds",
        headers=officer.headers | world.once(),
        json={"report_id": report["id"], "reason": "It was asked for.", "authority_ref": "A letter"},
    )
    about = {report["id"], page["id"], held.json()["id"]}
    assert {entry["subject"] for entry in await audit(world, officer)} >= about
    assert not about & {entry["subject"] for entry in await audit(world, named)}
    url = f"{REPORTS}/{report['id']}/access-log"
    hidden = await world.http.get(url, headers=named.headers)
    missing = await world.http.get(f"{REPORTS}/{officer.id}/access-log", headers=named.headers)
    assert (hidden.status_code, missing.status_code) == (404, 404)
    strip = [{k: v for k, v in each.json().items() if k != "instance"} for each in (hidden, missing)]
    assert strip[0] == strip[1]

    # However many hidden entries lie between two that are shown: within an hour they are in no order.
    await world.write(_something_else)
    shown = await audit(world, named)
    assert {entry["action"] for entry in shown} == {"roster.changed"}
    assert len(shown) == 5
    assert await walked(world, named, AUDIT, by=1) == shown

    claimed = await audit(world, officer, action="report.claimed")
    assert [entry["alias"] for entry in claimed] == ["Noor"]
    by = await audit(world, officer, person=str(people.triager.id))
    assert {entry["alias"] for entry in by} == {"Noor"}
    assert all(is_whole_hour(instant) for instant in instants(by))


@one_database
async def test_what_was_read_of_a_report_kept_from_the_officer_stays_hidden_once_it_is_erased(world: World) -> None:
    story = await passing_on.held(world)
    named = await world.person(Role.PRIVACY_OFFICER, alias="Ines")
    report_id = uuid.UUID(story.report_id)
    await world.write(lambda session: session.add(ReportExclusion(report_id=report_id, person_id=named.id)))
    await passing_on.offered(world, story)
    assert len(await passing_on.my_contacts(world, story.supporter)) == 1
    before = await audit(world, named)
    assert not [entry for entry in before if entry["alias"] == "Wren"]
    now = clock.now()
    await world.write(lambda session: erasing.erase(session, session.get_one(Report, report_id), now=now, outcome=None))
    assert await audit(world, named) == before, "a row that leads there is gone, and what was done with it is not"


@pytest.mark.parametrize("about_role", ["program_person", "staff"])
@one_database
async def test_what_is_for_independent_handlers_alone_is_in_no_officers_trail(world: World, about_role: str) -> None:
    people = await cast(world)
    await world.report("hurt_themselves", about_role=about_role)
    await world.settle()
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    # Also of one who came later, and whom nobody could have named.
    later = await world.person(Role.PRIVACY_OFFICER)
    assert page["id"] not in {entry["subject"] for entry in await audit(world, later)}
    found = await world.http.get("/v1/schools/harbour/report-records", headers=later.headers)
    assert found.json()["items"] == []
