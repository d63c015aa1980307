"""Telling somebody more than was agreed: two people, at 3 am if need be one, and everybody knows of it after (I05)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

from decision_story import (
    BODY,
    DECISIONS,
    NAME,
    NOT_TOLD,
    THRESHOLD,
    WHAT,
    WHOM,
    WHY,
    act,
    at_night,
    events,
    look,
    propose,
    proposed,
)
from harbour import (
    REPORTS,
    SCHOOL_HOOK,
    give,
    instants,
    is_whole_hour,
    my_pages,
    my_report,
    not_found_body,
    one_database,
    random_id,
    rows,
    the_row,
    told,
    write_to_reporter,
)
from harbour import act as do
from sqlmodel import select

from app.core import clock
from app.models import (
    AuditEntry,
    ConfidentialityDecision,
    Report,
    ReportAccess,
    ReportExclusion,
    WebhookAttempt,
    WorkItem,
)
from app.models import Event as EventRow
from app.reports import decisions, erasing, exclusions
from app.vocabulary import Role
from tests.anonymity.evidence import cells_of, trace
from tests.support.world import World

REQUESTED, CHANGED = "second_person.requested", "second_person.changed"
REVIEW_DUE = "confidentiality_decision.review_due"


async def stands(world: World) -> bool:
    report = await the_row(world, Report)
    return await world.db.read(lambda session: decisions.stands(session, report))


async def test_at_three_at_night_whoever_holds_the_page_decides_with_a_second_person(world: World) -> None:
    """J2, step 5. The reporter is told in general words; the page's holder and the second person may read the name."""
    night = await at_night(world)
    people, adviser = night.people, night.people.adviser
    text = await world.http.get(THRESHOLD, headers=adviser.headers)
    assert (text.json()["jurisdiction"], text.json()["test"]) == ("AU-VIC", "serious_threat")
    brief = await world.http.get(f"/v1/pages/{night.page_id}", headers=adviser.headers)
    assert (brief.json()["identity_given"], brief.json()["decisions"]) == (True, [])

    decision = await proposed(world, night)
    assert (decision["state"], decision["decided_as"], decision["threshold"]) == (
        "awaiting_second_person",
        "adviser",
        text.json(),
    )
    # Those who are awake for it: the backup on call too, who has not been asked yet. Not who cannot be it, nor himself.
    asked = [people.triager, people.second_triager, people.backup, people.coordinator, people.handler, night.officer]
    for each in [*people.everyone, night.officer]:
        assert len(events(world, each, REQUESTED)) == (each in asked), each.alias
    assert REQUESTED not in told(world).get(SCHOOL_HOOK, [])
    [asking] = events(world, people.backup, REQUESTED)
    assert asking == {"school": "harbour", "matter": "confidentiality_decision", "subject_id": decision["id"]}
    assert not await stands(world)
    assert (await my_report(world, night.receipt))["decisions"] == []

    read = await look(world, people.backup, decision["id"])
    assert (read.json()["necessary_because"], read.json()["alone_from"]) == (WHY, None)
    assert NAME not in read.text
    assert "wants to die" not in read.text
    assert (await world.http.get(f"{REPORTS}/{night.report_id}", headers=people.backup.headers)).status_code == 403

    done = await act(world, people.backup, decision["id"], "confirm", note="I would do the same.")
    assert (done.status_code, done.json()["state"]) == (200, "in_effect"), done.text
    assert (done.json()["second_as"], done.json()["alone"]) == ("adviser", False)
    await world.settle()
    assert [each["state"] for each in events(world, adviser, CHANGED)] == ["in_effect"]
    assert await stands(world)
    for who in (adviser, people.backup):
        name = await look(world, who, decision["id"], "/identity")
        assert (name.status_code, name.json()) == (200, {"identity": NAME})
    assert (await look(world, people.coordinator, decision["id"], "/identity")).status_code == 404

    mine = await my_report(world, night.receipt)
    [one] = mine["decisions"]
    assert (one["basis"], one["alone"]) == (BODY["basis"], False)
    assert not [word for word in (NAME, WHY, WHAT, WHOM, NOT_TOLD, "Tomas", "Mira") if word in str(mine)]
    assert {each["role"] for each in mine["access_summary"]} == {"adviser"}
    assert all(is_whole_hour(each) for each in instants(mine["decisions"] + mine["access_summary"]))

    after = await world.http.get(f"/v1/pages/{night.page_id}", headers=adviser.headers)
    [shown] = after.json()["decisions"]
    assert set(shown) == {"id", "state", "basis", "alone", "hour"}
    report = await world.http.get(f"{REPORTS}/{night.report_id}", headers=people.triager.headers)
    assert (report.json()["state"], report.json()["decisions"]) == ("confidentiality_decision", [shown])
    # The state only moves forward: an answer does not take it back.
    await write_to_reporter(world, people.triager, night.report_id)
    assert (await the_row(world, Report)).state == "confidentiality_decision"


async def test_nobody_answers_for_ten_minutes_and_then_one_decides_alone(world: World) -> None:
    night = await at_night(world)
    adviser = night.people.adviser
    decision = await proposed(world, night)
    early = await act(world, adviser, decision["id"], "alone", reason="He may be in danger now.")
    assert (early.status_code, early.json()["code"]) == (409, "too_early_alone")
    assert decision["alone_from"] in early.json()["detail"]
    assert (await look(world, adviser, decision["id"], "/identity")).json()["code"] == "sealed"

    world.time.advance(minutes=9)
    await world.settle()
    assert (await act(world, adviser, decision["id"], "alone", reason="Now.")).status_code == 409
    assert events(world, adviser, CHANGED) == []
    world.time.advance(minutes=1, seconds=1)
    await world.settle()
    assert [each["state"] for each in events(world, adviser, CHANGED)] == ["awaiting_second_person"]
    done = await act(world, adviser, decision["id"], "alone", reason="He may be in danger now.")
    assert (done.status_code, done.json()["state"], done.json()["alone"]) == (200, "in_effect", True), done.text
    assert done.json()["second_as"] is None
    assert (await look(world, adviser, decision["id"], "/identity")).json() == {"identity": NAME}
    [one] = (await my_report(world, night.receipt))["decisions"]
    assert one["alone"]
    assert "alone" in one["text"]

    # It has to be looked into, by somebody else.
    await world.settle()
    [due] = events(world, night.officer, REVIEW_DUE)
    assert (due["subject_id"], due["review_by"]) == (decision["id"], done.json()["review_by"])
    waiting = await world.http.get(DECISIONS, headers=night.officer.headers, params={"review": "due"})
    [listed] = waiting.json()["items"]
    assert (listed["id"], listed["decided_as"]) == (decision["id"], "adviser")
    assert WHY not in waiting.text
    assert (await look(world, night.officer, decision["id"])).json()["alone_reason"] == "He may be in danger now."
    assert (await act(world, adviser, decision["id"], "review", note="Fine.")).json()["code"] == "same_person"
    world.time.advance(hours=72)
    await world.settle()
    assert events(world, night.officer, REVIEW_DUE) == [due, due]
    reviewed = await act(world, night.officer, decision["id"], "review", note="It was right.")
    assert (reviewed.status_code, reviewed.json()["review_note"]) == (200, "It was right."), reviewed.text
    again = await act(world, night.officer, decision["id"], "review", note="Once more.")
    assert again.json()["code"] == "nothing_to_review"
    for state, count in (("due", 0), ("done", 1)):
        left = await world.http.get(DECISIONS, headers=night.officer.headers, params={"review": state})
        assert len(left.json()["items"]) == count, state
    assert await stands(world)


async def test_of_two_who_confirm_at_once_one_does(world: World) -> None:
    night = await at_night(world)
    decision = await proposed(world, night)
    pair = (night.people.backup, night.people.coordinator)
    shown = [await look(world, each, decision["id"]) for each in pair]
    answers = await asyncio.gather(
        *(
            world.http.post(
                f"{DECISIONS}/{decision['id']}/confirm",
                headers=each.headers | {"If-Match": read.headers["etag"]},
                json={"note": each.alias},
            )
            for each, read in zip(pair, shown, strict=True)
        )
    )
    # The other one finds it changed, or may no longer read it: it is settled without them.
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([200, 404], [200, 412]), [answer.text for answer in answers]
    await world.settle()
    assert len(events(world, night.people.adviser, CHANGED)) == 1
    row = await the_row(world, ConfidentialityDecision)
    assert row.second_person in {each.id for each in pair}


@one_database
async def test_after_a_no_nothing_is_opened_and_another_one_says_that_there_was_a_no(world: World) -> None:
    night = await at_night(world)
    adviser, other = night.people.adviser, night.people.coordinator
    for basis in ("consent", "authorised_by_law"):
        # The name was given for the case that a life is at risk, and for no other.
        refused = await propose(world, adviser, f"/v1/pages/{night.page_id}", basis=basis)
        assert (refused.status_code, refused.json()["code"]) == (409, "other_ground_needed"), basis
    decision = await proposed(world, night)
    waits = await propose(world, adviser, f"/v1/pages/{night.page_id}")
    assert waits.json()["code"] == "decision_awaits"
    own = await act(world, adviser, decision["id"], "confirm", note="Me too.")
    assert (own.status_code, own.json()["code"]) == (409, "same_person")
    done = await act(world, other, decision["id"], "decline", note="Call his sister first.")
    assert (done.status_code, done.json()["state"]) == (200, "declined"), done.text
    for who in (adviser, other):
        assert (await look(world, who, decision["id"], "/identity")).json()["code"] == "sealed"
    assert (await look(world, adviser, decision["id"])).json()["second_note"] == "Call his sister first."
    for who, action in ((adviser, "take-back"), (adviser, "alone"), (other, "confirm")):
        refused = await act(world, who, decision["id"], action, **({"reason": "x"} if action == "alone" else {}))
        assert refused.json()["code"] == "decision_settled" or refused.status_code == 422, (action, refused.text)
    assert (await my_report(world, night.receipt))["decisions"] == []
    assert (await the_row(world, Report)).state != "confidentiality_decision"
    second = await proposed(world, night)
    assert (second["after_decline"], decision["after_decline"]) == (True, False)
    back = await act(world, adviser, second["id"], "take-back")
    assert (back.status_code, back.json()["state"]) == (200, "taken_back")
    assert (await look(world, other, second["id"])).status_code == 404

    # Who proposed it turns out to be concerned: it cannot take effect any more, and stands in nobody's way.
    third, report = await proposed(world, night), await the_row(world, Report)
    await world.write(lambda session: session.add(ReportExclusion(report_id=report.id, person_id=adviser.id)))
    for at in ("", "/identity"):
        assert (await look(world, adviser, third["id"], at)).status_code == 404
    refused = await act(world, other, third["id"], "confirm", note="Yes.")
    assert (refused.status_code, refused.json()["code"]) == (409, "decider_is_out")
    heard = len(events(world, adviser, CHANGED))
    assert (await act(world, other, third["id"], "decline", note="I take it on.")).status_code == 200
    await world.settle()
    assert len(events(world, adviser, CHANGED)) == heard
    assert (await propose(world, night.people.triager, f"{REPORTS}/{night.report_id}")).status_code == 201
    assert not await stands(world)


@one_database
async def test_whom_a_report_is_kept_from_is_no_second_person_and_hears_nothing(world: World) -> None:
    """J14: by alias, by role, and by a role that is given later."""
    night = await at_night(world, keep_from=["Tomas", "coordinator", "privacy_officer"])
    people = night.people
    decision = await proposed(world, night)
    nobody = random_id()
    for each in (people.backup, people.coordinator, night.officer):
        assert events(world, each, REQUESTED) == [], each.alias
        for at in ("", "/identity"):
            there = not_found_body(await look(world, each, decision["id"], at))
            assert there == not_found_body(await look(world, each, nobody, at))
        refused = await act(world, each, decision["id"], "confirm", note="Yes.")
        assert refused.status_code == 404
    await give(world, people.triager, Role.COORDINATOR)
    assert (await act(world, people.triager, decision["id"], "confirm", note="Yes.")).status_code == 404
    world.time.advance(minutes=11)
    await world.settle()
    assert (await act(world, people.adviser, decision["id"], "alone", reason="Now.")).status_code == 200
    await world.settle()
    assert events(world, night.officer, REVIEW_DUE) == []
    assert (await world.http.get(DECISIONS, headers=night.officer.headers)).json()["items"] == []


@one_database
async def test_an_independent_report_is_decided_and_looked_into_among_independent_handlers(world: World) -> None:
    night = await at_night(world, about_role="staff")
    people = night.people
    made = await propose(world, people.handler, f"/v1/pages/{night.page_id}")
    assert made.status_code == 201, made.text
    await world.settle()
    for each in [*people.everyone, night.officer]:
        assert events(world, each, REQUESTED) == [], each.alias
        if each is not people.handler and each not in (people.it, people.sponsor):
            assert (await look(world, each, made.json()["id"])).status_code == 404, each.alias
    named = uuid.UUID(made.json()["id"])
    assert await world.db.read(lambda session: exclusions.kept_from_somebody(session, named))
    # There is nobody else who could be it: nobody is waited for.
    done = await act(world, people.handler, made.json()["id"], "alone", reason="There is nobody else.")
    assert done.status_code == 200, done.text
    second = await world.person(Role.INDEPENDENT_HANDLER, alias="Ines", paged=True)
    late = await act(world, second, made.json()["id"], "review", note="It was right.")
    assert late.status_code == 200, late.text
    report = str((await the_row(world, Report)).id)
    again = await propose(world, people.handler, f"{REPORTS}/{report}", opens_identity=False)
    assert (again.status_code, again.json()["decided_as"]) == (201, "independent_handler"), again.text
    for each in (second, people.triager):
        assert (await propose(world, each, f"{REPORTS}/{report}")).status_code == 404


@one_database
async def test_closing_ends_what_waited_keeps_what_was_decided_and_no_minute_of_either(world: World) -> None:
    night = await at_night(world)
    since = clock.now() - dt.timedelta(minutes=1)
    triager = night.people.triager
    first = await propose(world, triager, f"{REPORTS}/{night.report_id}")
    assert (first.status_code, first.json()["decided_as"]) == (201, "triager"), first.text
    assert (await act(world, night.people.backup, first.json()["id"], "confirm", note="Yes.")).status_code == 200
    agreed = {"basis": "consent", "person_told": True, "person_not_told_because": None}
    second = await proposed(world, night, **agreed, opens_identity=False)

    def exact(session: Any) -> list[str]:
        tables = (ConfidentialityDecision, EventRow, WebhookAttempt, WorkItem)
        return [
            f"{table.__name__} {name} {value}"
            for table in tables
            for row in session.exec(select(table))
            for name, value in row.model_dump().items()
            if isinstance(value, dt.datetime) and value >= since and not is_whole_hour(value)
        ]

    assert {each.split()[0] for each in await world.db.read(exact)} >= {"ConfidentialityDecision", "Event", "WorkItem"}
    for action in ("claim", "close"):
        assert (await do(world, triager, night.report_id, action)).status_code == 200
    await world.settle()
    for decision, state in ((first.json(), "in_effect"), (second, "taken_back")):
        kept = await look(world, night.officer, decision["id"])
        assert kept.json()["state"] == state
        assert all(is_whole_hour(each) for each in instants(kept.json()))
    closed = await look(world, triager, first.json()["id"], "/identity")
    assert closed.json()["code"] == "report_closed"
    assert (await propose(world, triager, f"{REPORTS}/{night.report_id}")).json()["code"] == "report_closed"
    assert [one["basis"] for one in (await my_report(world, night.receipt))["decisions"]] == [BODY["basis"]]
    assert await stands(world)

    assert await world.db.read(exact) == []

    report = await the_row(world, Report)
    await world.write(lambda session: erasing.erase(session, session.merge(report), now=clock.now(), outcome=None))
    [kept] = await rows(world, ConfidentialityDecision)
    assert kept.state == "in_effect"
    assert await stands(world)


@one_database
async def test_every_text_is_sealed_and_every_step_is_in_the_trail(world: World) -> None:
    night = await at_night(world)
    decision = await proposed(world, night)
    world.time.advance(minutes=11)
    await act(world, night.people.adviser, decision["id"], "alone", reason="Nobody picked up at all.")
    await act(world, night.officer, decision["id"], "review", note="Right as it was.")
    await look(world, night.people.adviser, decision["id"], "/identity")
    texts = (NAME, WHY, WHAT, WHOM, NOT_TOLD, "Nobody picked up at all.", "Right as it was.")
    marks = [trace(text, text) for text in texts]
    cells = await cells_of(world.db)
    assert [(mark.name, cell.name) for mark in marks for cell in cells if mark.found_in(cell.content)] == []

    did = [row.action for row in await rows(world, AuditEntry) if row.subject == night.report_id]
    assert did.count("report.read") == 2, "in an hour once each, whoever has read it"
    assert sorted(action for action in did if action != "report.read") == [
        "decision.made_alone",
        "decision.proposed",
        "decision.reviewed",
        "report.identity_opened",
    ]
    assert {row.role for row in await rows(world, ReportAccess)} == {"adviser", "privacy_officer"}


@one_database
async def test_what_a_proposal_must_say(world: World) -> None:
    night = await at_night(world, about_person=None)
    path, adviser = f"/v1/pages/{night.page_id}", night.people.adviser
    for fields, status, code in (
        ({"threshold_text_version": "au-nsw-2026-1", "opens_identity": False}, 409, "threshold_changed"),
        ({"person_not_told_because": None, "opens_identity": False}, 422, "validation_failed"),
        ({"disclosed_what": "  ", "opens_identity": False}, 422, "validation_failed"),
        ({}, 409, "nothing_to_open"),
    ):
        refused = await propose(world, adviser, path, **fields)
        assert (refused.status_code, refused.json()["code"]) == (status, code), fields
    pointer = await propose(world, adviser, path, person_not_told_because=None, opens_identity=False)
    assert pointer.json()["errors"][0]["pointer"] == "#/person_not_told_because"
    # Only whoever holds the page: the backup has one of their own once they are asked, and does not hold it.
    await world.http.post(f"/v1/pages/{night.page_id}/decline", headers=adviser.headers)
    await world.settle()
    [theirs] = await my_pages(world, night.people.backup)
    refused = await propose(world, night.people.backup, f"/v1/pages/{theirs['id']}", opens_identity=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_held")
    assert (await propose(world, adviser, path, opens_identity=False)).status_code == 404
    # A page of an advice request is about no report.
    assert (await propose(world, adviser, f"/v1/pages/{uuid.uuid4()}")).status_code == 404
