"""What stands against destroying a report: a legal hold on it, or a law that has its school keep what it received."""

from __future__ import annotations

from sqlmodel import Session

from app.models import Report, School
from app.schools import service as schools


class Held(Exception):
    """There is a legal hold on it: nothing of it can be destroyed until the hold is lifted."""


def held(session: Session, report: Report) -> bool:  # noqa: ARG001  what an answer will need, once a hold can be set
    """Whether there is a legal hold on this report. None can be set in this release: the answer is no."""
    return False


def must_keep(session: Session, report: Report) -> bool:
    """Whether a withdrawal may not destroy it, because of a hold or a law on records (domain, 3.5)."""
    return held(session, report) or records_law(session, report)


def records_law(session: Session, report: Report) -> bool:
    """Whether its school has said that a law forbids it to destroy what it was sent."""
    return schools.policies_of(session.get_one(School, report.school_id)).keeps_withdrawn_reports
