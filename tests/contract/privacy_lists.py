"""Five of everything that a privacy officer lists."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.models import Report, ReportAccess, RetentionItem, RetentionRun, School
from app.vocabulary import Role, SubjectKind
from app.vocabulary.keeping import RetentionClass, RetentionResult, RetentionRunState
from tests.support.world import Someone, World

SCHOOL = "/v1/schools/harbour"
HOLD = {"report_id": None, "reason": "It was asked for.", "authority_ref": "A letter"}
INCIDENT = {"kind": "other", "what_happened": "A screen was left open.", "happened_on": "2026-01-05"}
Made = tuple[str, dict[str, str]]


async def five_holds(world: World) -> Made:
    officer = await world.person(Role.PRIVACY_OFFICER)
    await _make(world, officer, "legal-holds", HOLD)
    return f"{SCHOOL}/legal-holds", officer.headers


async def five_audit_entries(world: World) -> Made:
    _, headers = await five_holds(world)
    return f"{SCHOOL}/audit-log", headers


async def five_incidents(world: World) -> Made:
    officer = await world.person(Role.PRIVACY_OFFICER)
    await _make(world, officer, "privacy-incidents", INCIDENT)
    return f"{SCHOOL}/privacy-incidents", officer.headers


async def five_records(world: World) -> Made:
    officer = await world.person(Role.PRIVACY_OFFICER)
    for _ in range(5):
        await world.report()
    return f"{SCHOOL}/report-records", officer.headers


async def five_accesses(world: World) -> Made:
    """One report, read in five hours."""
    officer, triager = await world.person(Role.PRIVACY_OFFICER), await world.person(Role.TRIAGER)
    await world.report()

    def read(session: Session) -> uuid.UUID:
        report = session.exec(select(Report)).one()
        for hour in range(5):
            at = report.updated_hour + dt.timedelta(hours=hour)
            session.add(ReportAccess(report_id=report.id, person_id=triager.id, role=Role.TRIAGER, hour=at))
        return report.id

    return f"{SCHOOL}/reports/{await world.write(read)}/access-log", officer.headers


async def five_runs(world: World) -> Made:
    officer = await world.person(Role.PRIVACY_OFFICER)
    await world.write(lambda session: [_run(session) for _ in range(5)])
    return f"{SCHOOL}/retention-runs", officer.headers


async def five_items(world: World) -> Made:
    officer = await world.person(Role.PRIVACY_OFFICER)

    def make(session: Session) -> uuid.UUID:
        run = _run(session)
        for _ in range(5):
            item = RetentionItem(
                run_id=run,
                subject_id=uuid.uuid4(),
                subject_kind=SubjectKind.ADVICE_REQUEST,
                retention_class=RetentionClass.ADVICE_REQUEST,
                result=RetentionResult.DUE,
            )
            session.add(item)
        return run

    return f"{SCHOOL}/retention-runs/{await world.write(make)}/items", officer.headers


LISTS = (five_holds, five_audit_entries, five_incidents, five_records, five_accesses, five_runs, five_items)


def _run(session: Session) -> uuid.UUID:
    now = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    run = RetentionRun(
        school_id=session.exec(select(School.id).where(School.slug == "harbour")).one(),
        dry_run=True,
        automatic=False,
        state=RetentionRunState.FINISHED,
        started_at=now,
        finished_at=now,
    )
    session.add(run)
    session.flush()
    return run.id


async def _make(world: World, person: Someone, path: str, body: dict[str, object]) -> None:
    for _ in range(5):
        made = await world.http.post(f"{SCHOOL}/{path}", headers=person.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
