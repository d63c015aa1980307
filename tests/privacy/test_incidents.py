"""Privacy incidents: told by anybody of the programme, looked into by somebody who may know of it (J19)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.models import AuditEntry, Person, PrivacyIncident, Report, ReportExclusion
from app.vocabulary import Role
from app.worker import start_recurring
from tests.reports.harbour import REPORTS, cast, leave, listed, one_database, the_row, told
from tests.support.world import Someone, World

INCIDENTS = "/v1/schools/harbour/privacy-incidents"
WORDS = "I left my phone on the train, signed in."


async def tell(world: World, person: Someone, **fields: Any) -> httpx.Response:
    today = world.time.now().date() - dt.timedelta(days=1)
    body = {"kind": "lost_device_or_credentials", "what_happened": WORDS, "happened_on": str(today)} | fields
    return await world.http.post(INCIDENTS, headers=person.headers | world.once(), json=body)


async def seen_by(world: World, person: Someone) -> list[dict[str, Any]]:
    found = await world.http.get(INCIDENTS, headers=person.headers)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_an_incident_is_told_looked_into_and_closed_and_each_step_is_recorded(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER, alias="Kai", paged=True)
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Priya", paged=True)
    adviser = await world.person(Role.ADVISER, paged=True)
    made = await tell(world, supporter)
    assert made.status_code == 201, made.text
    incident, url = made.json(), made.headers["Location"]
    assert (incident["status"], incident["told_by"], incident["assessment"]) == ("open", "Kai", None)
    told_on = dt.datetime.fromisoformat(incident["told_hour"]).date()
    assert 29 <= (dt.date.fromisoformat(incident["assess_by"]) - told_on).days <= 31
    await world.settle()
    assert told(world) == {officer.hook: ["privacy_incident.opened"]}
    [event] = world.receiver.requests()
    assert event.json()["data"] == {"school": "harbour", "incident_id": incident["id"]}
    assert await seen_by(world, adviser) == []
    assert (await world.http.get(url, headers=adviser.headers)).status_code == 404

    async def patch(by: Someone, **fields: Any) -> httpx.Response:
        return await world.http.patch(url, headers=by.headers | {"If-Match": "*"}, json=fields)

    assert (await patch(supporter, status="closed")).status_code == 403
    early = await patch(officer, status="closed")
    assert (early.status_code, early.json()["code"]) == (409, "not_assessed")
    stale = await world.http.patch(url, headers=officer.headers | {"If-Match": '"old"'}, json={"status": "contained"})
    assert stale.status_code == 412
    assert (await patch(officer, status="contained", people_told="Whoever wrote to us.")).status_code == 200
    assert (await patch(officer, serious_harm="no", harm_note="The phone was locked.")).status_code == 200
    done = await patch(officer, status="closed")
    assert done.json()["assessment"] == {
        "serious_harm": "no",
        "harm_note": "The phone was locked.",
        "people_told": "Whoever wrote to us.",
    }
    assert done.json()["closed_hour"] is not None
    for unsaid in ("unsure", None):
        again = await patch(officer, serious_harm=unsaid)
        assert (again.status_code, again.json()["code"]) == (409, "not_assessed"), "it would be closed without that"
    [mine] = await seen_by(world, supporter)
    assert (mine["status"], mine["assessment"]) == ("closed", None)

    entries = await world.db.read(
        lambda session: session.exec(select(AuditEntry).where(AuditEntry.subject == incident["id"])).all()
    )
    by = {entry.action.removeprefix("privacy_incident."): entry.person_id for entry in entries}
    assert by.pop("read") in (officer.id, supporter.id)
    assert by == {"told": supporter.id} | dict.fromkeys(
        ("contained", "people_told", "assessed", "noted", "closed"), officer.id
    )
    row = await world.db.read(lambda session: session.exec(sa.select(PrivacyIncident.__table__)).one())
    assert not any(WORDS.encode() in value for value in row if isinstance(value, bytes))


@one_database
async def test_an_incident_names_only_a_report_that_its_teller_may_read(world: World) -> None:
    await world.school()
    triager = await world.person(Role.TRIAGER, alias="Noor")
    named = await world.person(Role.TRIAGER, alias="Eli")
    supporter = await world.person(Role.SUPPORTER)
    officer = await world.person(Role.PRIVACY_OFFICER)
    await world.report("tearful", keep_from=["Eli"])
    [report] = await listed(world, triager)
    for person in (named, supporter):
        assert (await tell(world, person, report_id=report["id"])).status_code == 404
    assert (await tell(world, triager, report_id=report["id"])).status_code == 201
    [incident] = await seen_by(world, officer)
    assert incident["report_id"] == report["id"]
    assert [each["id"] for each in await seen_by(world, triager)] == [incident["id"]]
    exclusion = ReportExclusion(report_id=uuid.UUID(report["id"]), person_id=triager.id)
    await world.write(lambda session: session.add(exclusion))
    assert await seen_by(world, triager) == []
    refused = await tell(world, triager, keep_from=["Nobody at all"])
    assert refused.json()["errors"][0]["pointer"] == "#/keep_from/0"
    later = world.time.now().date() + dt.timedelta(days=2)
    assert (await tell(world, triager, happened_on=str(later))).json()["errors"][0]["code"] == "in_the_future"


@one_database
async def test_what_concerns_the_only_officer_goes_to_the_sponsor_and_to_the_next_when_they_leave(world: World) -> None:
    await world.school()
    triager = await world.person(Role.TRIAGER, alias="Noor")
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Ines", paged=True)
    sponsor = await world.person(Role.SPONSOR, paged=True)
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.report("tearful", keep_from=["Ines"])
    [report] = await listed(world, triager)
    await world.http.get(f"{REPORTS}/{report['id']}", headers=triager.headers)
    by_report = await tell(world, triager, report_id=report["id"])
    by_name = await tell(world, triager, keep_from=["ines"])
    await world.settle()
    assert told(world) == {sponsor.hook: ["privacy_incident.opened"] * 2}
    assert len(await seen_by(world, sponsor)) == 2
    assert await seen_by(world, officer) == []
    trail = await world.http.get("/v1/schools/harbour/audit-log", headers=officer.headers)
    ids = {by_report.json()["id"], by_name.json()["id"]}
    assert not ids & {entry["subject"] for entry in trail.json()["items"]}
    for made in (by_report, by_name):
        url = made.headers["Location"]
        assert (await world.http.get(url, headers=officer.headers)).status_code == 404
        changed = await world.http.patch(url, headers=officer.headers | {"If-Match": "*"}, json={"status": "closed"})
        assert changed.status_code == 404

    await leave(world, sponsor)
    await world.write(start_recurring)
    world.time.advance(hours=2)
    await world.settle()
    assert told(world)[handler.hook or ""] == ["privacy_incident.opened"] * 2
    assert len(await seen_by(world, handler)) == 2
    assert await seen_by(world, officer) == []


@one_database
async def test_where_nobody_may_look_into_it_the_log_says_so_and_it_waits(world: World, capsys: Any) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    assert (await tell(world, supporter)).status_code == 201
    logged = capsys.readouterr().out
    assert "privacy.nobody_may_look_into_an_incident" in logged
    assert "harbour" not in logged
    officer = await world.person(Role.PRIVACY_OFFICER)
    assert len(await seen_by(world, officer)) == 1
    assert await world.db.read(lambda session: session.get(Person, officer.id)) is not None


@one_database
@pytest.mark.parametrize("told_before", [True, False])
async def test_what_somebody_looks_into_is_not_destroyed_when_it_is_taken_back_unread(
    world: World, told_before: bool
) -> None:
    """An incident loses its words with its report. Told of before, the reporter is told so; and after, it stays too."""
    people = await cast(world)
    reporter = await world.reporter((await world.report("tearful", narrative=WORDS)).json()["receipt"])
    about = {"kind": "other", "report_id": str((await the_row(world, Report)).id)}
    if told_before:
        assert (await tell(world, people.triager, **about)).status_code == 201
    mine = "/v1/me/report"
    preview = (await world.http.get(f"{mine}/withdraw-preview", headers=reporter)).json()
    outcome, because = ("restricted", ["privacy_incident"]) if told_before else ("destroyed", [])
    assert (preview["outcome"], preview["because"]) == (outcome, because)
    taken_back = await world.http.post(f"{mine}/withdraw", headers=reporter, json={"expected": outcome})
    assert taken_back.status_code == 200
    if not told_before:
        assert (await tell(world, people.triager, **about)).status_code == 201
    world.time.advance(hours=25, minutes=1)
    await world.settle()
    report, incident = await the_row(world, Report), await the_row(world, PrivacyIncident)
    assert (report.state, report.erased_hour, report.narrative_sealed is None) == ("withdrawn", None, False)
    assert incident.what_happened_sealed is not None
