"""Codes that let somebody choose a supporter once, without an account.

A friend gets one with the receipt of their report. On the report's side it is kept that one was given, and until when;
on the other, a hash of the code. The one leads to the other by a keyed hash alone, and only until the code is used: the
row is gone with that, so that nobody can find the peer's contact from the report, or the report from the contact
(decision 46).
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.core.problems import Conflict, NotFound
from app.core.receipts import new_receipt, normal_form
from app.models import ContactCode, GivenContactCode, School
from app.schools import service as schools
from app.vault import service as vault

GOOD_FOR = dt.timedelta(days=14)
# For one report. A worry is about somebody, and a code that is lost can be taken back.
MOST_OPEN = 3
# Of somebody who came by an open invitation: longer than their token.
SESSION_ROW_FOR = dt.timedelta(hours=2)


class NobodyToChoose(Conflict):
    code, status, title = "nobody_to_choose", 409, "Nobody can be chosen here"
    default_detail = "This school has no peer supporters. Nothing was stored. The help in this answer is there."
    helps_everyone = True

    @property
    def durable(self) -> bool:
        """A retry with the same key counts once there is somebody."""
        return False


class TooManyCodes(Conflict):
    code, status, title = "too_many_contact_codes", 409, "There are as many open codes of this as there can be"
    default_detail = "They end by themselves, or you can take them all back and get new ones."


def make(session: Session, *, report_id: uuid.UUID, school_id: uuid.UUID, now: dt.datetime) -> tuple[str, dt.date]:
    """A code, which nobody can read again, and its last day. For a report that the caller has locked.

    Raises NobodyToChoose at a school without a programme, TooManyCodes.
    """
    if not schools.has_programme(session.get_one(School, school_id)):
        raise NobodyToChoose
    if count_open(session, report_id, now=now) >= MOST_OPEN:
        raise TooManyCodes
    code, last_day = new_receipt(), (now + GOOD_FOR).date()
    given = GivenContactCode(report_id=report_id, good_until=last_day)
    session.add(given)
    session.flush()
    session.add(
        ContactCode(
            school_id=school_id,
            code_hash=hash_of(session, code),
            back_hash=_back_hash(session, given),
            good_until=dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), dt.UTC),
        )
    )
    session.flush()
    return code, last_day


def count_open(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Those that were given and not taken back, used or not: whether a peer came is theirs to tell."""
    given = select(func.count()).select_from(GivenContactCode)
    return session.exec(
        given.where(GivenContactCode.report_id == report_id, col(GivenContactCode.good_until) >= now.date())
    ).one()


def take_back(session: Session, report_id: uuid.UUID) -> None:
    """Those that were not used open nothing from now on. Of one that was used the peer keeps what came of it."""
    for given in session.exec(select(GivenContactCode).where(GivenContactCode.report_id == report_id)).all():
        session.exec(sa.delete(ContactCode).where(col(ContactCode.back_hash) == _back_hash(session, given)))
        session.delete(given)
    session.flush()


def for_a_session(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> ContactCode:
    """Leave to choose for somebody who has no code: it ends with their session."""
    row = ContactCode(school_id=school_id, good_until=hour_of(now) + SESSION_ROW_FOR)
    session.add(row)
    session.flush()
    return row


def find(session: Session, code_id: uuid.UUID, *, now: dt.datetime) -> ContactCode:
    """Raises NotFound, the same for one that was used, taken back or is past its day."""
    row = session.get(ContactCode, code_id)
    if row is None or row.good_until <= now:
        raise NotFound
    return row


def opened_by(session: Session, code: str, *, now: dt.datetime) -> ContactCode | None:
    """Whose code this is. None for one that opens nothing."""
    wanted = select(ContactCode).where(ContactCode.code_hash == hash_of(session, code))
    return session.exec(wanted.where(col(ContactCode.good_until) > now)).one_or_none()


def spend(session: Session, code_id: uuid.UUID, *, now: dt.datetime) -> uuid.UUID:
    """Use it up, and say of which school it was. Of two at once the second waits, and finds nothing: NotFound."""
    spent = sa.delete(ContactCode).where(col(ContactCode.id) == code_id, col(ContactCode.good_until) > now)
    row = session.connection().execute(spent.returning(col(ContactCode.school_id))).first()
    if row is None:
        raise NotFound
    school_id: uuid.UUID = row[0]
    return school_id


def hash_of(session: Session, code: str) -> bytes:
    """What is kept of a code: a use of its own, so that none is a receipt."""
    return vault.lookup_hash(session, normal_form(code), use="contact code")


def replay_end_hash(session: Session, code: str) -> bytes:
    """What ends the replay of the answer that showed it."""
    return vault.lookup_hash(session, normal_form(code), use="contact code replay")


def _back_hash(session: Session, given: GivenContactCode) -> bytes:
    return vault.lookup_hash(session, str(given.id), use="contact code taken back")
