"""Statistics as an evaluator reads them: what was decided when a period was closed. Nothing is computed now."""

from __future__ import annotations

import uuid

from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.evaluation import closing, tables
from app.evaluation.statistics_schemas import (
    OpenPeriod,
    ShownCount,
    StatisticsCell,
    StatisticsIndex,
    StatisticsMethod,
    StatisticsPeriodOut,
    StatisticsTable,
    StatisticsTableKind,
    Transparency,
)
from app.evaluation.suppression import BASE, SMALLEST_DENOMINATOR
from app.identity.actors import Actor
from app.models import School, StatisticsPeriod
from app.schools import service as schools
from app.vocabulary import Role

READERS = (Role.EVALUATOR,)
MOST_DIMENSIONS = 2
# Of transparency: older ones are in what was published then.
MOST_PERIODS = 20
SOURCE = (
    "Worries shared with the school in the period, as they stood when it was closed; those that were erased before are "
    "counted as they stood then. Not counted: what was taken back, and what is for independent handlers alone."
)
TEXT = (
    "Times are of the first answer, in classes. A target is missed where nobody had read a worry by the hour that its "
    "reporter was told. A confidentiality decision is one to tell somebody without the person's consent. A school has "
    "few of these, so most numbers are not shown."
)


class PeriodNotClosed(Conflict):
    code, status, title = "period_not_closed", 409, "This period is not closed yet"
    default_detail = "Its numbers are decided once, 30 days after its last day. See `closes_on` in the list of periods."


def index(session: Session, actor: Actor) -> StatisticsIndex:
    """The periods that have begun, the latest first, and the tables of each."""
    actor.require(*READERS)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    closed = {row.period: row for row in _closed(session, school.id)}
    open_ = [each for each in closing.so_far(session, school, now=now) if each.code not in closed]
    found = [
        StatisticsPeriodOut(
            period=each.code,
            starts_on=each.starts_on,
            ends_on=each.ends_on,
            closes_on=each.closes_on,
            closed_on=None,
        )
        for each in open_
    ]
    found += [
        StatisticsPeriodOut(
            period=row.period,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            closes_on=row.closed_on,
            closed_on=row.closed_on,
        )
        for row in closed.values()
    ]
    kinds = [StatisticsTableKind(by=sort.name, about=sort.about, adds_up=sort.adds_up) for sort in tables.SORTS]
    return StatisticsIndex(
        school=school.slug, periods=sorted(found, key=lambda each: each.starts_on, reverse=True), tables=kinds
    )


def table(session: Session, actor: Actor, *, period: str, by: str) -> StatisticsTable:
    """One table of a closed period. Raises NotFound for a period that the school does not have, PeriodNotClosed, and
    InvalidRequest for a table that there is not."""
    actor.require(*READERS)
    sort = _sort(by)
    school = session.get_one(School, actor.require_school())
    row = session.exec(
        select(StatisticsPeriod).where(StatisticsPeriod.school_id == school.id, StatisticsPeriod.period == period)
    ).one_or_none()
    if row is None:
        if period in {each.code for each in closing.so_far(session, school, now=clock.now())}:
            raise PeriodNotClosed
        raise NotFound
    return StatisticsTable(
        school=school.slug,
        period=row.period,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        closed_on=row.closed_on,
        by=list(sort.by),
        about=sort.about,
        total=ShownCount.model_validate(row.shown["total"]),
        cells=[StatisticsCell.model_validate(cell) for cell in row.shown["tables"][sort.name]],
        method=StatisticsMethod(
            smallest_group=row.smallest_group,
            rounded_to=BASE,
            percent_from=SMALLEST_DENOMINATOR,
            adds_up=sort.adds_up,
            never_shown=sort.rest,
            rules=rules(row.smallest_group),
            source=SOURCE,
        ),
    )


def transparency(session: Session, slug: str) -> Transparency:
    """Of the closed periods, the latest first. Raises SchoolNotFound."""
    school = schools.find(session, slug)
    rows = sorted(_closed(session, school.id), key=lambda row: row.starts_on, reverse=True)[:MOST_PERIODS]
    return Transparency(
        school=school.slug,
        text=TEXT,
        rules=rules(min((row.smallest_group for row in rows), default=closing.smallest_group(session, school))),
        periods=[
            OpenPeriod.model_validate(
                {
                    "period": row.period,
                    "starts_on": row.starts_on,
                    "ends_on": row.ends_on,
                    "closed_on": row.closed_on,
                    "worries": row.shown["total"],
                    **row.shown["transparency"],
                }
            )
            for row in rows
        ],
    )


def rules(k: int) -> list[str]:
    """What everybody may know of how numbers are hidden: knowing it helps nobody to find one."""
    return [
        f"A number below {k} is not shown (`small`), zero included. Where no number of a table is shown, `small` is "
        "said of each and says nothing about any one of them.",
        f"Every number is rounded to {BASE} by itself: a total is not the sum of what is shown below it.",
        "Where a hidden number could be worked out from the others, another one is hidden with it (`complementary`): "
        "the last of the table first, whatever it is.",
        f"Where fewer than {k} are not of a code, its number is not shown either: nearly all is said of each of them.",
        f"A percentage is of rounded numbers, and is given of {SMALLEST_DENOMINATOR} or more as they are shown.",
        "Periods are whole years, or terms that were named before their year began, and never both. They are closed "
        "once: nothing changes a closed period.",
        "There are no numbers across schools.",
    ]


def _sort(by: str) -> tables.Sort:
    """Of one dimension, or of two in either order."""
    wanted = by.split(",")
    if len(wanted) > MOST_DIMENSIONS:
        raise InvalidRequest(errors=[_fault("too_many_dimensions", "Two at the most: three tell people apart.")])
    sort = tables.BY_NAME.get(by) or tables.BY_NAME.get(",".join(reversed(wanted)))
    if sort is None:
        known = "; ".join(tables.BY_NAME)
        raise InvalidRequest(errors=[_fault("unknown_table", f"There are these, and no others: {known}.")])
    return sort


def _fault(code: str, detail: str) -> dict[str, str]:
    return {"parameter": "by", "code": code, "detail": detail}


def _closed(session: Session, school_id: uuid.UUID) -> list[StatisticsPeriod]:
    statement = select(StatisticsPeriod).where(StatisticsPeriod.school_id == school_id)
    return list(session.exec(statement.order_by(col(StatisticsPeriod.starts_on))).all())
