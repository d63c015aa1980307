"""What stands against destroying a report: a legal hold on it or on its school, a law on what a school receives, or a
privacy incident about it that is not closed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import LegalHold, PrivacyIncident, Report, School
from app.schools import service as schools
from app.vocabulary.keeping import IncidentStatus


class Held(Exception):
    """There is a legal hold on it: nothing of it can be destroyed until the hold is lifted."""


def held(session: Session, report: Report) -> bool:
    """Whether there is a legal hold on this report, or on everything of its school."""
    return report.id in held_among(session, report.school_id, [report.id])


def held_among(session: Session, school_id: uuid.UUID, report_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of a school's reports on which there is a hold; all of them under one on the school."""
    about = sa.or_(col(LegalHold.report_id).is_(None), col(LegalHold.report_id).in_(report_ids))
    found = session.exec(select(LegalHold).where(*_in_force(school_id), about)).all()
    if any(hold.report_id is None for hold in found):
        return set(report_ids)
    return {hold.report_id for hold in found if hold.report_id is not None}


def shut_out(session: Session, school_id: uuid.UUID) -> None:
    """From here to the end of the transaction nobody places a hold on the whole school (`schools.is_held`).

    Whoever erases calls this before they look whether there is one; one on a single report waits for the report's own
    lock. SQLite has one writer.
    """
    session.exec(select(School.id).where(School.id == school_id).with_for_update(read=True)).one()


def must_keep(session: Session, report: Report) -> bool:
    """Whether a withdrawal may not destroy it: a hold, a law on records (domain, 3.5), or an incident (decision 59)."""
    return held(session, report) or records_law(session, report) or looked_into(session, report)


def looked_into(session: Session, report: Report) -> bool:
    """Whether a privacy incident about it is not closed: it would lose its words with those of the report."""
    waiting = select(PrivacyIncident.id).where(
        PrivacyIncident.report_id == report.id, PrivacyIncident.status != IncidentStatus.CLOSED
    )
    return session.exec(waiting.limit(1)).first() is not None


def records_law(session: Session, report: Report) -> bool:
    """Whether its school has said that a law forbids it to destroy what it was sent."""
    return schools.policies_of(session.get_one(School, report.school_id)).keeps_withdrawn_reports


def _in_force(school_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(LegalHold.school_id) == school_id, col(LegalHold.released_hour).is_(None))
