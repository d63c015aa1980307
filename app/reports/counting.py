"""Count what reports say by ticking, for tables of a period. A report is counted once, whenever it is erased.

What is erased before its period is closed is counted then (`count_erased`), into a sealed tally of the period; what is
still there, when it is closed. Both go through `tally_of`, so that when erasure ran changes no number. Not counted is
what its reporter has taken back, and what is for independent handlers alone: nobody else is to know of it.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.db import inserter
from app.core.ids import new_opaque_id
from app.guidance.signs import ConcernType
from app.models import (
    Report,
    ReportAccess,
    ReportMessage,
    ReportOutcome,
    School,
    Site,
    StatisticsPeriod,
    StatisticsRules,
    StatisticsTally,
)
from app.reports import periods
from app.reports.periods import Period
from app.schools import service as schools
from app.vault import columns
from app.vocabulary import MessageAuthor, Outcome, SecondPersonState

# By how many whole hours the first answer came; coarse, because a time is a person's.
ANSWERED_WITHIN = (("one_hour", 1), ("four_hours", 4), ("one_day", 24), ("three_days", 72))
ANSWERED_LATER, NOT_ANSWERED = "longer", "not_answered"
ANSWERS = (*(code for code, _ in ANSWERED_WITHIN), ANSWERED_LATER, NOT_ANSWERED)
# A table of two: the code of the row, and that of the cell.
BETWEEN = "/"


@dataclass(slots=True)
class Tally:
    """How many reports, and how many of each code of each table. Sums of tallies are tallies of the sum."""

    total: int = 0
    tables: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, other: Tally) -> None:
        self.total += other.total
        for name, counts in other.tables.items():
            self.tables[name].update(counts)

    def written(self) -> str:
        tables = {name: dict(sorted(counts.items())) for name, counts in sorted(self.tables.items()) if counts}
        return json.dumps({"total": self.total, "tables": tables}, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Tally:
        kept = json.loads(text)
        tally = cls(total=kept["total"])
        for name, counts in kept["tables"].items():
            tally.tables[name].update(counts)
        return tally


def count_erased(session: Session, report: Report) -> None:
    """Add a report that the caller is about to erase to the tally of its period, unless that is closed.

    Waits for whoever closes it, and they for this.
    """
    if not _counts(report):
        return
    school = session.get_one(School, report.school_id)
    period = periods.of_day(day_of(report, schools.zone_of(school)), terms(session, school.id))
    if period is None or is_closed(session, school.id, period):
        return
    kept = locked(session, school.id, period)
    if is_closed(session, school.id, period):
        return
    tally = waiting(session, kept)
    tally.add(tally_of(session, [report]))
    columns.TALLY.seal(session, kept, tally.written(), school_id=school.id)
    session.add(kept)
    session.flush()


def of_period(session: Session, school: School, period: Period) -> Tally:
    """All reports of a period, those that are erased with them. Locks the period's tally."""
    tally = waiting(session, locked(session, school.id, period))
    zone, day = schools.zone_of(school), dt.timedelta(days=1)
    start = dt.datetime.combine(period.starts_on, dt.time(), tzinfo=zone)
    end = dt.datetime.combine(period.ends_on, dt.time(), tzinfo=zone) + day
    found = session.exec(
        select(Report).where(
            Report.school_id == school.id,
            col(Report.erased_hour).is_(None),
            col(Report.submitted_at) >= (start - day).astimezone(dt.UTC),
            col(Report.submitted_at) < (end + day).astimezone(dt.UTC),
        )
    ).all()
    own = [each for each in found if _counts(each) and period.starts_on <= day_of(each, zone) <= period.ends_on]
    tally.add(tally_of(session, own))
    return tally


def tally_of(session: Session, reports: Sequence[Report]) -> Tally:
    """What these say, all of which count."""
    tally, ids = Tally(total=len(reports)), [report.id for report in reports]
    outcomes, answered, read = _outcomes(session, ids), _answered(session, ids), _read(session, ids)
    regions = _regions(session, reports)
    for report in reports:
        said, tables = report.details, tally.tables
        tables["concern_type"].update(set(said.get("concern_types") or ()))
        tables["outcome"].update(outcomes.get(report.id, ()))
        tables["wants"][report.wants] += 1
        tables["priority"][report.priority_set or report.priority_stated] += 1
        if said.get("relationship") is not None:
            tables["relationship"][said["relationship"]] += 1
            if said.get("peer_knows") is not None:
                tables["relationship,peer_knows"][f"{said['relationship']}{BETWEEN}{said['peer_knows']}"] += 1
        region = regions.get(str(said.get("site_id")))
        if region is not None and ConcernType.PLACEMENT_ISOLATION in (said.get("concern_types") or ()):
            tables["concern_type,region"][f"{ConcernType.PLACEMENT_ISOLATION}{BETWEEN}{region}"] += 1
        tables["answer"][_answer_class(report, answered.get(report.id))] += 1
        tables["target"]["missed"] += _missed(report, read.get(report.id))
    return tally


def day_of(report: Report, zone: ZoneInfo) -> dt.date:
    """The school's day of the hour in which it came: the same before and after its time is cut to the hour."""
    return hour_of(report.submitted_at).astimezone(zone).date()


def terms(session: Session, school_id: uuid.UUID) -> tuple[Period, ...]:
    rules = session.get(StatisticsRules, school_id)
    return () if rules is None else periods.terms_of(rules.terms)


def is_closed(session: Session, school_id: uuid.UUID, period: Period) -> bool:
    closed = select(StatisticsPeriod.id).where(
        StatisticsPeriod.school_id == school_id, StatisticsPeriod.period == period.code
    )
    return session.exec(closed).one_or_none() is not None


def locked(session: Session, school_id: uuid.UUID, period: Period) -> StatisticsTally:
    """The tally of a period, made if it is not there, and nobody else's until the transaction ends."""
    new = {"id": new_opaque_id(), "school_id": school_id, "period": period.code, "counts_sealed": None}
    table: Any = StatisticsTally
    insert = inserter(session.get_bind().dialect.name)(table.__table__).values(new)
    session.connection().execute(insert.on_conflict_do_nothing(index_elements=["school_id", "period"]))
    own = select(StatisticsTally).where(StatisticsTally.school_id == school_id, StatisticsTally.period == period.code)
    return session.exec(own.with_for_update().execution_options(populate_existing=True)).one()


def waiting(session: Session, kept: StatisticsTally) -> Tally:
    """What was counted there so far."""
    if kept.counts_sealed is None:
        return Tally()
    return Tally.read(columns.TALLY.unseal(session, kept, school_id=kept.school_id))


def _counts(report: Report) -> bool:
    return report.withdrawn_hour is None and not report.independent


def _outcomes(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """By report, what came of it, each once. Two people's word is needed for what is not in effect yet."""
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    for some in _in_parts(ids):
        statement = select(ReportOutcome.report_id, ReportOutcome.outcome).where(
            col(ReportOutcome.report_id).in_(some),
            ReportOutcome.state == SecondPersonState.IN_EFFECT,
            ReportOutcome.outcome != Outcome.WITHDRAWN,
        )
        for report_id, outcome in session.exec(statement):
            found[report_id].add(outcome)
    return found


def _answered(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """By report, the hour of the first message that was not its reporter's."""
    found: dict[uuid.UUID, dt.datetime] = {}
    for some in _in_parts(ids):
        statement = (
            select(ReportMessage.report_id, sa.func.min(ReportMessage.sent_at))
            .where(col(ReportMessage.report_id).in_(some), ReportMessage.author != MessageAuthor.REPORTER)
            .group_by(col(ReportMessage.report_id))
        )
        found |= {report_id: hour_of(at) for report_id, at in session.exec(statement)}
    return found


def _read(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """By report, the hour in which somebody first read it."""
    found: dict[uuid.UUID, dt.datetime] = {}
    for some in _in_parts(ids):
        statement = (
            select(ReportAccess.report_id, sa.func.min(ReportAccess.hour))
            .where(col(ReportAccess.report_id).in_(some))
            .group_by(col(ReportAccess.report_id))
        )
        found |= dict(session.exec(statement).all())
    return found


def _regions(session: Session, reports: Iterable[Report]) -> dict[str, str]:
    """By site, of those that reports name and their school has."""
    named = {str(report.details["site_id"]) for report in reports if report.details.get("site_id") is not None}
    if not named:
        return {}
    own = select(Site.id, Site.region).where(
        col(Site.id).in_([uuid.UUID(each) for each in named]),
        col(Site.school_id).in_({report.school_id for report in reports}),
    )
    return {str(site_id): region for site_id, region in session.exec(own)}


def _answer_class(report: Report, answered: dt.datetime | None) -> str:
    if answered is None:
        return NOT_ANSWERED
    hours = (answered - hour_of(report.submitted_at)) / dt.timedelta(hours=1)
    return next((code for code, most in ANSWERED_WITHIN if hours <= most), ANSWERED_LATER)


def _missed(report: Report, read: dt.datetime | None) -> bool:
    """Whether it was read later than its reporter was told, by whole hours; or never."""
    told = report.promise.get("read_by")
    if told is None:
        return False
    return read is None or read > hour_of(dt.datetime.fromisoformat(told))


def _in_parts(ids: Sequence[uuid.UUID], *, most: int = 500) -> Iterable[Sequence[uuid.UUID]]:
    """SQLite takes so many parameters and no more."""
    return (ids[start : start + most] for start in range(0, len(ids), most))
