"""Everybody was asked in vain: a person looks into why, and says so (J6). Without content, and nothing discreet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import Page as PageOf
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.core.schemas import InputModel, Instant, OutputModel, Text
from app.identity.actors import Actor
from app.models import Escalation
from app.paging import ending, notes
from app.vocabulary import EscalationState, NoteKind, Role, RosterLine, SubjectKind

READERS = (Role.COORDINATOR, Role.SPONSOR)


class StillAsked(Conflict):
    code, status, title = "still_asked", 409, "Somebody is being asked about it now"
    default_detail = "Look again when they have answered, or have not."


class AlreadyReviewed(Conflict):
    code, status, title = "already_reviewed", 409, "Somebody has looked into this"


class ReviewCreate(InputModel):
    """Why nobody answered, and what was done about it. Not a word about the person it was for."""

    note: Text = Field(examples=["Both pagers were off over the exam week. The backup roster is filled now."])


class UnansweredOut(OutputModel):
    """A matter that everybody was asked about in vain. Hours only, and nothing of what it is about.

    `answered`: somebody has answered since. `reviews` are the notes of those who looked into it.
    """

    id: uuid.UUID
    subject_kind: SubjectKind
    line: RosterLine
    priority: Annotated[str, StringConstraints(max_length=40)]
    state: EscalationState
    exhausted_hour: Instant
    answered: bool
    reviewed: bool
    reviews: Annotated[list[Annotated[str, StringConstraints(max_length=2000)]], Field(max_length=notes.MOST_NOTES)]


class UnansweredPage(PageOf[UnansweredOut]):
    """One page of them, newest first."""


def visible_unanswered(actor: Actor) -> Any:
    """Those of the school that were exhausted, less what somebody there must not learn of (J14)."""
    actor.require(*READERS)
    return select(Escalation).where(
        Escalation.school_id == actor.require_school(),
        col(Escalation.exhausted_at).is_not(None),
        col(Escalation.discreet).is_(False),
        Escalation.subject_kind != SubjectKind.DRILL,
    )


def page(session: Session, actor: Actor, request: PageRequest, *, reviewed: bool | None) -> UnansweredPage:
    statement = visible_unanswered(actor)
    if reviewed is not None:
        known = col(Escalation.reviewed_hour)
        statement = statement.where(known.is_not(None) if reviewed else known.is_(None))
    sliced = request.slice(statement, at=col(Escalation.exhausted_at), row_id=col(Escalation.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda row: (row.exhausted_at, row.id))
    reviews = notes.reviews_of(session, rows)
    return UnansweredPage(items=[_shown(row, reviews[row.id]) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, escalation_id: uuid.UUID) -> UnansweredOut:
    return _out(session, _find(session, actor, escalation_id))


def close(
    session: Session, actor: Actor, escalation_id: uuid.UUID, body: ReviewCreate, *, version: Version
) -> UnansweredOut:
    """Say that somebody has looked into it; an escalation that rests exhausted is closed by it.

    Whoever it is for can still be answered. Raises StillAsked, AlreadyReviewed.
    """
    actor.require(Role.COORDINATOR)
    row, now = _find(session, actor, escalation_id, lock=True), clock.now()
    version.check(_out(session, row))
    if row.reviewed_hour is not None:
        raise AlreadyReviewed
    if row.state in (EscalationState.OPEN, EscalationState.ACKNOWLEDGED) and not ending.is_over(row):
        raise StillAsked
    notes.add(session, row, body.note, kind=NoteKind.REVIEW, person_id=actor.person_id, now=now)
    row.reviewed_hour = hour_of(now)
    session.add(row)
    if row.state is EscalationState.EXHAUSTED:
        ending.end(session, row.subject_kind, row.subject_id, now=now)
    trail.record(
        session,
        action="escalation.reviewed",
        school_id=row.school_id,
        person_id=actor.person_id,
        subject=row.id,
        now=now,
    )
    session.flush()
    return _out(session, row)


def _out(session: Session, row: Escalation) -> UnansweredOut:
    return _shown(row, notes.reviews_of(session, [row])[row.id])


def _shown(row: Escalation, reviews: Sequence[notes.Note]) -> UnansweredOut:
    return UnansweredOut(
        id=row.id,
        subject_kind=row.subject_kind,
        line=row.line,
        priority=row.priority,
        state=row.state,
        exhausted_hour=hour_of(row.exhausted_at or row.started_at),
        answered=row.answered_at is not None,
        reviewed=row.reviewed_hour is not None,
        reviews=[each.text for each in reviews],
    )


def _find(session: Session, actor: Actor, escalation_id: uuid.UUID, *, lock: bool = False) -> Escalation:
    statement = visible_unanswered(actor).where(Escalation.id == escalation_id)
    row: Escalation | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return row
