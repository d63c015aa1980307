"""Another round of an escalation: the steps of the policy as it is now, from the first.

When somebody comes on duty after everybody was asked in vain (decision 9), when whoever holds it hands it on, and when
somebody writes whom nobody can read any more (decision 15).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.models import Escalation
from app.paging import asking, grants, policies, routing
from app.vocabulary import EscalationState


def prepare(
    session: Session, escalation: Escalation, *, again: bool, now: dt.datetime, handed_over_by: uuid.UUID | None = None
) -> None:
    """Before the first step once more, on the line that is staffed now; the caller, who has locked it, moves it on.

    `again`: this is the one round that was promised when everybody had been asked in vain. `handed_over_by` is not
    asked in it.
    """
    grants.let_go(session, escalation, now=now)
    escalation.round += 1
    escalation.asked_again = again
    escalation.handed_over_by = handed_over_by
    session.add(escalation)
    session.flush()
    excluded = asking.kept_out(session, escalation)
    lines = routing.lines_after(escalation.line)
    staffed = (
        line for line in lines if routing.staffed(session, escalation.school_id, line, now=now, excluded=excluded)
    )
    escalation.line = next(staffed, escalation.line)
    escalation.policy = policies.copy_for(
        session,
        escalation.school_id,
        kind=escalation.subject_kind,
        line=escalation.line,
        topic=escalation.topic,
        priority=escalation.priority,
    ).model_dump(mode="json")
    escalation.state = EscalationState.OPEN
    escalation.step = -1
    escalation.next_due_at = escalation.deliver_by = None
    escalation.acknowledged_by = escalation.acknowledged_at = None
    escalation.answered_at = escalation.closed_at = None
    session.add(escalation)
    session.flush()
