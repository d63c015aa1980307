"""Privacy incidents: anybody of the programme tells of one, and somebody who may know of it looks into it (J19)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import reading, trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Person, PrivacyIncident, PrivacyIncidentExclusion, Report, ReportAccess, School
from app.privacy import addressees
from app.privacy.incident_schemas import (
    IncidentAssessment,
    PrivacyIncidentCreate,
    PrivacyIncidentOut,
    PrivacyIncidentPage,
    PrivacyIncidentUpdate,
)
from app.reports import triage
from app.reports.exclusions import kept_from
from app.retention import records
from app.schools import service as schools
from app.vault import columns
from app.vocabulary import Role
from app.vocabulary.keeping import IncidentKind, IncidentStatus, SeriousHarm


class NotAssessed(Conflict):
    code, status, title = "not_assessed", 409, "Say first whether serious harm may come of it"
    default_detail = "An incident is closed when somebody has said yes or no to that."


def visible_incidents(actor: Actor) -> Any:
    """Those that this person told of, and those that they look into; none about a report kept from them since, and none
    that Peerline has begun about what they did (unseen.py)."""
    told = sa.and_(
        col(PrivacyIncident.told_by) == actor.person_id, ~_kept_out(actor), _about_none_of(actor, kept_from(actor))
    )
    return select(PrivacyIncident).where(
        PrivacyIncident.school_id == actor.require_school(), sa.or_(told, _looked_into_by(actor))
    )


def kept_among(session: Session, actor: Actor, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Of these those that are incidents of the school which this person may not see."""
    known = visible_incidents(actor).where(col(PrivacyIncident.id).in_(ids)).with_only_columns(PrivacyIncident.id)
    ours = select(PrivacyIncident.id).where(
        col(PrivacyIncident.id).in_(ids), PrivacyIncident.school_id == actor.require_school()
    )
    return set(session.exec(ours.where(col(PrivacyIncident.id).not_in(known)))) if ids else set()


def tell(session: Session, actor: Actor, body: PrivacyIncidentCreate) -> PrivacyIncidentOut:
    """Raises NotFound for a report that this person may not know of, InvalidRequest for names that nobody has."""
    now = clock.now()
    school = session.get_one(School, actor.require_school())
    if body.happened_on > schools.today(school, now=now):
        raise _fault("#/happened_on", "in_the_future", "This day is yet to come.")
    report = None if body.report_id is None else _readable(session, actor, body.report_id)
    kept_out = _named(session, school.id, body.keep_from)
    incident = begin(
        session,
        school,
        report,
        body.kind,
        body.what_happened,
        happened_on=body.happened_on,
        told_by=actor.person_id,
        kept_out=kept_out,
        now=now,
    )
    return _out(session, actor, incident)


def begin(
    session: Session,
    school: School,
    report: Report | None,
    kind: IncidentKind,
    what_happened: str,
    *,
    happened_on: dt.date,
    told_by: uuid.UUID,
    kept_out: Collection[uuid.UUID],
    now: dt.datetime,
) -> PrivacyIncident:
    """Put it to those who look into it, and tell them; nobody in `kept_out` is one of them."""
    goes_to, people = addressees.choose(session, school.id, report, kept_out=kept_out)
    incident = PrivacyIncident(
        school_id=school.id,
        kind=kind,
        report_id=None if report is None else report.id,
        happened_on=happened_on,
        told_by=told_by,
        told_hour=hour_of(now),
        goes_to=goes_to,
        status=IncidentStatus.OPEN,
        assess_by=schools.today(school, now=now) + addressees.assessed_within(school),
    )
    columns.INCIDENT.seal(session, incident, what_happened, school_id=school.id)
    session.add(incident)
    session.flush()
    for person in sorted(kept_out):
        session.add(PrivacyIncidentExclusion(incident_id=incident.id, person_id=person))
    _record(session, told_by, incident, "told")
    addressees.announce(session, school, incident, people - {told_by}, now=now)
    session.flush()
    return incident


def report_behind(session: Session, actor: Actor, report_id: uuid.UUID) -> Report:
    """A report that an incident which this person looks into is about. Raises NotFound."""
    looked_into = select(PrivacyIncident.id).where(
        PrivacyIncident.school_id == actor.require_school(),
        PrivacyIncident.report_id == report_id,
        _looked_into_by(actor),
    )
    if session.exec(looked_into.limit(1)).first() is None:
        raise NotFound
    return session.get_one(Report, report_id)


def page(session: Session, actor: Actor, request: PageRequest, *, status: IncidentStatus | None) -> PrivacyIncidentPage:
    statement = visible_incidents(actor)
    if status is not None:
        statement = statement.where(PrivacyIncident.status == status)
    statement = request.slice(
        statement, at=col(PrivacyIncident.told_hour), row_id=col(PrivacyIncident.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.told_hour, row.id))
    _opened(session, actor, rows)
    return PrivacyIncidentPage(items=[_out(session, actor, row) for row in rows], next_cursor=cursor)


def any_open(session: Session, actor: Actor) -> bool:
    """Whether one that this person looks into is not closed."""
    statement = select(PrivacyIncident.id).where(
        PrivacyIncident.school_id == actor.require_school(),
        _looked_into_by(actor),
        PrivacyIncident.status != IncidentStatus.CLOSED,
    )
    return session.exec(statement.limit(1)).first() is not None


def get(session: Session, actor: Actor, incident_id: uuid.UUID) -> PrivacyIncidentOut:
    incident = _find(session, visible_incidents(actor), incident_id)
    _opened(session, actor, [incident])
    return _out(session, actor, incident)


def update(
    session: Session, actor: Actor, incident_id: uuid.UUID, body: PrivacyIncidentUpdate, *, version: Version
) -> PrivacyIncidentOut:
    """What was found and done. Each change is recorded. Raises NotAssessed.

    Who told of it and does not look into it gets NotFound, as for one that is not there.
    """
    looked_into = select(PrivacyIncident).where(
        PrivacyIncident.school_id == actor.require_school(), _looked_into_by(actor)
    )
    incident = _find(session, looked_into, incident_id, lock=True)
    version.check(_out(session, actor, incident))
    given, now = body.model_fields_set, clock.now()
    if "serious_harm" in given:
        incident.serious_harm = body.serious_harm
        _record(session, actor.person_id, incident, "assessed")
    for name, column in (("harm_note", columns.INCIDENT_HARM), ("people_told", columns.INCIDENT_TOLD)):
        if name in given:
            text = getattr(body, name)
            setattr(incident, column.column, None)
            if text is not None:
                column.seal(session, incident, text, school_id=incident.school_id)
            _record(session, actor.person_id, incident, "noted" if name == "harm_note" else "people_told")
    closed = (body.status or incident.status) is IncidentStatus.CLOSED
    if closed and incident.serious_harm in (None, SeriousHarm.UNSURE):
        raise NotAssessed
    if body.status is not None and body.status is not incident.status:
        incident.status = body.status
        incident.closed_hour = hour_of(now) if body.status is IncidentStatus.CLOSED else None
        _record(session, actor.person_id, incident, f"{body.status}")
    incident.version += 1
    session.add(incident)
    session.flush()
    _opened(session, actor, [incident])
    return _out(session, actor, incident)


def _looked_into_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Of a query over incidents: in a role of theirs, and about nothing that is kept from them (J14)."""
    hidden = kept_from(actor)
    if not actor.has(Role.INDEPENDENT_HANDLER):
        hidden = sa.or_(col(Report.independent).is_(True), hidden)
    return sa.and_(col(PrivacyIncident.goes_to).in_(actor.roles), ~_kept_out(actor), _about_none_of(actor, hidden))


def _kept_out(actor: Actor) -> sa.ColumnElement[bool]:
    """Of a query over incidents: those of which this person must not learn."""
    return sa.exists().where(
        col(PrivacyIncidentExclusion.incident_id) == col(PrivacyIncident.id),
        col(PrivacyIncidentExclusion.person_id) == actor.person_id,
    )


def _about_none_of(actor: Actor, hidden: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Of a query over incidents: those about no report, or about one that is not `hidden`."""
    kept = sa.exists().where(
        col(Report.id) == col(PrivacyIncident.report_id), col(Report.school_id) == actor.require_school(), hidden
    )
    return ~kept.correlate(PrivacyIncident)


def _readable(session: Session, actor: Actor, report_id: uuid.UUID) -> Report:
    """One that this person may read now, or has read and is not kept from. Raises NotFound."""
    if actor.has(Role.TRIAGER):
        found = session.exec(triage.visible_reports(actor).where(Report.id == report_id)).one_or_none()
        if found is not None:
            return found  # type: ignore[no-any-return]  # the statement is that of another file, and untyped there
    if actor.has(Role.PRIVACY_OFFICER):
        return records.find(session, actor, report_id)
    read = (
        sa.exists()
        .where(col(ReportAccess.report_id) == col(Report.id), col(ReportAccess.person_id) == actor.person_id)
        .correlate(Report)
    )
    statement = select(Report).where(
        Report.id == report_id, Report.school_id == actor.require_school(), read, ~kept_from(actor)
    )
    report = session.exec(statement).one_or_none()
    if report is None:
        raise NotFound
    return report


def _named(session: Session, school_id: uuid.UUID, aliases: list[str]) -> set[uuid.UUID]:
    wanted = {alias.casefold() for alias in aliases}
    if not wanted:
        return set()
    of_school = select(Person.id, Person.alias).where(Person.school_id == school_id, col(Person.service).is_(False))
    people = session.exec(of_school).all()
    unknown = wanted - {alias.casefold() for _, alias in people}
    if unknown:
        index = next(i for i, alias in enumerate(aliases) if alias.casefold() in unknown)
        raise _fault(f"#/keep_from/{index}", "unknown_person", "Nobody of this school has this alias.")
    return {person for person, alias in people if alias.casefold() in wanted}


def _find(session: Session, statement: Any, incident_id: uuid.UUID, *, lock: bool = False) -> PrivacyIncident:
    named = statement.where(PrivacyIncident.id == incident_id)
    incident: PrivacyIncident | None = session.exec(named.with_for_update() if lock else named).one_or_none()
    if incident is None:
        raise NotFound
    return incident


def _opened(session: Session, actor: Actor, rows: Sequence[PrivacyIncident]) -> None:
    reading.opened(
        session,
        [row.id for row in rows],
        action="privacy_incident.read",
        school_id=actor.require_school(),
        person_id=actor.person_id,
        now=clock.now(),
    )


def _record(session: Session, person_id: uuid.UUID, incident: PrivacyIncident, what: str) -> None:
    trail.record(
        session,
        action=f"privacy_incident.{what}",
        school_id=incident.school_id,
        person_id=person_id,
        subject=incident.id,
        now=clock.now(),
    )


def _fault(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])


def _out(session: Session, actor: Actor, incident: PrivacyIncident) -> PrivacyIncidentOut:
    looks_into = session.exec(
        select(PrivacyIncident.id).where(PrivacyIncident.id == incident.id, _looked_into_by(actor))
    ).first()
    assessment = IncidentAssessment(
        serious_harm=incident.serious_harm,
        harm_note=_text(session, incident, columns.INCIDENT_HARM),
        people_told=_text(session, incident, columns.INCIDENT_TOLD),
    )
    return PrivacyIncidentOut(
        id=incident.id,
        kind=incident.kind,
        status=incident.status,
        what_happened=_text(session, incident, columns.INCIDENT),
        happened_on=incident.happened_on,
        report_id=incident.report_id,
        told_by=session.get_one(Person, incident.told_by).alias,
        told_hour=incident.told_hour,
        assess_by=incident.assess_by,
        assessment=None if looks_into is None else assessment,
        closed_hour=incident.closed_hour,
    )


def _text(session: Session, incident: PrivacyIncident, column: columns.SealedColumn) -> str | None:
    if getattr(incident, column.column) is None:
        return None
    return column.unseal(session, incident, school_id=incident.school_id)
