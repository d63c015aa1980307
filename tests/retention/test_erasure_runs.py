"""Erasure runs: seen first, then done; only what is still due, one record at a time (domain, 3.5)."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from kept import (
    RECORDS,
    RUNS,
    SCHOOL,
    WORDS,
    begin,
    change,
    closed,
    hold,
    hour,
    items,
    never_opened,
    office,
    records,
    report_of,
    results,
    run,
)
from sqlmodel import Session, col, func, select

from app.core.ids import new_opaque_id
from app.models import AuditEntry, Report, ReportAccess
from app.vault import columns
from app.vocabulary import ReportState, Role
from tests.support.server import Server, Worker
from tests.support.thorough import LONG
from tests.support.world import World

MANY = 200 if LONG else 100
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


async def test_what_is_due_is_listed_then_erased_and_everything_else_stays(world: World) -> None:
    people = await office(world)
    names = ("due", "held", "unread", "updated", "undecided", "named", "late")
    fields = {"named": {"wants": "offer_of_support_to_peer", "about_person": "Zephyrine Quill"}}
    reports = {name: await closed(world, people.triager, **fields.get(name, {})) for name in names}
    await world.report("tearful", narrative=WORDS)
    refused = await begin(world, people.officer, dry=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "dry_run_needed")

    world.time.advance(days=91)
    await closed(world, people.triager)
    assert (await hold(world, people.officer, reports["held"])).status_code == 201
    await never_opened(world, reports["unread"])
    await change(world, reports["updated"], updated_hour=hour(world, days=6))
    incident = {"kind": "other", "what_happened": "A screen was left open.", "happened_on": "2026-01-05"}
    told = await world.http.post(
        f"{SCHOOL}/privacy-incidents",
        headers=people.triager.headers | world.once(),
        json=incident | {"report_id": reports["undecided"]},
    )
    assert told.status_code == 201, told.text

    listed = await run(world, people.officer)
    expected = {"due": 2, "held": 1, "unread": 1, "updated": 1, "undecided": 1}
    assert results(listed) == expected
    found = await items(world, people.officer, listed["id"])
    assert {reports[name]: found[reports[name]] for name in expected} == {reports[name]: name for name in expected}
    assert reports["named"] not in found
    assert (await report_of(world, reports["due"])).narrative_sealed is not None

    # What has changed since it was listed is not taken.
    assert (await hold(world, people.officer, reports["late"])).status_code == 201
    erased = await run(world, people.officer, dry=False)
    assert results(erased) == {"erased": 1, "held": 1}
    gone = await report_of(world, reports["due"])
    assert (gone.narrative_sealed, gone.signs, gone.state) == (None, [], ReportState.CLOSED)
    for name in set(names) - {"due"}:
        assert (await report_of(world, reports[name])).narrative_sealed is not None
    record = (await records(world, people.officer))[reports["due"]]
    assert (record["due_on"], record["read"]) == (None, True)
    assert dt.datetime.fromisoformat(record["erased_hour"]) == hour(world, days=0)
    logged = await world.http.get(
        f"{SCHOOL}/audit-log", headers=people.officer.headers, params={"action": "report.erased"}
    )
    [entry] = logged.json()["items"]
    assert (entry["subject"], entry["alias"]) == (reports["due"], "Priya")
    # Once more changes nothing: the list has nothing left that is due.
    assert results(await run(world, people.officer, dry=False)) == {"changed": 1, "held": 1}


@on_sqlite
async def test_a_list_that_is_a_week_old_is_not_gone_by(world: World) -> None:
    people = await office(world)
    await closed(world, people.triager)
    world.time.advance(days=91)
    await run(world, people.officer)
    world.time.advance(days=7, hours=1)
    refused = await begin(world, people.officer, dry=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "dry_run_needed")
    await begin(world, people.officer, dry=True)
    twice = await begin(world, people.officer, dry=True)
    assert (twice.status_code, twice.json()["code"]) == (409, "run_goes_on")


@on_sqlite
async def test_what_is_kept_from_an_officer_is_in_no_list_count_or_run_of_theirs(world: World) -> None:
    people = await office(world)
    await world.person(Role.INDEPENDENT_HANDLER)
    hidden = await closed(world, people.triager, keep_from=["Ines"])
    await world.report("tearful", about_role="staff", narrative=WORDS)
    [independent] = [
        str(row)
        for row in await world.db.read(
            lambda session: session.exec(select(Report.id).where(col(Report.independent).is_(True))).all()
        )
    ]
    await change(world, independent, state=ReportState.CLOSED, closed_hour=hour(world, days=0))
    await world.write(
        lambda session: session.add(
            ReportAccess(
                report_id=uuid.UUID(independent), person_id=people.triager.id, role="triager", hour=hour(world, days=0)
            )
        )
    )
    world.time.advance(days=91)
    listed = await run(world, people.officer)
    assert results(listed) == {"due": 1}
    theirs = await world.http.get(f"{RUNS}/{listed['id']}", headers=people.other.headers)
    assert theirs.json()["counts"] == []
    assert await items(world, people.other, listed["id"]) == {}
    assert await records(world, people.other) == {}
    for report in (hidden, independent):
        for path in (f"{RECORDS}/{report}", f"{SCHOOL}/reports/{report}/access-log"):
            assert (await world.http.get(path, headers=people.other.headers)).status_code == 404
        assert (await hold(world, people.other, report)).status_code == 404
    held = await hold(world, people.officer, hidden)
    assert (await world.http.get(held.headers["Location"], headers=people.other.headers)).status_code == 404
    await world.http.post(
        f"{held.headers['Location']}/release",
        headers=people.officer.headers | {"If-Match": "*"},
        json={"note": "It is over."},
    )

    assert results(await run(world, people.other, dry=False)) == {}
    assert (await report_of(world, hidden)).erased_hour is None
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}
    assert (await report_of(world, hidden)).erased_hour is not None
    # Nobody who may know of it has asked for it: only whoever runs the service could.
    assert (await report_of(world, independent)).narrative_sealed is not None


async def test_of_a_hold_and_an_erasure_at_once_one_wins_and_both_say_so(world: World) -> None:
    people = await office(world)
    reports = [await closed(world, people.triager) for _ in range(8)]
    world.time.advance(days=91)
    await run(world, people.officer)
    assert (await begin(world, people.officer, dry=False)).status_code == 202
    answers = await asyncio.gather(
        world.settle(), *(hold(world, people.officer, report) for report in reports), return_exceptions=False
    )
    await world.settle()
    for report, answer in zip(reports, answers[1:], strict=True):
        row = await report_of(world, report)
        if answer.status_code == 201:  # type: ignore[union-attr]  # gather types all alike
            assert row.narrative_sealed is not None
        else:
            assert answer.json()["code"] == "already_erased"  # type: ignore[union-attr]  # as above
            assert row.erased_hour is not None


@on_sqlite
async def test_under_a_hold_on_the_school_nothing_is_erased_until_it_is_released(world: World) -> None:
    people = await office(world)
    report = await closed(world, people.triager)
    world.time.advance(days=91)
    placed = await hold(world, people.officer, None)
    assert results(await run(world, people.officer)) == {"held": 1}
    assert (await records(world, people.officer))[report]["held"] is True
    url, note = placed.headers["Location"], {"note": "The matter is closed."}
    stale = await world.http.post(f"{url}/release", headers=people.officer.headers | {"If-Match": '"no"'}, json=note)
    assert stale.status_code == 412
    version = {"If-Match": placed.headers["ETag"]}
    released = await world.http.post(f"{url}/release", headers=people.officer.headers | version, json=note)
    assert (released.status_code, released.json()["release_note"]) == (200, note["note"])
    again = await world.http.post(f"{url}/release", headers=people.officer.headers | {"If-Match": "*"}, json=note)
    assert (again.status_code, again.json()["code"]) == (409, "hold_released")
    assert results(await run(world, people.officer)) == {"due": 1}
    assert results(await run(world, people.officer, dry=False)) == {"erased": 1}


def many(session: Session, like: str, number: int) -> list[bytes]:
    """More reports like one, as rows; what their words are sealed into."""
    first = session.get_one(Report, uuid.UUID(like))
    access = session.exec(select(ReportAccess).where(ReportAccess.report_id == first.id)).first()
    assert access is not None
    sealed = []
    for _ in range(number):
        report = Report(**first.model_dump(exclude={"id"}) | {"id": new_opaque_id()})
        report.receipt_hash = uuid.uuid4().bytes + uuid.uuid4().bytes
        columns.NARRATIVE.seal(session, report, WORDS * 10, school_id=report.school_id)
        assert report.narrative_sealed is not None
        sealed.append(report.narrative_sealed)
        session.add(report)
        session.flush()
        session.add(ReportAccess(**access.model_dump(exclude={"report_id"}), report_id=report.id))
    return sealed


@on_sqlite
async def test_a_worker_killed_in_the_middle_of_many_is_followed_by_another_and_no_word_stays(
    world: World, tmp_path: Path
) -> None:
    people = await office(world)
    report = await closed(world, people.triager)
    await change(world, report, closed_hour=hour(world, days=91), updated_hour=hour(world, days=91))
    # Batches of fifty, so that there is a middle, and time to kill in it.
    sealed = await world.write(lambda session: many(session, report, MANY))
    files = [path for path in tmp_path.rglob("*.sqlite3*") if path.is_file()]
    assert any(sealed[MANY // 2][:24] in path.read_bytes() for path in files), "the search finds what is there"
    assert results(await run(world, people.officer)) == {"due": MANY + 1}
    begun = await begin(world, people.officer, dry=False)

    def erased() -> int:
        return world.db.read_now(
            lambda session: session.exec(
                select(func.count()).select_from(Report).where(col(Report.erased_hour).is_not(None))
            ).one()
        )

    beside = Server(tmp_path, database_url=world.settings.database_url)
    with Worker(beside) as worker:
        while erased() < 20:
            time.sleep(0.01)
        worker.kill9()
    assert 20 <= erased() <= MANY
    shown = await world.http.get(begun.headers["Location"], headers=people.officer.headers)
    assert shown.json()["state"] == "running"
    world.time.advance(seconds=21)
    await world.settle()
    shown = await world.http.get(begun.headers["Location"], headers=people.officer.headers)
    assert (shown.json()["state"], results(shown.json())) == ("finished", {"erased": MANY + 1})
    entries = await world.db.read(
        lambda session: session.exec(select(AuditEntry.subject).where(AuditEntry.action == "report.erased")).all()
    )
    assert len(entries) == len(set(entries)) == MANY + 1
    with sa.create_engine(world.db.url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    contents = [path.read_bytes() for path in files if path.exists()]
    for text in sealed:
        pieces = [text[at : at + 24] for at in range(12, len(text) - 24, 96)]
        assert not any(piece in file for piece in pieces for file in contents)
