"""What a supporter may be given: by where they stand in the programme, and by what is in the way at the time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlmodel import Session, col, select

from app.models import Supporter
from app.rosters import absences
from app.supporters import binding, limits, training
from app.vocabulary.supporters import SERVES, SupporterStatus


def may_have_contact(session: Session, people: Collection[uuid.UUID], *, now: dt.datetime) -> set[uuid.UUID]:
    """Those of `people` who may be given somebody to get in touch with. Why another may not is nobody's business."""
    # Whoever is stepping down keeps whom they have, and is given nobody new.
    statement = select(Supporter.school_id, Supporter.person_id).where(
        col(Supporter.person_id).in_(people),
        col(Supporter.status).in_(SERVES),
        Supporter.status != SupporterStatus.STEPPING_DOWN,
    )
    by_school: dict[uuid.UUID, set[uuid.UUID]] = {}
    for school_id, person_id in session.exec(statement):
        by_school.setdefault(school_id, set()).add(person_id)
    found = {
        person for school_id, some in by_school.items() for person in binding.kept_by(session, school_id, some, now=now)
    }
    found &= training.valid(session, found, now=now)
    return limits.with_room(session, found - absences.paused(session, found, now=now))
