"""Whether a programme may end with those who go next: told once for what is so, and anew when it was well between."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.events import outbox
from app.events.succession import SuccessionAtRisk
from app.identity.actors import people_with
from app.models import Person, RoleGrant, School, SuccessionWatch, Supporter
from app.programme import forecast_rules
from app.programme.forecast_rules import Standing, Term
from app.schools import profile
from app.schools import service as schools
from app.vocabulary import Role, SchoolStatus
from app.vocabulary.succession import RiskReason
from app.vocabulary.supporters import SERVES, SupporterStatus
from app.work import queue
from app.work.queue import Item

SWEEP = "succession.sweep"
LOOK = "succession.look"
SWEEP_EVERY = dt.timedelta(hours=1)


def minimum_of(school: School) -> int:
    """The fewest supporters that its programme goes on with; none where there is no programme."""
    return schools.policies_of(school).minimum_supporters if schools.has_programme(school) else 0


def standing_of(session: Session, school: School, *, now: dt.datetime) -> Standing:
    rows = session.exec(select(Supporter).where(Supporter.school_id == school.id)).all()
    if not schools.has_programme(school):
        return Standing(minimum=0, begun=False, supporters=[], had_sponsor=False, sponsors=[])
    written = profile.sponsors_written(session, school, now=now)
    people, had = people_with(session, school.id, Role.SPONSOR), _ever_had_sponsor(session, school)
    # Who the profile names, for as long as it says; where it names nobody, whoever has the role, without an end.
    ends = [each.term_end for each in written if not each.ended] if written else [None] * len(people)
    return Standing(
        minimum=minimum_of(school),
        begun=any(row.status in (*SERVES, SupporterStatus.ALUMNI) for row in rows),
        supporters=[row.expected_end for row in rows if row.status in SERVES],
        had_sponsor=bool(written) or had,
        # All of them have left, whatever the profile still says.
        sponsors=[] if had and not people else ends,
    )


def next_terms(session: Session, school: School, *, now: dt.datetime) -> list[Term]:
    known = [Term(each.name, each.ends_on, set_by_school=True) for each in profile.terms(session, school)]
    return forecast_rules.terms_ahead(known, today=schools.today(school, now=now))


def reasons_of(session: Session, school: School, *, now: dt.datetime) -> list[RiskReason]:
    standing = standing_of(session, school, now=now)
    term = next_terms(session, school, now=now)[0]
    return forecast_rules.reasons(standing, next_term=term, today=schools.today(school, now=now))


def has_too_few(session: Session, school: School, *, now: dt.datetime) -> bool:
    """Whether a programme that has begun has too few supporters, now or after the term. One that begins has its first
    ones still before it."""
    return bool({RiskReason.TOO_FEW_NOW, RiskReason.TOO_FEW_AFTER_TERM} & set(reasons_of(session, school, now=now)))


def look_at(session: Session, school: School, *, now: dt.datetime) -> None:
    """Tell coordinators and sponsors of what was well when they were last told. Safe to repeat."""
    found = reasons_of(session, school, now=now)
    row = session.get(SuccessionWatch, school.id, with_for_update=True, populate_existing=True)
    if row is None:
        if not found:
            return
        row = SuccessionWatch(school_id=school.id, told=[], updated_at=now)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            # Somebody else looks in this moment.
            return
    if list(row.told) == [str(each) for each in found]:
        return
    new = {str(each) for each in found} - set(row.told)
    row.told, row.updated_at = [str(each) for each in found], now
    session.add(row)
    session.flush()
    if new:
        who = people_with(session, school.id, Role.COORDINATOR, Role.SPONSOR)
        data = SuccessionAtRisk(school=school.slug, reasons=[str(each) for each in found])
        outbox.emit(session, "succession.at_risk", data, school_id=school.id, now=now, tell=who, only_people=True)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school that is open looked at, each in a transaction of its own, and come again. Safe to repeat."""
    open_ones = select(School.id).where(School.status == SchoolStatus.ACTIVE)
    queue.enqueue_for_each(session, LOOK, session.exec(open_ones), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """One school. Safe to repeat."""
    school = session.get(School, item.subject)
    if school is not None and school.status is SchoolStatus.ACTIVE:
        look_at(session, school, now=now)


def _ever_had_sponsor(session: Session, school: School) -> bool:
    ever = (
        select(RoleGrant.id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(Person.school_id == school.id, RoleGrant.role == Role.SPONSOR, col(RoleGrant.confirm_by).is_(None))
    )
    return session.exec(ever.limit(1)).first() is not None
