"""Whether a record's time is over, and what stands against erasing it all the same."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, func, select

from app.advice import service as advice
from app.identity.grant_states import HOLDS, end_of
from app.models import (
    AdviceMessage,
    AdviceRequest,
    AuditEntry,
    Escalation,
    Report,
    ReportAccess,
    RetentionPolicy,
    RoleGrant,
)
from app.reports import holds, states, withdrawn
from app.retention import policies
from app.schools import service as schools
from app.vocabulary import AdviceStatus, EscalationState, ReportState, Role, SecondPersonState, SubjectKind
from app.vocabulary.keeping import RetentionClass, RetentionResult, RetentionTrigger

Policies = Mapping[RetentionClass, RetentionPolicy]
# What somebody has done something with since is not erased yet, whatever its policy says.
REST = dt.timedelta(days=7)


def kept_as(report: Report, known: Policies, *, by_law: bool) -> tuple[RetentionClass, dt.datetime | None]:
    """The class whose policy it is kept by, and from which hour on a run may erase it: None for what is not over, is
    erased, or is kept for good.

    What was taken back is never kept for longer than if it had not been, unless the school keeps it `by_law`.
    """
    own = _class_of_content(report)
    if report.state is not ReportState.WITHDRAWN:
        return own, _due_at(report, known[own])
    restricted = RetentionClass.WITHDRAWN_RESTRICTED
    due = _due_at(report, known[restricted])
    without = None if by_law else _due_at(report, known[own], ended=report.closed_hour)
    if without is not None and (due is None or without < due):
        return own, without
    return restricted, due


def _class_of_content(report: Report) -> RetentionClass:
    """Only what asked for advice and names nobody is `advice_only_unnamed`."""
    unnamed = report.identity_sealed is None and report.wants == "advice_only"
    return RetentionClass.ADVICE_ONLY_UNNAMED if unnamed else RetentionClass.NAMED


def _due_at(report: Report, policy: RetentionPolicy, *, ended: dt.datetime | None = None) -> dt.datetime | None:
    period = policies.period_of(policy)
    if period is None or report.erased_hour is not None or not states.is_over(report):
        return None
    if ended is None:
        hours = [hour for hour in (report.closed_hour, report.withdrawn_hour) if hour is not None]
        ended = max(hours, default=report.updated_hour)
    return (max(ended, report.updated_hour) if policy.trigger is RetentionTrigger.LAST_USED else ended) + period


def look(
    session: Session, report: Report, known: Policies, *, now: dt.datetime
) -> tuple[RetentionClass, RetentionResult] | None:
    """What a run would do with it: None while its time is not over."""
    kept, due = kept_as(report, known, by_law=holds.records_law(session, report))
    if due is None or due > now:
        return None
    return kept, _standing_against(session, report, now=now)


def look_at_advice(
    session: Session, request: AdviceRequest, known: Policies, *, now: dt.datetime
) -> tuple[RetentionClass, RetentionResult] | None:
    """As `look`. A request is over when it is closed, which its supporter alone can do, or once they are none any more;
    where the trail has that closing no more, with the last that was written in it, or its paging's end."""
    policy = known[RetentionClass.ADVICE_REQUEST]
    period = policies.period_of(policy)
    gone_at = _no_supporter_since(session, request.person_id, now=now)
    is_over = request.status is AdviceStatus.CLOSED or gone_at is not None
    if period is None or request.erased_hour is not None or not is_over:
        return None
    written = session.exec(
        select(func.max(AdviceMessage.sent_at)).where(AdviceMessage.request_id == request.id)
    ).one_or_none()
    ended = session.exec(
        select(Escalation.closed_at).where(
            Escalation.subject_kind == SubjectKind.ADVICE_REQUEST, Escalation.subject_id == request.id
        )
    ).first()
    acts = _acts(session, request)
    closed = acts.get(advice.CLOSED) if request.status is AdviceStatus.CLOSED else gone_at
    known_hours = (request.created_at, written, ended, closed)
    over = max(each for each in known_hours if each is not None)
    used = max(over, *acts.values()) if acts else over
    if (used if policy.trigger is RetentionTrigger.LAST_USED else over) + period > now:
        return None
    if schools.is_held(session, request.school_id):
        return RetentionClass.ADVICE_REQUEST, RetentionResult.HELD
    found = RetentionResult.UPDATED if used > now - REST else RetentionResult.DUE
    return RetentionClass.ADVICE_REQUEST, found


def closed_by_nobody() -> sa.ColumnElement[bool]:
    """Of a query over requests for advice: whoever asked has the role of a supporter no more, so that nobody can close
    them."""
    return ~sa.exists().where(
        col(RoleGrant.person_id) == col(AdviceRequest.person_id), col(RoleGrant.role) == Role.SUPPORTER, HOLDS
    )


def _no_supporter_since(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> dt.datetime | None:
    """When somebody's role of a supporter ended, by leaving or otherwise. None while they have it."""
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.role == Role.SUPPORTER))
    ends = [end_of(grant, now=now) for grant in grants]
    return None if None in ends else max((end[0] for end in ends if end is not None), default=None)


def _acts(session: Session, request: AdviceRequest) -> dict[str, dt.datetime]:
    """What was done about a request, by the last hour in which it was. To look at it is nothing done."""
    done = select(AuditEntry.action, func.max(AuditEntry.hour)).where(
        col(AuditEntry.subject) == str(request.id), AuditEntry.action != advice.READ
    )
    return dict(session.exec(done.group_by(col(AuditEntry.action))).all())


def was_read(session: Session, report: Report) -> bool:
    opened = select(ReportAccess.hour).where(ReportAccess.report_id == report.id)
    return session.exec(opened.limit(1)).first() is not None


def _standing_against(session: Session, report: Report, *, now: dt.datetime) -> RetentionResult:
    if holds.held(session, report):
        return RetentionResult.HELD
    # Nobody opens any more what was taken back: it would be kept for good.
    if report.state is not ReportState.WITHDRAWN and not was_read(session, report):
        return RetentionResult.UNREAD
    if _undecided(session, report, now=now):
        return RetentionResult.UNDECIDED
    return RetentionResult.UPDATED if report.updated_hour > now - REST else RetentionResult.DUE


def _undecided(session: Session, report: Report, *, now: dt.datetime) -> bool:
    """Whether a person has still to do something about it: answer, decide, agree, or look into an incident.

    Of what was taken back nothing is asked any more but whether it may go: what waited then can be answered by nobody.
    """
    if report.undo_until is not None and report.undo_until > now:
        return True
    if holds.looked_into(session, report) or withdrawn.to_be_decided(session, report):
        return True
    return report.state is not ReportState.WITHDRAWN and _waits(session, report)


def _waits(session: Session, report: Report) -> bool:
    """Whether somebody is asked about it, or something of it takes a second person."""
    asked = select(Escalation.id).where(
        Escalation.subject_kind == SubjectKind.REPORT,
        Escalation.subject_id == report.id,
        Escalation.state != EscalationState.CLOSED,
    )
    if session.exec(asked.limit(1)).first() is not None:
        return True
    connection = session.connection()
    return any(
        connection.execute(sa.select(sa.literal(1)).where(link == report.id, state == _AWAITED).limit(1)).first()
        is not None
        for link, state in _takes_two_people()
    )


_AWAITED = SecondPersonState.AWAITING_SECOND_PERSON


@functools.cache
def _takes_two_people() -> tuple[tuple[Any, Any], ...]:
    """Of every table about reports in which something can wait for a second person: its report, and where that stands.

    Read off the tables: one that is added later is waited for as well.
    """
    found = []
    for table in SQLModel.metadata.tables.values():
        links = [key.parent for key in table.foreign_keys if key.column.table.name == "reports"]
        awaited = [column for column in table.columns if getattr(column.type, "enum_class", None) is SecondPersonState]
        found += [(link, state) for link in links for state in awaited]
    return tuple(found)
