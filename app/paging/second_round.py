"""The one time that an exhausted escalation is asked through again: when somebody comes on duty (decision 9)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.models import Escalation
from app.paging import routing, service
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState


def begin(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Go on behind the steps there were with those of the line that is staffed now, in the caller's transaction."""
    excluded = service.kept_out(session, escalation)
    lines = routing.lines_after(escalation.line)
    staffed = (
        line for line in lines if routing.staffed(session, escalation.school_id, line, now=now, excluded=excluded)
    )
    escalation.line = next(staffed, escalation.line)
    before = PagingPolicy.model_validate(escalation.policy).steps
    policy = service.policy_for(session, escalation.school_id, escalation.line)
    second = {"steps": [*before, *policy.steps], "second_round_from": len(before)}
    escalation.policy = policy.model_copy(update=second).model_dump(mode="json")
    escalation.state = EscalationState.OPEN
    escalation.step = len(before) - 1
    session.add(escalation)
    session.flush()
    service.advance(session, escalation, now=now)
