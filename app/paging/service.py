"""Start an escalation and move it on (its end: ending.py). Each function is part of one transaction of its caller.

The row of an escalation is locked by whoever moves it, and its fence grows with each move; timers carry the fence they
were set under, so that an old one changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.core.ids import new_opaque_id
from app.events import outbox
from app.events.types import CoverageGapLive, EscalationExhausted, PageRequested
from app.identity.actors import people_with
from app.models import Escalation, EscalationPolicy, Page, School
from app.paging import links, routing
from app.paging.escalation import Ask, Clocks, next_step
from app.rosters import duty
from app.schools.policies import PagingPolicy, Step, standard_policy
from app.settings import Settings, settings_of
from app.vocabulary import EscalationState, GapCause, Level, PageState, Role, RosterLine, SubjectKind
from app.webhooks import delivery
from app.webhooks import service as webhooks
from app.work import queue

log = structlog.get_logger("peerline.paging")

STEP_DUE = "paging.step_due"
REPLY_DUE = "paging.reply_due"
DELIVERY_DUE = "paging.delivery_due"
ASK_AGAIN = "paging.ask_again"
DELIVERY_SETTLED = "paging.delivery_settled"
WAITING = (PageState.QUEUED, PageState.SENT, PageState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an escalation stands, for those it was started for."""

    state: EscalationState
    level: Level | None
    asked: tuple[uuid.UUID, ...]
    reachable: bool
    due_at: dt.datetime | None


def start(
    session: Session,
    school: School,
    *,
    subject_kind: SubjectKind,
    subject_id: uuid.UUID,
    line: RosterLine,
    priority: str,
    excluded: Collection[uuid.UUID],
    excluded_roles: Collection[Role] = frozenset(),
    discreet: bool,
    now: dt.datetime,
) -> Standing:
    """Page whoever is on `line` now, in the caller's transaction.

    `excluded` are never asked, at no step, in no role, and neither is whoever holds one of `excluded_roles` when a step
    comes. `discreet`: only those paged are told of it, no copy goes to the school's endpoints, and its gaps are not
    announced.
    """
    escalation = Escalation(
        id=new_opaque_id(),
        school_id=school.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        line=line,
        priority=priority,
        policy=policy_for(session, school.id, line).model_dump(mode="json"),
        excluded=[*sorted(str(person) for person in excluded), *sorted(excluded_roles)],
        discreet=discreet,
        state=EscalationState.OPEN,
        started_at=now,
    )
    session.add(escalation)
    session.flush()
    advance(session, escalation, now=now)
    return standing(session, escalation)


def policy_for(session: Session, school_id: uuid.UUID, line: RosterLine) -> PagingPolicy:
    row = session.exec(
        select(EscalationPolicy).where(EscalationPolicy.school_id == school_id, EscalationPolicy.line == line)
    ).one_or_none()
    return standard_policy(line) if row is None else PagingPolicy.model_validate(row.policy)


def advance(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Go to the next step that can be reached; at the end of the policy, say so to everyone who must know."""
    settings = settings_of(session)
    policy = PagingPolicy.model_validate(escalation.policy)
    while True:
        _settle_pages(session, escalation, PageState.TIMED_OUT, now=now)
        found = next_step(
            after=escalation.step,
            steps=len(policy.steps),
            people_at=lambda step: _people_at(session, escalation, policy.steps[step], now=now),
        )
        for step in found.passed:
            _announce_gap(session, escalation, policy.steps[step], cause=GapCause.UNFILLED, now=now)
        if not isinstance(found, Ask):
            _exhaust(session, escalation, now=now)
            return
        escalation.step = found.step
        if _ask(session, escalation, policy, found, settings=settings, now=now):
            return
        _announce_gap(session, escalation, policy.steps[found.step], cause=GapCause.NO_WORKING_CONTACT, now=now)


def pass_over(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """No endpoint of anybody at the present step took their page: a gap like that of an empty step; then the next."""
    steps = PagingPolicy.model_validate(escalation.policy).steps
    _announce_gap(session, escalation, steps[escalation.step], cause=GapCause.NO_WORKING_CONTACT, now=now)
    advance(session, escalation, now=now)


def standing(session: Session, escalation: Escalation) -> Standing:
    pages = session.exec(select(Page).where(Page.escalation_id == escalation.id, Page.step == escalation.step)).all()
    waiting = [page for page in pages if page.state in WAITING]
    reachable = webhooks.reachable(session, {page.person_id for page in waiting})
    return Standing(
        state=escalation.state,
        level=pages[0].level if pages else None,
        asked=tuple(page.person_id for page in waiting),
        reachable=bool(reachable),
        due_at=escalation.next_due_at,
    )


def find_for(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, lock: bool = False) -> Escalation | None:
    """The escalation of a report or request, if there was one."""
    statement = select(Escalation).where(Escalation.subject_kind == kind, Escalation.subject_id == subject_id)
    return session.exec(statement.with_for_update() if lock else statement).one_or_none()


def set_timer(session: Session, escalation: Escalation, kind: str, *, due_at: dt.datetime, now: dt.datetime) -> None:
    """The deadline of the present step, as a row. The fence it carries makes it void once the step is over."""
    escalation.next_due_at = due_at
    session.add(escalation)
    queue.enqueue(
        session,
        kind,
        escalation.id,
        due_at=due_at,
        now=now,
        payload={"fence": escalation.fence},
        key=f"{kind}/{escalation.id}/{escalation.fence}",
    )


def _ask(
    session: Session,
    escalation: Escalation,
    policy: PagingPolicy,
    ask: Ask[uuid.UUID],
    *,
    settings: Settings,
    now: dt.datetime,
) -> bool:
    """Page these people. False when not one of them has an address to send to: their pages stand, nobody waits."""
    clocks = clocks_of(policy)
    ack_by = clocks.ack_by(escalation.priority, now=now)
    escalation.fence += 1
    session.add(escalation)
    session.flush()
    sent = [
        _page(session, escalation, policy.steps[ask.step], person, ack_by=ack_by, settings=settings, now=now)
        for person in ask.people
    ]
    if not any(sent):
        return False
    set_timer(session, escalation, STEP_DUE, due_at=ack_by, now=now)
    queue.enqueue(
        session,
        DELIVERY_DUE,
        escalation.id,
        due_at=min(clocks.delivered_by(now=now), ack_by),
        now=now,
        payload={"fence": escalation.fence},
    )
    return True


def _page(
    session: Session,
    escalation: Escalation,
    step: Step,
    person_id: uuid.UUID,
    *,
    ack_by: dt.datetime,
    settings: Settings,
    now: dt.datetime,
) -> bool:
    school = session.get_one(School, escalation.school_id)
    page_id = new_opaque_id()
    data = PageRequested(
        page_id=page_id,
        school=school.slug,
        priority=escalation.priority,
        level=step.level,
        ack_by=ack_by,
        ack_url=None,
        drill=False,
    )
    event = outbox.emit(
        session,
        "page.requested",
        data,
        school_id=school.id,
        now=now,
        person_id=person_id,
        private={"ack_url": links.url_for(session, settings, page_id=page_id, person_id=person_id)},
        told_directly=escalation.discreet,
    )
    endpoints = webhooks.endpoints_of(session, person_id)
    page = Page(
        id=page_id,
        escalation_id=escalation.id,
        school_id=school.id,
        person_id=person_id,
        event_id=event.id,
        step=escalation.step,
        level=step.level,
        state=PageState.SENT if endpoints else PageState.QUEUED,
        tried=[str(endpoints[0].id)] if endpoints else [],
        sent_at=now,
        ack_by=ack_by,
    )
    session.add(page)
    session.flush()
    if endpoints:
        delivery.send(session, event, endpoints[0], now=now, notify_kind=DELIVERY_SETTLED, notify_subject=page.id)
    return bool(endpoints)


def _people_at(session: Session, escalation: Escalation, step: Step, *, now: dt.datetime) -> Sequence[uuid.UUID]:
    """Who can be asked at a step: on call or in the role, not excluded, and not someone who has declined."""
    if step.target == "role" and step.role is not None:
        people: Sequence[uuid.UUID] = people_with(session, escalation.school_id, step.role)
    elif step.line is not None and step.roster_level is not None:
        people = duty.duty(session, escalation.school_id, line=step.line, level=step.roster_level, now=now).people
    else:
        people = ()
    out = kept_out(session, escalation)
    return [person for person in people if person not in out]


def kept_out(session: Session, escalation: Escalation) -> set[uuid.UUID]:
    """Who is not asked, as of now: excluded as a person or in a role they hold, or has declined."""
    roles = [role for role in Role if role in escalation.excluded]
    people = {uuid.UUID(each) for each in escalation.excluded if each not in roles}
    declined = session.exec(
        select(Page.person_id).where(Page.escalation_id == escalation.id, Page.state == PageState.DECLINED)
    )
    return people.union(declined, people_with(session, escalation.school_id, *roles) if roles else ())


def _settle_pages(session: Session, escalation: Escalation, state: PageState, *, now: dt.datetime) -> None:
    """Those of the step that ends: out of time, or escalated past because nothing reached them."""
    statement = select(Page).where(
        Page.escalation_id == escalation.id, Page.step == escalation.step, col(Page.state).in_(WAITING)
    )
    for page in session.exec(statement).all():
        page.state = state if page.ack_by <= now else PageState.ESCALATED
        page.settled_at = now
        session.add(page)


def _exhaust(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """The end of the policy: a state of its own, itself announced, and asked through once more at the most."""
    school = session.get_one(School, escalation.school_id)
    again_at = _asked_again_at(session, escalation, now=now)
    escalation.state = EscalationState.EXHAUSTED
    escalation.exhausted_at = escalation.exhausted_at or now
    escalation.next_due_at = None
    escalation.fence += 1
    session.add(escalation)
    if again_at is not None:
        set_timer(session, escalation, ASK_AGAIN, due_at=again_at, now=now)
    data = EscalationExhausted(
        escalation_id=escalation.id, school=school.slug, line=escalation.line, priority=escalation.priority
    )
    if not escalation.discreet:
        outbox.emit(session, "page.exhausted", data, school_id=school.id, now=now, tell=_watchers(session, escalation))
    # Neither which nor where: a log outlives the report, and beside each line stands the second.
    log.warning("paging.exhausted", about=escalation.subject_kind)


def _asked_again_at(session: Session, escalation: Escalation, *, now: dt.datetime) -> dt.datetime | None:
    """When somebody comes on duty who can be reached: the second and last round, and what is promised (decision 9).

    None when there was one, when nobody comes, and when whoever is on now has been asked in vain; but where somebody
    took it on after the end and let it lapse, those on now are asked.
    """
    if PagingPolicy.model_validate(escalation.policy).second_round_from is not None:
        return None
    excluded = kept_out(session, escalation)
    cover = routing.next_cover(session, escalation.school_id, escalation.line, now=now, excluded=excluded)
    lapsed = escalation.exhausted_at is not None
    return cover if cover is not None and (cover > now or lapsed) else None


def _announce_gap(session: Session, escalation: Escalation, step: Step, *, cause: GapCause, now: dt.datetime) -> None:
    """Somebody was needed and nobody was there: the gap itself is told, in the same transaction."""
    if step.line is None or escalation.discreet:
        return
    school = session.get_one(School, escalation.school_id)
    # Kept to the hour from the start: it names no report, so that closing one would not find it.
    hour = hour_of(now)
    data = CoverageGapLive(school=school.slug, line=step.line, level=step.level, cause=cause, since=hour, gap_id=None)
    outbox.emit(session, "coverage.gap_live", data, school_id=school.id, now=hour, tell=_watchers(session, escalation))


def _watchers(session: Session, escalation: Escalation) -> list[uuid.UUID]:
    """Who must know that nobody answered: coordinators and sponsors."""
    return people_with(session, escalation.school_id, Role.COORDINATOR, Role.SPONSOR)


def clocks_of(policy: PagingPolicy) -> Clocks:
    return Clocks(ack=policy.ack_seconds, undelivered=policy.undelivered_seconds, reply=policy.reply_seconds)
