"""Whoever holds a matter: keeps it with a note, or hands it on at the end of their shift (J5)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.core.problems import Conflict
from app.models import Escalation, Page
from app.paging import answering, deadlines, ending, notes, rounds, service
from app.paging.notes import Note
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, NoteKind, PageState


class NotHeld(Conflict):
    code, status, title = "not_held", 409, "This is not in your hands"
    default_detail = "Acknowledge it first; if somebody else has it, it is theirs."


def holds(escalation: Escalation, page: Page) -> bool:
    """They have acknowledged it, and nobody since; also when they have answered."""
    return page.state is PageState.ACKNOWLEDGED and escalation.acknowledged_by == page.person_id


def note(session: Session, page: Page, text: str, *, now: dt.datetime) -> Note:
    """Leave a note. To whoever holds it unanswered it gives more time (`note_seconds` of the policy).

    Raises NotHeld.
    """
    escalation = answering.locked(session, page)
    if not holds(escalation, page):
        raise NotHeld
    added = notes.add(session, escalation, text, kind=NoteKind.NOTE, person_id=page.person_id, now=now)
    if escalation.state is EscalationState.ACKNOWLEDGED and not ending.is_over(escalation):
        policy = PagingPolicy.model_validate(escalation.policy)
        escalation.fence += 1
        due = now + dt.timedelta(seconds=policy.note_seconds)
        deadlines.set_timer(session, escalation, deadlines.REPLY_DUE, due_at=due, now=now)
    answering.record(session, page, "page.noted", now=now)
    return added


def hand_over(session: Session, page: Page, text: str | None, *, now: dt.datetime) -> None:
    """Those who are on now are asked, from the first step, and whoever handed it on is not among them.

    Also after an answer: the conversation goes on with somebody else. Raises NotHeld.
    """
    escalation = answering.locked(session, page)
    if not holds(escalation, page):
        raise NotHeld
    if text is not None:
        notes.add(session, escalation, text, kind=NoteKind.HAND_OVER, person_id=page.person_id, now=now)
    page.state, page.settled_at = PageState.HANDED_OVER, now
    session.add(page)
    session.flush()
    rounds.prepare(session, escalation, again=False, now=now, handed_over_by=page.person_id)
    service.move(session, escalation, now=now)
    answering.record(session, page, "page.handed_over", now=now)


def ask_anew(session: Session, escalation: Escalation, *, now: dt.datetime) -> None:
    """Somebody has written, and nobody who could read it is left: those who are on now are asked."""
    rounds.prepare(session, escalation, again=False, now=now)
    service.move(session, escalation, now=now)


def ask_others(session: Session, escalation: Escalation, *, but: uuid.UUID, now: dt.datetime) -> None:
    """Whoever had it in hand has given it back past a page: those who are on now are asked, and they are not."""
    rounds.prepare(session, escalation, again=False, now=now, handed_over_by=but)
    service.move(session, escalation, now=now)
