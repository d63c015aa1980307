"""A reader has kept the last privacy officer out of a report: somebody else looks at what is done with it (J14)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.models import Report, School
from app.privacy import incidents
from app.reports import deciding
from app.schools import service as schools
from app.vocabulary.keeping import IncidentKind
from app.work.queue import Item

# What whoever looks into it reads first: it says neither who was kept out nor why.
WORDS = (
    "Peerline has written this. Since somebody was kept out of this report, or the last of its readers was, no privacy "
    "officer may know of it. Look in its access log at who has read it and what was done with it, in their place."
)


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """It is told of as an incident, in the name of whoever did it and to anybody but them; and what was decided alone,
    which an officer would have looked into, is put to those who do so now."""
    report, by = session.get_one(Report, item.subject), uuid.UUID(item.payload["by"])
    school = session.get_one(School, report.school_id)
    incidents.begin(
        session,
        school,
        report,
        IncidentKind.OTHER,
        WORDS,
        happened_on=schools.today(school, now=now),
        told_by=by,
        kept_out={by},
        now=now,
    )
    deciding.tell_reviewers_anew(session, report, now=now)
