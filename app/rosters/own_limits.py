"""Hours on call that somebody of the programme may have in a week, on all lines together.

The school's limit protects those who take a shift of peer support, a lower one of their own whoever has said it,
wherever they are on call. The rules of a line are for everybody on it.
"""

from __future__ import annotations

import uuid

from sqlmodel import Session, select

from app.models import School, Supporter
from app.schools import service as schools
from app.vocabulary import RosterLine
from app.vocabulary.supporters import OF_THE_PROGRAMME


def weekly_hours(session: Session, school: School, person_id: uuid.UUID, *, line: RosterLine) -> int | None:
    """For a shift of `line`; None: no limit."""
    row = session.exec(select(Supporter).where(Supporter.person_id == person_id)).one_or_none()
    if row is None or row.status not in OF_THE_PROGRAMME:
        return None
    most = schools.policies_of(school).supporter_load.max_on_call_hours_per_week
    own = row.max_on_call_hours_per_week
    if line is not RosterLine.PEER_SUPPORT:
        return own
    return most if own is None else min(most, own)
