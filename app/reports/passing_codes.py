"""A reporter's side of codes for a peer: get one, see how many there are, take them back. None of it moves the report.

Whoever handles it learns of none of this: it is between two friends.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.contacts import codes
from app.contacts.choice_schemas import ContactCodeMade, ContactCodesOut
from app.contacts.texts import load_texts
from app.reports import mine


def make(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> ContactCodeMade:
    """Raises NotFound, ReportWithdrawn, NobodyToChoose, TooManyCodes."""
    report = mine.find(session, report_id, now=now, lock=True)
    code, good_until = codes.make(session, report_id=report.id, school_id=report.school_id, now=now)
    texts = load_texts()
    return ContactCodeMade(
        code=code,
        good_until=good_until,
        to_pass_on=list(texts.to_pass_on),
        about=list(texts.about_the_code),
        open=codes.count_open(session, report.id, now=now),
    )


def show(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> ContactCodesOut:
    """Raises NotFound, ReportWithdrawn."""
    report = mine.find(session, report_id, now=now)
    return ContactCodesOut(
        open=codes.count_open(session, report.id, now=now),
        most=codes.MOST_OPEN,
        about=list(load_texts().about_the_code),
    )


def take_back(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Also of a report that was taken back, while that can be undone. Raises NotFound."""
    report = mine.find(session, report_id, now=now, lock=True, taken_back=True)
    codes.take_back(session, report.id)
