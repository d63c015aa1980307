"""A digest of each week: made once, kept as it was, and told by an event that says only that there is one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.directory import review
from app.events import outbox
from app.events.succession import DigestWeekly
from app.identity.actors import Actor, people_with
from app.models import (
    CoverageGap,
    Digest,
    Drill,
    Post,
    Report,
    ReportExcludedRole,
    ReportExclusion,
    Roster,
    School,
    Supporter,
    WebhookEndpoint,
)
from app.models.webhooks import EndpointHealth
from app.paging import drills
from app.privacy import incidents
from app.programme import risk, suggestions
from app.readiness import digest_rules, service
from app.readiness.digest_schemas import DigestFound, DigestOut, DigestPage, GapsOfRoster, LastDrill
from app.schools import posts
from app.schools import service as schools
from app.supporters import endings, supervised, training
from app.vocabulary import GapState, ReportState, Role, SchoolStatus
from app.vocabulary.supporters import OF_THE_PROGRAMME, SERVES
from app.work import queue
from app.work.queue import Item

WEEKLY = "digests.weekly"
BEGIN = "digests.begin"
READERS = (Role.COORDINATOR, Role.SPONSOR, Role.PRIVACY_OFFICER)
AHEAD = dt.timedelta(days=28)
BACK = dt.timedelta(days=28)
# Of fewer reports in four weeks nothing is said at all: somebody would know whose it was (domain, 3.7).
FEWEST_REPORTS = 10


def page(session: Session, actor: Actor, request: PageRequest) -> DigestPage:
    statement = request.slice(_visible(actor), at=col(Digest.made_at), row_id=col(Digest.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.made_at, row.id))
    return DigestPage(items=[_out(session, actor, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, week: dt.date) -> DigestOut:
    """By the Monday of the week. Raises NotFound."""
    row: Digest | None = session.exec(_visible(actor).where(Digest.week == week)).one_or_none()
    if row is None:
        raise NotFound
    return _out(session, actor, row)


def weekly(session: Session, item: Item, now: dt.datetime) -> None:
    """Begin those that are due, each in a transaction of its own, and come again in a quarter of an hour."""
    open_ones = select(School).where(School.status == SchoolStatus.ACTIVE).order_by(col(School.id))
    for school in session.exec(open_ones).all():
        try:
            week = _due(school, now=now)
        except (ValueError, LookupError):
            # What cannot be read of one school keeps no other from its digest. Its own work fails, and that is told.
            week = now.date()
        if week is not None and not _is_made(session, school.id, week):
            queue.enqueue(session, BEGIN, school.id, due_at=now, now=now, key=f"{BEGIN}/{school.id}/{week}")
    queue.enqueue(session, WEEKLY, item.subject, due_at=digest_rules.next_look(now), now=now, key=WEEKLY)


def begin(session: Session, item: Item, now: dt.datetime) -> None:
    """Make the digest of a school, and tell its coordinators that there is one. Safe to repeat."""
    school = session.exec(select(School).where(School.id == item.subject).with_for_update(key_share=True)).one()
    week = _due(school, now=now)
    if week is None or _is_made(session, school.id, week):
        return
    found = made(session, school, now=now)
    minute = now.replace(second=0, microsecond=0)
    row = Digest(school_id=school.id, week=week, found=found.model_dump(mode="json"), made_at=minute)
    session.add(row)
    session.flush()
    data = DigestWeekly(school=school.slug, digest_id=row.id, week=week)
    who = people_with(session, school.id, Role.COORDINATOR)
    outbox.emit(session, "digest.weekly", data, school_id=school.id, now=now, tell=who, only_people=True)


def made(session: Session, school: School, *, now: dt.datetime) -> DigestFound:
    """What there is to look at now."""
    return DigestFound(
        gaps=_gaps(session, school, now=now),
        reports_late=_reports_late(session, school, now=now),
        posts_vacant=_vacant(session, school),
        ends_soon=_ends_soon(session, school, now=now),
        training_lapsing=_lapsing(session, school, now=now),
        supervision_overdue=supervised.anybody_overdue(session, school, now=now),
        at_risk=risk.reasons_of(session, school, now=now),
        directory_overdue=len(review.overdue_of(session, school, today=schools.today(school, now=now))),
        drill=_drill(session, school, now=now),
        endpoints_failing=_failing(session, school),
        not_ready=[code for code, _ in service.missing(session, school, now=now)],
        suggestions_wait=suggestions.any_new(session, school.id),
    )


def _gaps(session: Session, school: School, *, now: dt.datetime) -> list[GapsOfRoster]:
    statement = (
        select(Roster, func.count())
        .join(CoverageGap, col(CoverageGap.roster_id) == col(Roster.id))
        .where(
            Roster.school_id == school.id,
            CoverageGap.state == GapState.OPEN,
            CoverageGap.starts_at < now + AHEAD,
            col(CoverageGap.external_entry_id).is_(None),
        )
        .group_by(col(Roster.id))
        .order_by(col(Roster.id))
        .limit(200)
    )
    return [
        GapsOfRoster(roster_id=roster.id, name=roster.name, line=roster.line, level=roster.level, gaps=count)
        for roster, count in session.exec(statement)
    ]


def _reports_late(session: Session, school: School, *, now: dt.datetime) -> Any:
    """Of those alone that are kept from nobody: that there is another must be seen nowhere (J14)."""
    known = (
        Report.school_id == school.id,
        col(Report.independent).is_(False),
        ~sa.exists().where(col(ReportExclusion.report_id) == col(Report.id)),
        ~sa.exists().where(col(ReportExcludedRole.report_id) == col(Report.id)),
    )
    received = session.exec(select(func.count()).select_from(Report).where(*known, Report.submitted_at > now - BACK))
    waits = select(Report).where(*known, Report.state == ReportState.NEW, col(Report.claimed_by).is_(None))
    late = any(_is_late(row, now=now) for row in session.exec(waits.limit(1000)))
    return digest_rules.waiting(received=received.one(), late=late, fewest=FEWEST_REPORTS)


def _is_late(report: Report, *, now: dt.datetime) -> bool:
    promised = report.promise.get("read_by")
    return promised is not None and dt.datetime.fromisoformat(promised) < now


def _vacant(session: Session, school: School) -> list[str]:
    codes = session.exec(select(Post.code).where(Post.school_id == school.id).order_by(col(Post.created_at)).limit(200))
    return [code for code in codes.all() if posts.is_vacant(session, school.id, code)]


def _ends_soon(session: Session, school: School, *, now: dt.datetime) -> int:
    until = schools.today(school, now=now) + endings.NOTICE
    statement = select(func.count()).select_from(Supporter)
    return session.exec(
        statement.where(
            Supporter.school_id == school.id,
            col(Supporter.status).in_(OF_THE_PROGRAMME),
            col(Supporter.expected_end) <= until,
        )
    ).one()


def _lapsing(session: Session, school: School, *, now: dt.datetime) -> int:
    serving = select(Supporter.person_id).where(Supporter.school_id == school.id, col(Supporter.status).in_(SERVES))
    until = schools.today(school, now=now) + AHEAD
    return sum(
        each.valid_until is None or each.valid_until < until
        for each in training.standings_of(session, session.exec(serving).all()).values()
    )


def _drill(session: Session, school: School, *, now: dt.datetime) -> LastDrill | None:
    lately = select(Drill).where(Drill.school_id == school.id, Drill.started_at > now - dt.timedelta(days=7))
    row = session.exec(lately.order_by(col(Drill.started_at).desc()).limit(1)).first()
    if row is None:
        return None
    summary = drills.summary_of(session, row)
    return LastDrill(drill_id=row.id, asked=summary.asked, answered=summary.answered, unreached=summary.unreached)


def _failing(session: Session, school: School) -> int:
    statement = select(func.count()).select_from(WebhookEndpoint)
    return session.exec(
        statement.where(WebhookEndpoint.school_id == school.id, WebhookEndpoint.health == EndpointHealth.FAILING)
    ).one()


def _due(school: School, *, now: dt.datetime) -> dt.date | None:
    decided = schools.policies_of(school)
    zone = schools.zone_of(school)
    return digest_rules.due_week(now=now, zone=zone, weekday=decided.digest_weekday, hour=decided.digest_hour)


def _is_made(session: Session, school_id: uuid.UUID, week: dt.date) -> bool:
    made_already = select(Digest.id).where(Digest.school_id == school_id, Digest.week == week)
    return session.exec(made_already.limit(1)).first() is not None


def _visible(actor: Actor) -> Any:
    actor.require(*READERS)
    return select(Digest).where(Digest.school_id == actor.require_school())


def _out(session: Session, actor: Actor, row: Digest) -> DigestOut:
    officer = actor.has(Role.PRIVACY_OFFICER)
    return DigestOut(
        id=row.id,
        week=row.week,
        made_at=row.made_at,
        found=DigestFound.model_validate(row.found),
        # As they may know of it now: of one that is kept from somebody they are not told.
        incidents_open=incidents.any_open(session, actor) if officer else None,
    )
