"""Close a period: decide once, for good, what is shown of it.

Numbers that were shown twice, a little later or by other rules, would be two numbers whose difference is about few. So
what is shown is kept and never computed again: erasing reports, recording outcomes late, other rules of the school and
another release change nothing of it.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.evaluation import openness, tables
from app.evaluation.suppression import SMALLEST_GROUP
from app.models import (
    ConfidentialityDecision,
    Report,
    School,
    Site,
    StatisticsPeriod,
    StatisticsRules,
)
from app.reports import counting, periods
from app.reports.periods import Period
from app.schools import service as schools
from app.vocabulary import ConfidentialityBasis, SecondPersonState
from app.work import queue
from app.work.queue import Item

SWEEP, CLOSE = "statistics.sweep", "statistics.close"
LOOK_EVERY = dt.timedelta(hours=1)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Each school that has a period to close, in a transaction of its own."""
    for school in session.exec(select(School).order_by(col(School.id))):
        if due(session, school, now=now):
            # By the day, so that one that has begun is not asked for again.
            queue.enqueue(session, CLOSE, school.id, due_at=now, now=now, key=f"{CLOSE}/{school.id}/{now.date()}")
    queue.enqueue(session, SWEEP, item.subject, due_at=now + LOOK_EVERY, now=now, key=SWEEP)


def close_due(session: Session, item: Item, now: dt.datetime) -> None:
    """All of a school's periods that have ended long enough ago. Safe to repeat."""
    school = session.exec(select(School).where(School.id == item.subject)).one()
    for period in due(session, school, now=now):
        close(session, school, period, now=now)


def due(session: Session, school: School, *, now: dt.datetime) -> list[Period]:
    """Those that can be closed and are not, the earliest first."""
    today = schools.today(school, now=now)
    closed = set(session.exec(select(StatisticsPeriod.period).where(StatisticsPeriod.school_id == school.id)).all())
    return [each for each in so_far(session, school, now=now) if each.closes_on <= today and each.code not in closed]


def so_far(session: Session, school: School, *, now: dt.datetime) -> list[Period]:
    """All periods of a school that have begun, the earliest first: from the year in which it came to be here."""
    today, zone = schools.today(school, now=now), schools.zone_of(school)
    known = counting.terms(session, school.id)
    first = min(school.created_at.astimezone(zone).year, today.year)
    found = [period for year in range(first, today.year + 1) for period in periods.of_year(year, known)]
    return [each for each in found if each.starts_on <= today]


def close(session: Session, school: School, period: Period, *, now: dt.datetime) -> None:
    """Of two at once, one does it, and the other finds it done."""
    kept = counting.locked(session, school.id, period)
    if counting.is_closed(session, school.id, period):
        return
    k = smallest_group(session, school)
    tally = counting.of_period(session, school, period)
    shown = tables.shown(tally.total, tally.tables, regions=_regions(session, school), k=k)
    shown["transparency"] = openness.shown(
        tally.total,
        tally.tables["answer"],
        counting.ANSWERS,
        missed=tally.tables["target"]["missed"],
        decisions=_decisions(session, school, period),
        k=k,
    )
    session.add(
        StatisticsPeriod(
            school_id=school.id,
            period=period.code,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            closed_on=schools.today(school, now=now),
            smallest_group=k,
            shown=shown,
        )
    )
    # What was counted has served its purpose: from here on there are no numbers but those that are shown.
    kept.counts_sealed = None
    session.add(kept)
    trail.record(
        session,
        action="statistics.closed",
        school_id=school.id,
        person_id=None,
        subject=period.code,
        now=now,
    )
    session.flush()


def smallest_group(session: Session, school: School) -> int:
    rules = session.get(StatisticsRules, school.id)
    return SMALLEST_GROUP if rules is None else max(SMALLEST_GROUP, rules.smallest_group)


def _regions(session: Session, school: School) -> list[str]:
    """Those with two sites or more: a region with one would be that site by another name."""
    several = (
        select(Site.region)
        .where(Site.school_id == school.id, col(Site.retired).is_(False))
        .group_by(col(Site.region))
        .having(func.count() >= 2)
    )
    return sorted(session.exec(several).all())


def _decisions(session: Session, school: School, period: Period) -> int:
    """In effect, without consent, of reports that count; by the school's day on which they were proposed."""
    zone, day = schools.zone_of(school), dt.timedelta(days=1)
    start = dt.datetime.combine(period.starts_on, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    end = dt.datetime.combine(period.ends_on + day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    counted = (
        select(func.count())
        .select_from(ConfidentialityDecision)
        .join(Report, col(Report.id) == col(ConfidentialityDecision.report_id))
        .where(
            ConfidentialityDecision.school_id == school.id,
            ConfidentialityDecision.state == SecondPersonState.IN_EFFECT,
            ConfidentialityDecision.basis != ConfidentialityBasis.CONSENT,
            sa.not_(col(Report.independent)),
            col(Report.withdrawn_hour).is_(None),
            col(ConfidentialityDecision.proposed_hour) >= start,
            col(ConfidentialityDecision.proposed_hour) < end,
        )
    )
    return session.exec(counted).one()
