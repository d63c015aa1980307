"""Timers that no policy has set: a clock was ahead, and is right again (work/steps.py).

The times of an escalation are in its own row, and its rules wait for them: both are set anew, from now on.
"""

from __future__ import annotations

import datetime as dt

import structlog
from sqlmodel import Session, col, select

from app.models import CaseNote, Escalation
from app.paging import deadlines
from app.paging.asking import HOLD
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, NoteKind
from app.work import queue
from app.work.skew import MOST, is_right

log = structlog.get_logger("peerline.paging")

# Those whose waits the policy bounds. An exhausted one waits for somebody's shift, however far off.
BOUNDED = (EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
# In one look of the auditor, which comes again in a minute: three thousand took 22 s, longer than a lease.
AT_ONCE = 200


def bring_back(session: Session, *, now: dt.datetime) -> None:
    """No escalation waits for longer than its policy lets it. Where this clock is in doubt itself, nothing changes."""
    waiting = select(Escalation).where(
        col(Escalation.state).in_(BOUNDED),
        col(Escalation.answered_at).is_(None),
        col(Escalation.next_due_at) > now + MOST,
    )
    late = [each for each in session.exec(waiting) if _is_late(session, each, now=now)][:AT_ONCE]
    if not late or not is_right(session):
        return
    for each in late:
        escalation = session.get(Escalation, each.id, with_for_update={"skip_locked": True}, populate_existing=True)
        # Whoever has it in hand this moment sets its times by a clock of now.
        if escalation is not None and escalation.state in BOUNDED and _is_late(session, escalation, now=now):
            _set_anew(session, escalation, now=now)


def _is_late(session: Session, escalation: Escalation, *, now: dt.datetime) -> bool:
    due = escalation.next_due_at
    if due is None or due <= now + _longest(escalation, noted=False) + MOST:
        return False
    return due > now + _longest(escalation, noted=_is_noted(session, escalation)) + MOST


def _set_anew(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    log.warning("paging.timer_far_off")
    due = now + _longest(escalation, noted=_is_noted(session, escalation))
    undelivered = PagingPolicy.model_validate(escalation.policy).undelivered_seconds
    escalation.next_due_at = due
    if escalation.deliver_by is not None:
        escalation.deliver_by = min(escalation.deliver_by, now + dt.timedelta(seconds=undelivered) + HOLD, due)
    for kind in (deadlines.TIMERS[escalation.state], deadlines.DELIVERY_DUE):
        queue.cancel(session, kind=kind, subject=escalation.id)
    deadlines.mend(session, escalation, now=now)


def _is_noted(session: Session, escalation: Escalation) -> bool:
    """Whether whoever holds it has left a note, which gives them more time (holding.py)."""
    by_holder = select(CaseNote.id).where(
        CaseNote.escalation_id == escalation.id,
        CaseNote.person_id == escalation.acknowledged_by,
        CaseNote.kind == NoteKind.NOTE,
    )
    return session.exec(by_holder.limit(1)).first() is not None


def _longest(escalation: Escalation, *, noted: bool) -> dt.timedelta:
    """The longest wait of where it stands."""
    policy = PagingPolicy.model_validate(escalation.policy)
    if escalation.state is EscalationState.ACKNOWLEDGED:
        seconds = max(policy.reply_seconds, policy.note_seconds) if noted else policy.reply_seconds
        return dt.timedelta(seconds=seconds)
    steps = [policy.ack_of(step, escalation.priority) for step in policy.steps]
    return dt.timedelta(seconds=steps[escalation.step] if 0 <= escalation.step < len(steps) else max(steps))
