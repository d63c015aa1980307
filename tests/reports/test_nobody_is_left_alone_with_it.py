"""Whoever keeps others out of a report is not alone with it, and what they do there is seen (J14, I05)."""

from __future__ import annotations

from typing import Any

import httpx
from decision_story import NAME, act, at_night, events, look, propose, proposed
from harbour import REPORTS, my_report, not_found_body, one_database, the_row
from harbour import act as do
from sqlmodel import select

from app.models import PrivacyIncident, Report, WorkItem
from app.vocabulary import Role
from tests.support.world import Someone, World

INCIDENTS = "/v1/schools/harbour/privacy-incidents"
OPENED, REVIEW_DUE = "privacy_incident.opened", "confidentiality_decision.review_due"


async def keep_out(world: World, by: Someone, path: str, *names: str) -> None:
    """By alias, as the public list of readers has them, or by id."""
    for name in names:
        body = {"person": name, "reason": "They live together."}
        said = await world.http.post(f"{path}/conflicts", headers=by.headers, json=body)
        assert said.status_code == 200, said.text
    await world.settle()


async def access_log(world: World, who: Someone, report_id: str) -> httpx.Response:
    return await world.http.get(f"{REPORTS}/{report_id}/access-log", headers=who.headers, params={"limit": 100})


async def trail_of(world: World, officer: Someone, report_id: str) -> list[str]:
    found = await world.http.get("/v1/schools/harbour/audit-log", headers=officer.headers, params={"limit": 100})
    return [each["action"] for each in found.json()["items"] if each["subject"] == report_id]


async def incidents_of(world: World, who: Someone) -> list[dict[str, Any]]:
    found = await world.http.get(INCIDENTS, headers=who.headers)
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_one_triager_who_keeps_everybody_out_opens_no_name_and_somebody_else_sees_what_they_did(
    world: World,
) -> None:
    """Not at once, and not after ten minutes; the sponsor is told, and reads who did what in the officer's place."""
    night = await at_night(world)
    people, noor = night.people, night.people.triager
    path = f"{REPORTS}/{night.report_id}"
    assert (await world.http.get(f"{path}/identity", headers=noor.headers)).json()["code"] == "sealed"
    await keep_out(world, noor, path, "Eli", "Mira", "Tomas", "Lee", "Asha", "Petra")

    made = await propose(world, noor, path)
    assert made.status_code == 201, made.text
    early = await act(world, noor, made.json()["id"], "alone", reason="Nobody is there.")
    assert (early.status_code, early.json()["code"]) == (409, "too_early_alone"), early.text
    world.time.advance(minutes=10, seconds=1)
    await world.settle()
    refused = await act(world, noor, made.json()["id"], "alone", reason="Nobody is there.")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed"), refused.text
    assert (await look(world, noor, made.json()["id"], "/identity")).json()["code"] == "sealed"
    assert (await my_report(world, night.receipt))["decisions"] == []

    # To the officer, who may be concerned, it does not exist; they do not hear of it, and neither does Noor.
    not_found_body(await access_log(world, night.officer, night.report_id))
    assert await trail_of(world, night.officer, night.report_id) == []
    assert [len(events(world, each, OPENED)) for each in (night.officer, noor, people.handler)] == [0, 0, 0]
    [told] = events(world, people.sponsor, OPENED)
    [incident] = await incidents_of(world, people.sponsor)
    assert (incident["id"], incident["report_id"]) == (told["incident_id"], night.report_id)
    assert incident["told_by"] == "Noor"
    assert "Petra" not in incident["what_happened"]
    # What is looked into is what Noor did: nothing of it is Noor's to see.
    assert await incidents_of(world, noor) == []
    not_found_body(await world.http.get(f"{INCIDENTS}/{incident['id']}", headers=noor.headers))
    seen = await access_log(world, people.sponsor, night.report_id)
    assert seen.status_code == 200, seen.text
    did = [each["action"] for each in seen.json()["items"] if each["alias"] == "Noor"]
    assert did.count("report.conflict_declared") == 6
    assert "decision.proposed" in did
    # Whoever looks into another incident, or into none, finds nothing of this report.
    for each in (people.coordinator, people.handler):
        not_found_body(await access_log(world, each, night.report_id))
    assert (await access_log(world, noor, night.report_id)).status_code == 403


async def test_keeping_the_officer_out_afterwards_takes_nothing_out_of_sight(world: World) -> None:
    """Also of a report that is closed."""
    night = await at_night(world, about_person=None)
    people, noor = night.people, night.people.triager
    await world.http.get(f"{REPORTS}/{night.report_id}", headers=noor.headers)
    for action in ("claim", "close"):
        assert (await do(world, noor, night.report_id, action)).status_code == 200
    before = await trail_of(world, night.officer, night.report_id)
    assert {"report.read", "report.claimed"} <= set(before)
    await keep_out(world, noor, f"{REPORTS}/{night.report_id}", "Petra")
    assert await trail_of(world, night.officer, night.report_id) == []
    [incident] = await incidents_of(world, people.sponsor)
    assert incident["report_id"] == night.report_id
    seen = (await access_log(world, people.sponsor, night.report_id)).json()["items"]
    assert set(before) | {"report.conflict_declared"} <= {each["action"] for each in seen}
    # And whom they keep out next is followed by the next in turn.
    await keep_out(world, noor, f"{REPORTS}/{night.report_id}", str(people.sponsor.id))
    not_found_body(await access_log(world, people.sponsor, night.report_id))


@one_database
async def test_who_has_kept_somebody_out_decides_alone_where_others_were_asked_and_somebody_looks_into_it(
    world: World,
) -> None:
    night = await at_night(world)
    people, adviser = night.people, night.people.adviser
    await keep_out(world, adviser, f"/v1/pages/{night.page_id}", "Lee")
    decision = await proposed(world, night)
    world.time.advance(minutes=10, seconds=1)
    await world.settle()
    done = await act(world, adviser, decision["id"], "alone", reason="He may be in danger now.")
    assert (done.status_code, done.json()["state"]) == (200, "in_effect"), done.text
    await world.settle()
    assert len(events(world, night.officer, REVIEW_DUE)) == 1
    assert events(world, people.handler, REVIEW_DUE) == []

    # The officer is kept out before they have looked: independent handlers do, and are told at once.
    await keep_out(world, people.triager, f"{REPORTS}/{night.report_id}", "Petra")
    [due] = events(world, people.handler, REVIEW_DUE)
    assert due["subject_id"] == decision["id"]
    not_found_body(await look(world, night.officer, decision["id"]))
    assert (await act(world, adviser, decision["id"], "review", note="Fine.")).json()["code"] == "same_person"
    not_found_body(await look(world, people.coordinator, decision["id"]))
    reviewed = await act(world, people.handler, decision["id"], "review", note="It was right.")
    assert (reviewed.status_code, reviewed.json()["review_note"]) == (200, "It was right."), reviewed.text


@one_database
async def test_who_has_kept_out_all_who_would_look_into_it_opens_no_name_alone(world: World) -> None:
    night = await at_night(world)
    noor, path = night.people.triager, f"{REPORTS}/{night.report_id}"
    first = (await propose(world, noor, path)).json()
    await keep_out(world, noor, path, "Petra", "Asha")
    world.time.advance(minutes=11)
    await world.settle()
    refused = await act(world, noor, first["id"], "alone", reason="Now.")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed"), refused.text
    # Another person can still confirm it, and what opens no name can be decided alone.
    assert (await act(world, noor, first["id"], "take-back")).status_code == 200
    second = (await propose(world, noor, path, opens_identity=False)).json()
    world.time.advance(minutes=11)
    await world.settle()
    assert (await act(world, noor, second["id"], "alone", reason="Now.")).status_code == 200
    third = (await propose(world, noor, path)).json()
    assert (await act(world, night.people.coordinator, third["id"], "confirm", note="Yes.")).status_code == 200
    assert (await look(world, noor, third["id"], "/identity")).json() == {"identity": NAME}


@one_database
async def test_a_page_opens_no_name_to_whoever_keeps_out_all_readers_and_handlers(world: World) -> None:
    """The report becomes independent, and handlers look at what was done with it; with none of them left, it is said
    where the service is run."""
    night = await at_night(world)
    adviser = night.people.adviser
    decision = await proposed(world, night)
    answer = {"text": "I am here."}
    await world.http.post(f"/v1/pages/{night.page_id}/reply", headers=adviser.headers | world.once(), json=answer)
    await keep_out(world, adviser, f"/v1/pages/{night.page_id}", "Noor", "Eli")
    assert (await the_row(world, Report)).independent is True
    [incident] = await incidents_of(world, night.people.handler)
    assert incident["report_id"] == night.report_id
    assert (await access_log(world, night.people.handler, night.report_id)).status_code == 200
    await keep_out(world, adviser, f"/v1/pages/{night.page_id}", "Asha")
    not_found_body(await access_log(world, night.people.handler, night.report_id))
    world.time.advance(minutes=11)
    await world.settle()
    refused = await act(world, adviser, decision["id"], "alone", reason="Now.")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed"), refused.text


@one_database
async def test_where_nobody_at_all_is_left_to_look_whoever_runs_the_service_is_told(world: World, capsys: Any) -> None:
    night = await at_night(world)
    people, noor = night.people, night.people.triager
    ids = [str(each.id) for each in (people.sponsor, people.handler, people.coordinator)]
    await keep_out(world, noor, f"{REPORTS}/{night.report_id}", *ids)
    assert "privacy.nobody_may_look_into_an_incident" not in capsys.readouterr().out
    await keep_out(world, noor, f"{REPORTS}/{night.report_id}", "Petra")
    assert "privacy.nobody_may_look_into_an_incident" in capsys.readouterr().out
    assert (await the_row(world, PrivacyIncident)).report_id == (await the_row(world, Report)).id


@one_database
async def test_when_the_only_officer_leaves_a_report_by_themselves_somebody_else_sees_what_is_done_with_it(
    world: World,
) -> None:
    """An officer who reads cases as well; of any other reader's leaving nobody is told."""
    night = await at_night(world)
    both = await world.person(Role.TRIAGER, Role.PRIVACY_OFFICER, alias="Ines", paged=True)
    path = f"{REPORTS}/{night.report_id}"
    await keep_out(world, night.people.triager, path, "Petra")
    for who in (night.people.second_triager, both):
        assert await incidents_of(world, night.people.sponsor) == []
        left = await world.http.post(f"{path}/recuse", headers=who.headers, json={})
        assert left.status_code == 204, left.text
        await world.settle()
    [incident] = await incidents_of(world, night.people.sponsor)
    assert (incident["report_id"], incident["told_by"]) == (night.report_id, "Ines")
    assert (await access_log(world, night.people.sponsor, night.report_id)).status_code == 200
    not_found_body(await access_log(world, both, night.report_id))
    assert await incidents_of(world, both) == []


@one_database
async def test_while_an_officer_is_left_who_may_know_of_it_nobody_else_is_asked(world: World) -> None:
    night = await at_night(world)
    await world.person(Role.PRIVACY_OFFICER, alias="Ines")
    await keep_out(world, night.people.triager, f"{REPORTS}/{night.report_id}", "Petra")
    assert await incidents_of(world, night.people.sponsor) == []
    waiting = await world.db.read(lambda session: session.exec(select(WorkItem.kind)).all())
    assert "reports.unseen" not in waiting
