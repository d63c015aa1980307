"""Two schools may agree to be there for each other: with their independent handlers, one report at a time (J11)."""

from __future__ import annotations

import uuid

from sqlmodel import Session, select

from app.models import School
from app.schools import service as schools


def partner_of(session: Session, school_id: uuid.UUID) -> School | None:
    """The school that this one has agreed with. None unless each names the other: one alone cannot decide it."""
    school = session.get_one(School, school_id)
    named = schools.policies_of(school).independent_partner
    if named is None or named == school.slug:
        return None
    other = session.exec(select(School).where(School.slug == named)).one_or_none()
    if other is None or schools.policies_of(other).independent_partner != school.slug:
        return None
    return other
