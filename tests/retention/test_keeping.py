"""How long things are kept, on whose authority; and what the week does by itself (domain, 3.5)."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from kept import (
    SCHOOL,
    WORDS,
    change,
    closed,
    hour,
    items,
    office,
    put_policy,
    records,
    report_of,
    results,
    run,
)
from sqlmodel import Session, col, select

from app.models import AdviceRequest, AuditEntry, ReportAccess, RetentionRun, School
from app.retention import at_once
from app.vocabulary import ReportState, Role
from app.worker import start_recurring
from tests.reports.harbour import told
from tests.support.server import call_cli
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
POLICIES = f"{SCHOOL}/retention-policies"
AUTHORITY = "Disposal authority of the university, class 4.2"


@on_sqlite
async def test_nothing_that_names_anybody_goes_until_the_school_says_on_what_authority(world: World) -> None:
    people = await office(world)
    suggested = (await world.http.get(POLICIES, headers=people.officer.headers)).json()["items"]
    days = {each["retention_class"]: each["period_days"] for each in suggested}
    assert days.pop("advice_only_unnamed") == 90
    assert set(days.values()) == {None}
    assert {(each["suggested"], each["automatic"]) for each in suggested} == {(True, False)}
    for retention_class in days:
        body = {"period_days": 400} if retention_class == "audit_and_access_log" else {}
        refused = await put_policy(world, people.officer, retention_class, **body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/authority_ref")
    short = await put_policy(world, people.officer, "audit_and_access_log", authority_ref=AUTHORITY)
    assert short.json()["errors"][0]["code"] == "too_short"
    half = await put_policy(world, people.officer, "advice_request", authority_ref=AUTHORITY, action="de_identify")
    assert half.json()["errors"][0]["code"] == "only_destroyed"

    url = f"{POLICIES}/named"
    first = await world.http.get(url, headers=people.officer.headers)
    body = {"period_days": 100, "authority_ref": AUTHORITY, "action": "de_identify", "trigger": "last_used"}
    missing = await world.http.put(url, headers=people.officer.headers, json=body)
    assert missing.status_code == 428
    version = {"If-Match": first.headers["ETag"]}
    put = await world.http.put(url, headers=people.officer.headers | version, json=body)
    assert (put.status_code, put.json()["version"], put.json()["changed_by"]) == (200, 1, "Priya")
    assert (await world.http.put(url, headers=people.other.headers | version, json=body)).status_code == 412

    named = await closed(world, people.triager, wants="offer_of_support_to_peer", about_person="Zephyrine Quill")
    world.time.advance(days=99)
    assert results(await run(world, people.officer)) == {}
    due_on = (await records(world, people.officer))[named]["due_on"]
    world.time.advance(days=2)
    assert due_on in {str(hour(world, days=n).date()) for n in (0, 1, 2)}
    await run(world, people.officer)
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
    row = await report_of(world, named)
    assert (row.signs, row.narrative_sealed, row.identity_sealed, row.details) == (["tearful"], None, None, {})


@on_sqlite
async def test_a_withdrawn_report_and_a_request_for_advice_are_classes_of_their_own(world: World) -> None:
    people = await office(world)
    await world.on_call(await world.person(Role.ADVISER, paged=True))
    supporter = await world.person(Role.SUPPORTER)
    withdrawn = await closed(world, people.triager, wants="offer_of_support_to_peer")
    await change(world, withdrawn, state=ReportState.WITHDRAWN, withdrawn_hour=hour(world, days=0), restricted=True)
    advice = f"{SCHOOL}/advice-requests"
    asked = await world.http.post(
        advice,
        headers=supporter.headers | world.once(),
        json={"topic": "when_to_escalate", "summary": "He has stopped answering."},
    )
    await world.http.post(f"{advice}/{asked.json()['id']}/close", headers=supporter.headers | {"If-Match": "*"})
    world.time.advance(days=91)
    assert results(await run(world, people.officer)) == {}
    for retention_class in ("withdrawn_restricted", "advice_request"):
        put = await put_policy(world, people.officer, retention_class, authority_ref=AUTHORITY)
        assert put.status_code == 200, put.text
    listed = await run(world, people.officer)
    assert {(each["retention_class"], each["result"]) for each in listed["counts"]} == {
        ("withdrawn_restricted", "due"),
        ("advice_request", "due"),
    }
    assert results(await run(world, people.officer, dry=False)) == {"erased": 2}
    assert (await report_of(world, withdrawn)).state is ReportState.WITHDRAWN
    shown = await world.http.get(f"{advice}/{asked.json()['id']}", headers=supporter.headers)
    assert (shown.status_code, shown.json()["status"]) == (200, "closed")
    assert "answering" not in shown.text
    [row] = await world.db.read(lambda session: session.exec(select(AdviceRequest)).all())
    assert row.erased_hour is not None


@on_sqlite
async def test_to_take_a_report_back_never_makes_the_school_keep_it_for_longer(world: World) -> None:
    """But for where a law on records has it keep what was taken back."""
    people = await office(world)
    report = await closed(world, people.triager, wants="advice_only")
    before = (await records(world, people.officer))[report]
    assert (before["retention_class"], before["due_on"] is None) == ("advice_only_unnamed", False)
    world.time.advance(days=20)
    await change(world, report, state=ReportState.WITHDRAWN, withdrawn_hour=hour(world, days=0), restricted=True)
    after = (await records(world, people.officer))[report]
    assert (after["retention_class"], after["due_on"]) == ("advice_only_unnamed", before["due_on"])

    def by_law(session: Session) -> None:
        school = session.exec(select(School)).one()
        school.policies = {**school.policies, "keeps_withdrawn_reports": True}

    await world.write(by_law)
    kept = (await records(world, people.officer))[report]
    assert (kept["retention_class"], kept["due_on"]) == ("withdrawn_restricted", None)
    world.time.advance(days=71)
    assert results(await run(world, people.officer)) == {}


@on_sqlite
async def test_what_was_taken_back_before_anybody_read_it_goes_when_its_time_is_over(world: World) -> None:
    """Nobody can read it any more: to wait for a reader would be to keep it for good."""
    world.time.set(dt.datetime(2027, 3, 1, 20, 20, tzinfo=dt.UTC))
    await world.school(keeps_withdrawn_reports=True)
    officer = await world.person(Role.PRIVACY_OFFICER)
    receipt = (await world.report("tearful", narrative=WORDS)).json()["receipt"]
    opened = await world.http.post("/v1/receipts/session", json={"receipt": receipt})
    mine = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    taken = await world.http.post("/v1/me/report/withdraw", headers=mine, json={"expected": "restricted"})
    assert (taken.status_code, taken.json()["because"]) == (200, ["records_law"])
    put = await put_policy(world, officer, "withdrawn_restricted", authority_ref=AUTHORITY)
    assert put.status_code == 200, put.text
    world.time.advance(days=2)
    await world.settle()
    [(report, record)] = (await records(world, officer)).items()
    assert record["due_on"] == "2027-06-02", "the evening before in UTC, and that morning at the school"
    world.time.advance(days=91)
    assert results(await run(world, officer)) == {"due": 1}
    assert results(await run(world, officer, dry=False)) == {"erased": 1}
    row = await report_of(world, report)
    assert (row.state, row.narrative_sealed) == (ReportState.WITHDRAWN, None)


@on_sqlite
async def test_each_week_the_officers_concerned_hear_that_something_is_due_and_nothing_is_erased(world: World) -> None:
    people = await office(world)
    report = await closed(world, people.triager, keep_from=["Ines"])
    other = await closed(world, people.triager)
    await change(world, other, state=ReportState.NEW)
    world.time.advance(days=91)

    await world.write(start_recurring)

    async def a_week() -> None:
        # To the Monday morning of the school, and to the minute after it.
        now = world.time.now()
        sunday = (now + dt.timedelta(days=7 - now.isoweekday() % 7)).replace(hour=23, minute=30)
        world.time.advance(seconds=(sunday - now).total_seconds())
        await world.settle()
        world.time.advance(minutes=2)
        await world.settle()
        await world.settle()

    # What whoever runs the service has listed meanwhile tells nobody, and stands for no week.
    world.time.advance(days=(4 - world.time.now().weekday()) % 7)
    assert await asyncio.to_thread(at_once.list_due, world.db, "harbour")
    await a_week()
    heard = told(world)
    assert (heard.get(people.officer.hook or ""), people.other.hook in heard) == (["retention.due"], False)
    assert (await report_of(world, report)).erased_hour is None
    by_itself = select(RetentionRun).where(col(RetentionRun.automatic).is_(True))
    [run_row] = await world.db.read(lambda session: session.exec(by_itself).all())
    assert await items(world, people.officer, str(run_row.id)) == {report: "due"}
    [request] = [each for each in world.receiver.requests() if each.name == people.officer.hook]
    assert set(request.json()["data"]) == {"school", "run_id"}

    await put_policy(world, people.officer, "advice_only_unnamed", automatic=True)
    await a_week()
    assert (await report_of(world, report)).erased_hour is not None
    assert (await report_of(world, other)).erased_hour is None


@on_sqlite
async def test_who_saw_a_report_is_known_for_longer_than_the_report(world: World) -> None:
    people = await office(world)
    await closed(world, people.triager)
    kept = await closed(world, people.triager)
    put = await put_policy(world, people.officer, "audit_and_access_log", period_days=365, authority_ref=AUTHORITY)
    assert put.status_code == 200

    async def logged() -> tuple[int, int]:
        def look(session: Session) -> tuple[int, int]:
            accesses = session.exec(select(ReportAccess)).all()
            claims = session.exec(select(AuditEntry).where(AuditEntry.action == "report.claimed")).all()
            return len(accesses), len(claims)

        return await world.db.read(look)

    assert await logged() == (2, 2)
    await change(world, kept, wants="offer_of_support_to_peer")
    world.time.advance(days=100)
    await run(world, people.officer)
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
    world.time.advance(days=364)
    # A sign-in lasts for a year at most here, and this is later.
    office_hours = await world.person(Role.PRIVACY_OFFICER)
    await run(world, office_hours)
    await run(world, office_hours, dry=False)
    assert await logged() == (2, 2)
    world.time.advance(days=2)
    await run(world, office_hours)
    await run(world, office_hours, dry=False)
    # Of the report that is still there everything is known; of the trail nothing has gone that is as young as it.
    assert await logged() == (1, 2)
    await change(world, kept, erased_hour=hour(world, days=366))
    await run(world, office_hours, dry=False)
    assert await logged() == (0, 0)


@on_sqlite
async def test_the_command_line_lists_and_with_erase_it_erases(world: World) -> None:
    people = await office(world)
    report = await closed(world, people.triager)
    kept_from_all = await closed(world, people.triager, keep_from=["privacy_officer"])
    long_ago = {"closed_hour": hour(world, days=91), "updated_hour": hour(world, days=91)}
    for each in (report, kept_from_all):
        await change(world, each, **long_ago)
    command = ["retention", "--school", "harbour"]
    where = {"data_dir": world.settings.data_dir, "database_url": world.settings.database_url}
    nowhere = call_cli("retention", "--school", "nowhere", **where)
    assert (nowhere.returncode, nowhere.stderr.strip()) == (1, "There is no school nowhere.")
    done = call_cli(*command, "--erase", **where)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["     2  advice_only_unnamed  due", "     2  advice_only_unnamed  erased"]
    for each in (report, kept_from_all):
        assert (await report_of(world, each)).narrative_sealed is None


@on_sqlite
async def test_when_a_receipt_ends_the_report_stays(world: World) -> None:
    """The reporter's way in and the keeping of what they wrote are two things (GlobaLeaks #1716)."""
    people = await office(world)
    receipt = (await world.report("tearful", narrative="On the train.")).json()["receipt"]
    world.time.advance(days=120)
    opened = await world.http.post("/v1/receipts/session", json={"receipt": receipt})
    assert opened.status_code == 404
    [record] = (await records(world, people.officer)).values()
    assert (record["state"], record["erased_hour"], record["due_on"]) == ("new", None, None)
    report = await report_of(world, record["id"])
    assert report.narrative_sealed is not None
    assert report.receipt_good_until < (world.time.now() - dt.timedelta(days=1)).date()
