"""What a paged person does: look, acknowledge, decline. Acknowledging is a compare-and-set: one person is first."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import Escalation, Page
from app.paging import asking, deadlines, ending, grants, keeping_out, service
from app.paging.schemas import AckOut, PageOut, PagePage
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, Level, PageState, Role, SubjectKind

READABLE_FOR = dt.timedelta(hours=24)
# Somebody else answered, or they said no: for them it is not there any more.
GONE = (PageState.CANCELLED, PageState.DECLINED)


class PageOver(Conflict):
    code, status, title = "page_over", 409, "This page is over"
    default_detail = "Somebody has answered, or it was closed. You need do nothing."


def visible_pages(actor: Actor) -> Any:
    """The pages addressed to the actor, and no others, less those about what must not exist for them by now (J14).

    Of another school only what an independent handler was lent for, while they are one.
    """
    here, lent = col(Page.school_id) == actor.require_school(), col(Page.lent_by) == actor.require_school()
    of_school = sa.and_(col(Page.lent_by).is_(None), here)
    return select(Page).where(
        Page.person_id == actor.person_id,
        may_read(actor),
        sa.or_(of_school, lent) if actor.has(Role.INDEPENDENT_HANDLER) else of_school,
        ~keeping_out.kept_from(actor.person_id, school_id=actor.school_id, roles=actor.roles),
    )


def may_read(actor: Actor) -> sa.ColumnElement[bool]:
    """Of a query over what the actor was paged for: nothing of it for whoever is left a supporter alone (domain, 5)."""
    return sa.true() if actor.has(*asking.PAGED_ROLES) else sa.false()


def page_of_pages(session: Session, actor: Actor, request: PageRequest) -> PagePage:
    statement = request.slice(visible_pages(actor), at=col(Page.sent_at), row_id=col(Page.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda page: (page.sent_at, page.id))
    about = select(Escalation).where(col(Escalation.id).in_({row.escalation_id for row in rows}))
    escalations = {each.id: each for each in session.exec(about)}
    return PagePage(items=[_shown(row, escalations[row.escalation_id]) for row in rows], next_cursor=cursor)


def find(session: Session, actor: Actor, page_id: uuid.UUID) -> Page:
    page: Page | None = session.exec(visible_pages(actor).where(Page.id == page_id)).one_or_none()
    if page is None:
        raise NotFound
    return page


def acknowledge(session: Session, actor: Actor, page_id: uuid.UUID) -> AckOut:
    """Take the matter on. Whoever is second learns that it is taken, and by which role; late is better than never."""
    return _acknowledge(session, find(session, actor, page_id), now=clock.now())


def take(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, person_id: uuid.UUID, now: dt.datetime) -> None:
    """Answering is acknowledging, also past the page: whoever answers keeps what they were asked about."""
    for page in session.exec(_pages_for(kind, subject_id).where(Page.person_id == person_id)).all():
        if page.state in service.WAITING:
            _acknowledge(session, page, now=now)


def acknowledge_once(session: Session, page: Page) -> AckOut | None:
    """As `acknowledge`, for whoever holds the link of a page. None when its person has answered it before, with a yes
    or a no: a link works once (contract 1.5)."""
    locked(session, page)
    if page.state in (PageState.ACKNOWLEDGED, PageState.DECLINED, PageState.HANDED_OVER):
        return None
    return _acknowledge(session, page, now=clock.now())


def decline(session: Session, actor: Actor, page_id: uuid.UUID) -> PageOut:
    """Say no, without a reason: the next person is asked at once. Raises PageOver when there is nothing to decline."""
    page = find(session, actor, page_id)
    escalation = locked(session, page)
    now = clock.now()
    _refuse_kept_out(page, escalation)
    if page.state is PageState.DECLINED:
        return out(session, page)
    held = escalation.state is EscalationState.ACKNOWLEDGED and escalation.acknowledged_by == page.person_id
    if ending.is_over(escalation) or (page.state not in service.WAITING and not held):
        raise PageOver
    page.state, page.settled_at = PageState.DECLINED, now
    session.add(page)
    if held:
        grants.let_go(session, escalation, now=now)
        escalation.state = EscalationState.OPEN
        escalation.acknowledged_by, escalation.acknowledged_at = None, None
        session.add(escalation)
    session.flush()
    if escalation.state is EscalationState.OPEN:
        service.move(session, escalation, now=now)
    record(session, page, "page.declined", now=now)
    return out(session, page)


def readable(page: Page, *, now: dt.datetime) -> bool:
    """Whether whoever was paged may still read it: while the page is theirs, and for 24 hours after (domain, 5)."""
    if page.state in GONE:
        return False
    return now <= max(page.ack_by, page.settled_at or page.ack_by) + READABLE_FOR


def readable_at(now: dt.datetime) -> sa.ColumnElement[bool]:
    """`readable`, of a query over pages."""
    since = now - READABLE_FOR
    return sa.and_(col(Page.state).not_in(GONE), sa.or_(col(Page.ack_by) >= since, col(Page.settled_at) >= since))


def level_of(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, person_id: uuid.UUID) -> Level | None:
    """As what somebody was asked last."""
    pages = _pages_for(kind, subject_id).where(Page.person_id == person_id)
    page: Page | None = session.exec(pages.order_by(col(Page.round).desc(), col(Page.step).desc())).first()
    return None if page is None else page.level


def paged(session: Session, kind: SubjectKind, subject_id: uuid.UUID) -> set[uuid.UUID]:
    """Who was ever asked, and still has a role in which somebody may read what they are asked."""
    return {page.person_id for page in session.exec(_still_theirs(kind, subject_id))}


def readers(session: Session, kind: SubjectKind, subject_id: uuid.UUID, *, now: dt.datetime) -> set[uuid.UUID]:
    """Who may read it as somebody who was paged for it."""
    return {page.person_id for page in session.exec(_still_theirs(kind, subject_id)) if readable(page, now=now)}


def asked(session: Session, kind: SubjectKind, subject_id: uuid.UUID) -> set[uuid.UUID]:
    """Who was asked and may still take it on, less those who have declined or are not needed."""
    return {page.person_id for page in session.exec(_still_theirs(kind, subject_id)) if page.state not in GONE}


def in_hand(session: Session, kind: SubjectKind, subject_id: uuid.UUID) -> set[uuid.UUID]:
    """Who has it in hand: whoever acknowledged; before an acknowledgement, those who are being asked."""
    escalation = service.find_for(session, kind, subject_id)
    if escalation is not None and escalation.acknowledged_by is not None:
        return {escalation.acknowledged_by}
    return being_asked(session, kind, subject_id)


def being_asked(session: Session, kind: SubjectKind, subject_id: uuid.UUID) -> set[uuid.UUID]:
    """Whose page waits for a yes or a no."""
    pages = session.exec(_pages_for(kind, subject_id))
    return {page.person_id for page in pages if page.state in service.WAITING}


def out(session: Session, page: Page) -> PageOut:
    return _shown(page, session.get_one(Escalation, page.escalation_id))


def _shown(page: Page, escalation: Escalation) -> PageOut:
    return PageOut(
        id=page.id,
        subject_kind=escalation.subject_kind,
        line=escalation.line,
        priority=escalation.priority,
        level=page.level,
        state=page.state,
        escalation_state=escalation.state,
        drill=page.drill,
        ack_by=page.ack_by,
    )


def _acknowledge(session: Session, page: Page, *, now: dt.datetime) -> AckOut:
    escalation = locked(session, page)
    _refuse_kept_out(page, escalation)
    if ending.is_over(escalation) or escalation.acknowledged_by is not None:
        if escalation.acknowledged_by == page.person_id and page.state is PageState.ACKNOWLEDGED:
            return AckOut(state="acknowledged", by_role=page.level, first=True)
        record(session, page, "page.acknowledged_late", now=now)
        return AckOut(state="already_acknowledged", by_role=_taken_at(session, escalation), first=False)
    policy = PagingPolicy.model_validate(escalation.policy)
    page.state, page.settled_at = PageState.ACKNOWLEDGED, now
    if page.drill:
        return _drilled(session, page, escalation, now=now)
    escalation.state = EscalationState.ACKNOWLEDGED
    escalation.acknowledged_by, escalation.acknowledged_at = page.person_id, now
    escalation.fence += 1
    session.add_all((page, escalation))
    session.flush()
    grants.take(session, escalation, page.person_id, now=now)
    ending.stand_down(session, escalation, now=now, but=page.id)
    due = now + dt.timedelta(seconds=policy.reply_seconds)
    deadlines.set_timer(session, escalation, deadlines.REPLY_DUE, due_at=due, now=now)
    record(session, page, "page.acknowledged", now=now)
    return AckOut(state="acknowledged", by_role=page.level, first=True)


def _refuse_kept_out(page: Page, escalation: Escalation) -> None:
    """Whoever was kept out of it while they pressed the button finds nothing, as if they had pressed it later."""
    if str(page.person_id) in escalation.excluded:
        raise NotFound


def _drilled(session: Session, page: Page, escalation: Escalation, *, now: dt.datetime) -> AckOut:
    """A drill is answered by being acknowledged: nobody waits for more."""
    session.add(page)
    session.flush()
    ending.end(session, SubjectKind.DRILL, escalation.subject_id, now=now)
    record(session, page, "page.acknowledged", now=now)
    return AckOut(state="acknowledged", by_role=page.level, first=True)


def _pages_for(kind: SubjectKind, subject_id: uuid.UUID) -> Any:
    return (
        select(Page)
        .join(Escalation, col(Escalation.id) == col(Page.escalation_id))
        .where(Escalation.subject_kind == kind, Escalation.subject_id == subject_id)
    )


def _still_theirs(kind: SubjectKind, subject_id: uuid.UUID) -> Any:
    return _pages_for(kind, subject_id).where(asking.still_theirs())


def record(session: Session, page: Page, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=page.school_id, person_id=page.person_id, subject=page.id, now=now)


def locked(session: Session, page: Page) -> Escalation:
    """The escalation, locked; the page is read again under that lock."""
    escalation = session.exec(select(Escalation).where(Escalation.id == page.escalation_id).with_for_update()).one()
    session.refresh(page)
    session.refresh(escalation)
    return escalation


def _taken_at(session: Session, escalation: Escalation) -> Any:
    statement = select(Page.level).where(Page.escalation_id == escalation.id, Page.state == PageState.ACKNOWLEDGED)
    return session.exec(statement.order_by(col(Page.settled_at).desc())).first()
