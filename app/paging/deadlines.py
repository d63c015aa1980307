"""The deadlines of an escalation, as rows of due work (design, 4). Each carries the fence it was set under."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.models import Escalation
from app.vocabulary import EscalationState
from app.work import queue

STEP_DUE = "paging.step_due"
REPLY_DUE = "paging.reply_due"
DELIVERY_DUE = "paging.delivery_due"
ASK_AGAIN = "paging.ask_again"
# The timer that each state waits for; an exhausted escalation waits only where somebody was promised.
TIMERS = {
    EscalationState.OPEN: STEP_DUE,
    EscalationState.ACKNOWLEDGED: REPLY_DUE,
    EscalationState.EXHAUSTED: ASK_AGAIN,
}


def set_timer(session: Session, escalation: Escalation, kind: str, *, due_at: dt.datetime, now: dt.datetime) -> None:
    """The deadline of the present step, as a row. The fence it carries makes it void once the step is over."""
    escalation.next_due_at = due_at
    session.add(escalation)
    set_row(session, escalation, kind, due_at=due_at, now=now)


def set_row(session: Session, escalation: Escalation, kind: str, *, due_at: dt.datetime, now: dt.datetime) -> None:
    """A timer beside that of the step: it moves no deadline."""
    queue.enqueue(
        session,
        kind,
        escalation.id,
        due_at=due_at,
        now=now,
        payload={"fence": escalation.fence},
        key=_key(escalation, kind),
    )


def keep(session: Session, escalation: Escalation, until: dt.datetime, *, now: dt.datetime) -> None:
    """Whoever looked too early has used a timer up: those of the present wait again, as far as they are not there.

    One that somebody is doing this moment is there: they wait for the escalation, which the caller has locked, and see
    to it after us. To add another would wait for them in turn.
    """
    step_ends = escalation.next_due_at or until
    wanted = {TIMERS[escalation.state]: step_ends}
    if until < step_ends:
        wanted[DELIVERY_DUE] = until
    for kind, due_at in wanted.items():
        if not queue.is_there(session, _key(escalation, kind)):
            set_row(session, escalation, kind, due_at=due_at, now=now)


def mend(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Every timer of the present wait anew, under a new fence: nobody knows what became of those of the old one."""
    escalation.fence += 1
    due = max(now, escalation.next_due_at or now)
    set_timer(session, escalation, TIMERS[escalation.state], due_at=due, now=now)
    if escalation.state is EscalationState.OPEN and escalation.deliver_by is not None:
        set_row(session, escalation, DELIVERY_DUE, due_at=max(now, escalation.deliver_by), now=now)


def _key(escalation: Escalation, kind: str) -> str:
    return f"{kind}/{escalation.id}/{escalation.fence}"
