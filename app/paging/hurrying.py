"""What is being asked turns out to be more urgent: those who are asked already have less time to say so."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.guidance.signs import Priority, priority_rank
from app.models import Escalation
from app.paging import deadlines, service
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState


def hurry(session: Session, escalation: Escalation, *, priority: Priority, now: dt.datetime) -> None:
    """Put an escalation that runs, and that the caller has locked, onto the clock of a higher priority.

    Nobody is told twice; a later clock changes nothing. Once somebody holds it, theirs is the clock of an answer.
    """
    if priority_rank(priority) >= priority_rank(Priority(escalation.priority)):
        return
    escalation.priority = priority
    session.add(escalation)
    if escalation.state is not EscalationState.OPEN or escalation.next_due_at is None:
        return
    policy = PagingPolicy.model_validate(escalation.policy)
    due = now + dt.timedelta(seconds=policy.ack_of(policy.steps[escalation.step], priority))
    if escalation.next_due_at <= due:
        return
    escalation.next_due_at = due
    for page in service.pages_of_step(session, escalation):
        if page.state in service.WAITING:
            page.ack_by = min(page.ack_by, due)
            session.add(page)
    deadlines.mend(session, escalation, now=now)
