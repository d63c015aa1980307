"""Reports about the same worry are linked, not merged: nothing is deleted, and no link tells of what one may not see.

A group is an id that reports share. It has no row, no count and no order.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.ids import new_opaque_id
from app.core.problems import InvalidRequest
from app.identity.actors import Actor
from app.models import Report, School
from app.reports import triage
from app.reports.handling_schemas import GroupWith
from app.reports.schemas import ReportOut


def group(session: Session, actor: Actor, report_id: uuid.UUID, body: GroupWith) -> ReportOut:
    """Link two reports that the actor sees, and whatever each was linked with. Raises NotFound for either."""
    if body.with_report == report_id:
        triage.find(session, actor, report_id)
        raise _with_itself()
    report, other = _locked(session, actor, report_id, body.with_report)
    if report.group_id is None or report.group_id != other.group_id:
        kept = report.group_id or other.group_id or new_opaque_id()
        merged = [each.group_id for each in (report, other) if each.group_id not in (None, kept)]
        _move(session, sa.or_(col(Report.group_id).in_(merged), col(Report.id).in_([report.id, other.id])), to=kept)
        for each in (report, other):
            session.refresh(each)
            _record(session, actor, each, "report.grouped")
    return triage.shown(session, report, actor)


def ungroup(session: Session, actor: Actor, report_id: uuid.UUID) -> ReportOut:
    """Take one report out of its group. The others stay together. Doing it twice changes nothing."""
    [report] = _locked(session, actor, report_id)
    if report.group_id is not None:
        _move(session, col(Report.id) == report.id, to=None)
        session.refresh(report)
        _record(session, actor, report, "report.ungrouped")
    return triage.shown(session, report, actor)


def _locked(session: Session, actor: Actor, *ids: uuid.UUID) -> list[Report]:
    """These reports and whatever each is linked with, locked; looked for again then, as everywhere: who reads one first
    and the reporter who takes it back must not both believe that they were first, and whoever was kept out of one
    meanwhile finds nothing. Raises NotFound.

    A group is many rows: two who link at once would wait for each other's in a ring, so that there is one at a time of
    a school, and all rows are locked in one order.
    """
    school = select(School.id).where(School.id == actor.require_school())
    session.exec(school.with_for_update(key_share=True)).one()
    groups = {triage.find(session, actor, each).group_id for each in ids} - {None}
    together = sa.or_(col(Report.id).in_(ids), col(Report.group_id).in_(groups))
    session.exec(select(Report.id).where(together).order_by(col(Report.id)).with_for_update(key_share=True)).all()
    return [triage.find(session, actor, each, lock=True) for each in ids]


def _move(session: Session, which: sa.ColumnElement[bool], *, to: uuid.UUID | None) -> None:
    # Not by their rows: a link says nothing new of a report, so that its version and its last hour stay as they are.
    session.connection().execute(sa.update(Report).where(which).values(group_id=to))


def _record(session: Session, actor: Actor, report: Report, action: str) -> None:
    trail.record(
        session,
        action=action,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=clock.now(),
    )


def _with_itself() -> InvalidRequest:
    detail = "This is the same report."
    return InvalidRequest(errors=[{"pointer": "#/with", "code": "same_report", "detail": detail}])
