"""Start an escalation and move it on (its end: ending.py). Each function is part of one transaction of its caller.

What comes next is decided by pure rules (escalation.py); this reads where an escalation stands, and writes down what
was decided. The row of an escalation is locked by whoever moves it, and its fence grows with each move; timers carry
the fence they were set under, so that an old one changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, select

from app.core.ids import new_opaque_id
from app.models import Escalation, Page, School
from app.paging import asking, deadlines, grants, in_vain, policies, rounds
from app.paging.escalation import Ask, AskAgain, Decision, Exhaust, Rest, Snapshot, Stand, There, Wait, decide
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, Level, PageState, Role, RosterLine, SubjectKind
from app.webhooks import service as webhooks

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
    topic: str | None = None,
    discreet: bool,
    now: dt.datetime,
) -> Standing:
    """Page whoever is on `line` now, in the caller's transaction.

    `excluded` are never asked, at no step, in no role, and neither is whoever holds one of `excluded_roles` when a step
    comes. `discreet`: only those paged are told of it, no copy goes to the school's endpoints, and its gaps are not
    announced.
    """
    policy = policies.copy_for(session, school.id, kind=subject_kind, line=line, topic=topic, priority=priority)
    escalation = Escalation(
        id=new_opaque_id(),
        school_id=school.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        line=line,
        topic=topic,
        priority=priority,
        policy=policy.model_dump(mode="json"),
        excluded=[*sorted(str(person) for person in excluded), *sorted(excluded_roles)],
        discreet=discreet,
        state=EscalationState.OPEN,
        started_at=now,
    )
    session.add(escalation)
    session.flush()
    move(session, escalation, now=now)
    return standing(session, escalation)


def move(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Do the next thing for an escalation that the caller has locked. Asked too early, it sets the timer again."""
    while True:
        policy = PagingPolicy.model_validate(escalation.policy)
        decision = _decided(session, escalation, policy, now=now)
        if isinstance(decision, AskAgain):
            if in_vain.put_off(session, escalation, now=now):
                return
            rounds.prepare(session, escalation, again=True, now=now)
            continue
        if isinstance(decision, Wait):
            deadlines.keep(session, escalation, decision.until, now=now)
        elif isinstance(decision, Ask):
            if not _ask(session, escalation, policy, decision, now=now):
                continue
        elif isinstance(decision, Exhaust):
            _leave(session, escalation, policy, decision, now=now)
            in_vain.exhaust(session, escalation, now=now)
        return


def standing(session: Session, escalation: Escalation) -> Standing:
    pages = pages_of_step(session, escalation)
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
    if lock:
        # Read already and waited for since, it would be as it was before.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).one_or_none()


# Built once: each move asks it several times.
_PAGES_OF_STEP = select(Page).where(
    Page.escalation_id == sa.bindparam("escalation"),
    Page.round == sa.bindparam("round"),
    Page.step == sa.bindparam("step"),
)


def pages_of_step(session: Session, escalation: Escalation) -> list[Page]:
    """The pages of the present step; before the first there are none."""
    if escalation.step < 0:
        return []
    present = {"escalation": escalation.id, "round": escalation.round, "step": escalation.step}
    return list(session.exec(_PAGES_OF_STEP, params=present))


def _decided(
    session: Session, escalation: Escalation, policy: PagingPolicy, *, now: dt.datetime
) -> Decision[uuid.UUID]:
    over = escalation.state is EscalationState.CLOSED or escalation.answered_at is not None
    if over:
        return Rest()
    present = pages_of_step(session, escalation)
    stand = Stand(
        state=escalation.state,
        step=escalation.step,
        due_at=escalation.next_due_at,
        deliver_by=escalation.deliver_by,
        pages=tuple(_seen_as(page) for page in present),
        over=over,
        cut_short=any(_is_cut_short(page, escalation) for page in present),
    )
    clocks = Snapshot(
        ack=tuple(policy.ack_of(step, escalation.priority) for step in policy.steps),
        undelivered=policy.undelivered_seconds,
    )

    def there(step: int) -> There[uuid.UUID]:
        but = _silent(session, escalation, present) if step == escalation.step else ()
        return asking.there(session, escalation, policy.steps[step], now=now, but=but)

    return decide(clocks, stand, there, now=now)


def _seen_as(page: Page) -> PageState:
    """Whom it had reached before it went on, because they are away or gone, had a contact that worked."""
    went_on = page.state is PageState.ESCALATED and page.delivered_at is not None
    return PageState.TIMED_OUT if went_on else page.state


def _is_cut_short(page: Page, escalation: Escalation) -> bool:
    """Whether its person had time left when somebody else took the matter on. Whom it is kept from had none."""
    if page.state is not PageState.CANCELLED or page.person_id == escalation.acknowledged_by:
        return False
    if str(page.person_id) in escalation.excluded:
        return False
    return page.settled_at is not None and page.settled_at < page.ack_by


def _silent(session: Session, escalation: Escalation, present: Collection[Page]) -> set[uuid.UUID]:
    """Who is not asked at the present step once more: whoever had it and let it lapse, also before another did. Two of
    them in turn would keep it from the next step for ever. Not who has been told there that they need do nothing."""
    acknowledged = select(Page.person_id).where(
        Page.escalation_id == escalation.id, Page.state == PageState.ACKNOWLEDGED
    )
    return set(session.exec(acknowledged)) - {page.person_id for page in present if _is_cut_short(page, escalation)}


def _ask(
    session: Session, escalation: Escalation, policy: PagingPolicy, ask: Ask[uuid.UUID], *, now: dt.datetime
) -> bool:
    """False when nothing could be sent after all: the last endpoint was removed in this very moment."""
    _leave(session, escalation, policy, ask, now=now)
    grants.let_go(session, escalation, now=now)
    escalation.state = EscalationState.OPEN
    escalation.acknowledged_by = escalation.acknowledged_at = None
    escalation.step = ask.step
    escalation.next_due_at, escalation.deliver_by = ask.ack_by, ask.deliver_by
    escalation.fence += 1
    session.add(escalation)
    session.flush()
    step = policy.steps[ask.step]
    pages = [
        asking.page(
            session,
            escalation,
            step,
            person,
            ack_by=ask.ack_by,
            alone=policy.told_alone_a_minute,
            untold=PageState.QUEUED,
            now=now,
        )
        for person in ask.people
    ]
    if not any(page.state is PageState.SENT for page in pages):
        return False
    if all(page.held for page in pages):
        # Told together with others, in a moment: that moment is not held against it.
        escalation.deliver_by = min(ask.deliver_by + asking.HOLD, ask.ack_by)
    deadlines.set_timer(session, escalation, deadlines.STEP_DUE, due_at=ask.ack_by, now=now)
    deadlines.set_row(session, escalation, deadlines.DELIVERY_DUE, due_at=escalation.deliver_by or ask.ack_by, now=now)
    return True


def _leave(
    session: Session,
    escalation: Escalation,
    policy: PagingPolicy,
    decision: Ask[uuid.UUID] | Exhaust[uuid.UUID],
    *,
    now: dt.datetime,
) -> None:
    """The present step ends, and those passed have nobody who is waited for. Their people get a page all the same."""
    for page in pages_of_step(session, escalation):
        if page.state in WAITING:
            page.state = PageState.TIMED_OUT if page.ack_by <= now else PageState.ESCALATED
            page.settled_at = now
            session.add(page)
    if decision.anew:
        # A page is one for each person, step and round.
        escalation.round += 1
    for each in decision.passed:
        escalation.step, step = each.step, policy.steps[each.step]
        for person in each.people:
            asking.page(session, escalation, step, person, ack_by=now, alone=1, untold=PageState.ESCALATED, now=now)
        in_vain.announce_gap(session, escalation, policy, each, now=now)
