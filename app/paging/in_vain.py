"""What is told when nobody is there, or nobody has answered: gaps, and the end of a policy (J6)."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.events import outbox
from app.events.duty import CoverageGapLive
from app.events.pages import EscalationExhausted
from app.identity.actors import people_with
from app.models import Escalation, Page, School
from app.paging import asking, deadlines, grants, routing
from app.paging.escalation import Passed
from app.rosters import duty
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, Level, Role, SubjectKind
from app.webhooks import delivery
from app.work import queue
from app.work.queue import Item

# Of an escalation that was asked in vain: see whether somebody has come on duty before they were expected.
SOONER = "paging.sooner"
# What was asked in vain, and still has the one round that is asked when somebody comes on duty.
_WAITS = (
    col(Escalation.closed_at).is_(None),
    col(Escalation.answered_at).is_(None),
    Escalation.state == EscalationState.EXHAUSTED,
    col(Escalation.asked_again).is_(False),
)

log = structlog.get_logger("peerline.paging")


def exhaust(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """The end of the policy: a state of its own, itself announced, and asked through once more at the most."""
    if escalation.subject_kind is SubjectKind.DRILL:
        _end_drill(session, escalation, now=now)
        return
    school = session.get_one(School, escalation.school_id)
    again_at = _asked_again_at(session, escalation, now=now)
    grants.let_go(session, escalation, now=now)
    escalation.state = EscalationState.EXHAUSTED
    escalation.acknowledged_by = escalation.acknowledged_at = None
    escalation.exhausted_at = escalation.exhausted_at or now
    # Whoever has looked into it looked into what was before.
    escalation.reviewed_hour = None
    escalation.next_due_at = None
    escalation.fence += 1
    session.add(escalation)
    if again_at is not None:
        deadlines.set_timer(session, escalation, deadlines.ASK_AGAIN, due_at=again_at, now=now)
    data = EscalationExhausted(
        escalation_id=escalation.id, school=school.slug, line=escalation.line, priority=escalation.priority
    )
    if not escalation.discreet:
        outbox.emit(session, "page.exhausted", data, school_id=school.id, now=now, tell=_watchers(session, escalation))
    # Neither which nor where: a log outlives the report, and beside each line stands the second.
    log.warning("paging.exhausted")


def _end_drill(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Not answered, or not delivered: a fact of the drill, and nothing to tell anybody else of, or to try again."""
    escalation.state, escalation.closed_at = EscalationState.CLOSED, now
    escalation.next_due_at = escalation.deliver_by = None
    session.add(escalation)
    for page in session.exec(select(Page).where(Page.escalation_id == escalation.id)):
        delivery.cancel(session, page.event_id, person_id=page.person_id)


def _asked_again_at(session: Session, escalation: Escalation, *, now: dt.datetime) -> dt.datetime | None:
    """When somebody comes on duty who can be reached: the second and last round, and what is promised (decision 9).

    None when there was one, when nobody comes, and when whoever is on now has been asked in vain; but where somebody
    took it on after the end and let it lapse, those on now are asked.
    """
    if escalation.asked_again:
        return None
    cover = _next_cover(session, escalation, now=now)
    lapsed = escalation.exhausted_at is not None
    return cover if cover is not None and (cover > now or lapsed) else None


def look_sooner(session: Session, item: Item, now: dt.datetime) -> None:
    """Somebody is there where nobody was: look at what was asked in vain at that school. Safe to repeat."""
    waiting = select(Escalation.id).where(Escalation.school_id == item.subject, *_WAITS)
    queue.enqueue_for_each(session, SOONER, session.exec(waiting), now=now)


def ask_sooner(session: Session, item: Item, now: dt.datetime) -> None:
    """Whoever is on duty by now and was not asked need not be waited for. Safe to repeat."""
    statement = select(Escalation).where(Escalation.id == item.subject, *_WAITS).with_for_update()
    escalation = session.exec(statement.execution_options(populate_existing=True)).one_or_none()
    if escalation is not None and _on_and_not_asked(session, escalation, now=now):
        escalation.fence += 1
        deadlines.set_timer(session, escalation, deadlines.ASK_AGAIN, due_at=now, now=now)


def put_off(session: Session, escalation: Escalation, *, now: dt.datetime) -> bool:
    """Whether the round that was promised waits for whoever comes on next, because nobody came who was not asked in
    vain: it is not spent on nobody. The caller has locked the escalation."""
    cover = _next_cover(session, escalation, now=now)
    if cover is None or cover <= now or _on_and_not_asked(session, escalation, now=now):
        return False
    escalation.fence += 1
    deadlines.set_timer(session, escalation, deadlines.ASK_AGAIN, due_at=cover, now=now)
    return True


def _on_and_not_asked(session: Session, escalation: Escalation, *, now: dt.datetime) -> set[uuid.UUID]:
    """Who can be reached, is on duty where it falls to, and was not asked in this round."""
    on = {
        person
        for line in routing.lines_after(escalation.line)
        for level in _levels(escalation)
        for person in duty.duty(session, escalation.school_id, line=line, level=level, now=now).reachable
    }
    pages = select(Page.person_id).where(Page.escalation_id == escalation.id, Page.round == escalation.round)
    asked = set(session.exec(pages).all())
    return on - asking.kept_out(session, escalation) - asked


def _next_cover(session: Session, escalation: Escalation, *, now: dt.datetime) -> dt.datetime | None:
    """When somebody comes on duty."""
    return routing.next_cover(
        session,
        escalation.school_id,
        escalation.line,
        now=now,
        excluded=asking.kept_out(session, escalation),
        levels=_levels(escalation),
    )


def _levels(escalation: Escalation) -> set[Level]:
    """At which somebody who comes on duty is asked: those of the policy, and primaries."""
    steps = PagingPolicy.model_validate(escalation.policy).steps
    return {Level.PRIMARY, *(step.roster_level for step in steps if step.roster_level is not None)}


def announce_gap(
    session: Session, escalation: Escalation, policy: PagingPolicy, passed: Passed[uuid.UUID], *, now: dt.datetime
) -> None:
    """Somebody was needed and nobody was there: the gap itself is told, in the same transaction."""
    step = policy.steps[passed.step]
    if passed.cause is None or step.target != "roster" or escalation.discreet:
        return
    school = session.get_one(School, escalation.school_id)
    # Kept to the hour from the start: it names no report, so that closing one would not find it.
    hour = hour_of(now)
    data = CoverageGapLive(
        school=school.slug,
        line=step.line or escalation.line,
        level=step.level,
        cause=passed.cause,
        since=hour,
        gap_id=None,
    )
    outbox.emit(session, "coverage.gap_live", data, school_id=school.id, now=hour, tell=_watchers(session, escalation))


def _watchers(session: Session, escalation: Escalation) -> list[uuid.UUID]:
    """Who must know that nobody answered: coordinators and sponsors."""
    return people_with(session, escalation.school_id, Role.COORDINATOR, Role.SPONSOR)
