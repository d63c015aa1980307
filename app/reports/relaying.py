"""What may be told of a report to whoever helps: written by its handler, and nothing before its reporter agrees.

The narrative itself is never passed on (domain, 0.4). Each version is a row; the newest counts, and an agreement is to
one version, so that none carries over to other words (decision 28).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import RelaySummary, Report
from app.reports import claims, closing, outing, states, triage, withdrawn
from app.reports.dialogue import ReportClosed
from app.reports.relay_schemas import (
    OutingCheckOut,
    OutingHints,
    RelaySummaryCreate,
    RelaySummaryOut,
    ServiceSummaryCreate,
)
from app.vault import columns
from app.vocabulary import OutingAnswer, RelayPurpose, RelaySummaryState, ReportState

MOST_VERSIONS = 100


class TooManyVersions(Conflict):
    code, status, title = "too_many_versions", 409, "There are as many versions of this as there can be"


class ForServicesAlone(Conflict):
    code, status, title = "for_services_alone", 409, "This is passed on to no supporter"
    default_detail = "It concerns the programme, and a supporter is of the programme. Write it for a service."


def write(session: Session, actor: Actor, report_id: uuid.UUID, body: RelaySummaryCreate) -> RelaySummaryOut:
    """A new version, which its reporter is asked about. Raises NotClaimed, AlreadyClaimed, ReportWithdrawn,
    ReportClosed, TooManyVersions, ForServicesAlone."""
    report = held(session, actor, report_id)
    refuse_wordless(session, report)
    if report.independent and body.purpose is RelayPurpose.SUPPORTER:
        raise ForServicesAlone
    now = clock.now()
    triage.record_access(session, report, person_id=actor.person_id, role=triage.role_of(report), now=now)
    return add(session, report, body, purpose=body.purpose, person_id=actor.person_id, now=now)


def read(session: Session, actor: Actor, report_id: uuid.UUID) -> RelaySummaryOut:
    """The newest version, for whoever may read the report: reading what it says of it is recorded too.

    Raises NotFound, and ReportWithdrawn or ReportClosed where its words are for nobody.
    """
    report = triage.find(session, actor, report_id, lock=True)
    refuse_wordless(session, report)
    triage.record_access(session, report, person_id=actor.person_id, role=triage.role_of(report), now=clock.now())
    return shown(session, report)


def held(session: Session, actor: Actor, report_id: uuid.UUID) -> Report:
    """The report, locked, for whoever has taken it on. Raises NotFound, NotClaimed, AlreadyClaimed."""
    report = triage.find(session, actor, report_id, lock=True)
    holder = claims.holder(session, report)
    if holder is None:
        raise closing.NotClaimed
    if holder != actor.person_id:
        raise triage.AlreadyClaimed
    return report


def refuse_wordless(session: Session, report: Report) -> None:
    """Raises ReportWithdrawn or ReportClosed where what a report says is for nobody any more."""
    if withdrawn.words_hidden(session, report):
        raise states.ReportWithdrawn if report.state is ReportState.WITHDRAWN else ReportClosed


def add(
    session: Session,
    report: Report,
    body: ServiceSummaryCreate,
    *,
    purpose: RelayPurpose,
    person_id: uuid.UUID,
    now: dt.datetime,
) -> RelaySummaryOut:
    """Add a handler's version to a report that the caller has locked.

    Raises ReportClosed, TooManyVersions, and ReportWithdrawn when nobody is there to be asked.
    """
    states.refuse_withdrawn(report)
    check = body.outing_check
    row = RelaySummary(
        report_id=report.id,
        number=_next_number(session, report),
        purpose=purpose,
        who=body.who,
        person_id=person_id,
        text_sealed=b"",
        outing_check=check.answers(),
        outing_risk=outing.is_risk(check.answers().values(), anything_else=check.anything_else),
        state=RelaySummaryState.AWAITING_REPORTER,
        written_hour=hour_of(now),
    )
    if check.anything_else:
        columns.RELAY_CHECK.seal(session, row, check.anything_else, school_id=report.school_id)
    _keep(session, report, row, body.text)
    if report.state in states.IN_TALKS:
        report.state = ReportState.AWAITING_REPORTER
    report.version += 1
    report.updated_hour = hour_of(now)
    session.add(report)
    trail.record(
        session,
        action="relay_summary.written",
        school_id=report.school_id,
        person_id=person_id,
        subject=report.id,
        now=now,
    )
    return out(session, report, row)


def add_edited(session: Session, report: Report, row: RelaySummary, text: str, *, now: dt.datetime) -> RelaySummary:
    """The reporter's own words in place of a version, which count from now on. Raises TooManyVersions."""
    edited = RelaySummary(
        report_id=report.id,
        number=_next_number(session, report),
        purpose=row.purpose,
        who=row.who,
        person_id=None,
        text_sealed=b"",
        outing_check=row.outing_check,
        outing_risk=row.outing_risk,
        state=RelaySummaryState.EDITED_BY_REPORTER,
        written_hour=hour_of(now),
        answered_hour=hour_of(now),
    )
    if row.anything_else_sealed is not None:
        said = columns.RELAY_CHECK.unseal(session, row, school_id=report.school_id)
        columns.RELAY_CHECK.seal(session, edited, said, school_id=report.school_id)
    _keep(session, report, edited, text)
    return edited


def newest(session: Session, report: Report) -> RelaySummary | None:
    """The version that counts."""
    versions = select(RelaySummary).where(RelaySummary.report_id == report.id)
    return session.exec(versions.order_by(col(RelaySummary.number).desc()).limit(1)).first()


def waits_for_reporter(session: Session, report: Report) -> bool:
    row = newest(session, report)
    return row is not None and row.state is RelaySummaryState.AWAITING_REPORTER


def text_of(session: Session, report: Report, row: RelaySummary) -> str:
    return columns.RELAY_SUMMARY.unseal(session, row, school_id=report.school_id)


def shown(session: Session, report: Report) -> RelaySummaryOut:
    """Raises NotFound while nobody has written one."""
    row = newest(session, report)
    if row is None:
        raise NotFound
    return out(session, report, row)


def out(session: Session, report: Report, row: RelaySummary) -> RelaySummaryOut:
    text = text_of(session, report, row)
    found = outing.hints(
        text,
        narrative=triage.narrative_of(session, report),
        site_named=report.details.get("site_id") is not None,
        relationship=report.details.get("relationship"),
    )
    said = row.anything_else_sealed
    return RelaySummaryOut(
        number=row.number,
        purpose=row.purpose,
        who=row.who,
        text=text,
        by_reporter=row.person_id is None,
        state=row.state,
        outing_risk=row.outing_risk,
        outing_check=OutingCheckOut(
            **{name: OutingAnswer(answer) for name, answer in row.outing_check.items()},
            anything_else=None
            if said is None
            else columns.RELAY_CHECK.unseal(session, row, school_id=report.school_id),
        ),
        hints=OutingHints.model_validate(found),
        written_hour=row.written_hour,
        answered_hour=row.answered_hour,
    )


def _next_number(session: Session, report: Report) -> int:
    if states.is_over(report):
        raise ReportClosed
    last = newest(session, report)
    number = 1 if last is None else last.number + 1
    if number > MOST_VERSIONS:
        raise TooManyVersions
    return number


def _keep(session: Session, report: Report, row: RelaySummary, text: str) -> None:
    columns.RELAY_SUMMARY.seal(session, row, text, school_id=report.school_id)
    session.add(row)
    session.flush()
