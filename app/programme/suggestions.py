"""Suggestions: what anybody would have otherwise, without a name (STUDY P06). At a school without a programme it is how
one begins."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound, Problem
from app.directory.help_now import HelpMemberOut
from app.identity.actors import Actor
from app.models import School, Suggestion
from app.programme.suggestion_schemas import (
    SuggestionCreate,
    SuggestionOut,
    SuggestionPage,
    SuggestionReceived,
    SuggestionSettle,
)
from app.reports import holds
from app.schools import service as schools
from app.vault import columns
from app.vocabulary import Role
from app.vocabulary.succession import SuggestionState
from app.work import queue
from app.work.queue import Item

SWEEP = "suggestions.sweep"
FORGET = "suggestions.forget"
SWEEP_EVERY = dt.timedelta(days=1)
READERS = (Role.COORDINATOR, Role.SPONSOR)
# Of one school, that nobody has read yet: more would be kept and not read.
MOST_WAITING = 500
DAY_SECONDS = 86_400


class SuggestionsWait(Problem):
    """Full, and said so, so that nobody believes to have been heard."""

    code, status, title = "too_many_suggestions", 503, "More suggestions wait than anybody has read"
    default_detail = "Nothing was stored. Please keep your words and come back in some days."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(DAY_SECONDS)})


def receive(
    session: Session, slug: str, body: SuggestionCreate, *, help_: Sequence[dict[str, Any]]
) -> SuggestionReceived:
    """Raises SchoolNotFound, SchoolNotActive, SuggestionsWait."""
    school = schools.find(session, slug)
    schools.require_active(school)
    waiting = select(func.count()).select_from(Suggestion)
    waiting = waiting.where(Suggestion.school_id == school.id, Suggestion.state == SuggestionState.NEW)
    # Counted without a lock: of those that come in one moment a few more than this get in, and none is lost.
    if session.exec(waiting).one() >= MOST_WAITING:
        raise SuggestionsWait
    row = Suggestion(
        school_id=school.id, text_sealed=b"", state=SuggestionState.NEW, received_hour=hour_of(clock.now())
    )
    columns.SUGGESTION.seal(session, row, body.text, school_id=school.id)
    session.add(row)
    return SuggestionReceived(received=True, help=[HelpMemberOut.model_validate(each) for each in help_])


def page(session: Session, actor: Actor, request: PageRequest, *, state: SuggestionState | None) -> SuggestionPage:
    statement = _visible(actor)
    if state is not None:
        statement = statement.where(Suggestion.state == state)
    # An id is drawn by lot, and says nothing of what came first.
    statement = request.slice(statement, at=col(Suggestion.received_hour), row_id=col(Suggestion.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.received_hour, row.id))
    return SuggestionPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def settle(session: Session, actor: Actor, suggestion_id: uuid.UUID, body: SuggestionSettle) -> SuggestionOut:
    """Somebody has read it, or it was answered. Doing it twice changes nothing. Raises NotFound."""
    row = session.exec(_visible(actor).where(Suggestion.id == suggestion_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if row.state is not body.state:
        now = clock.now()
        row.state, row.settled_by, row.settled_hour = body.state, actor.person_id, hour_of(now)
        session.add(row)
        trail.record(
            session,
            action=f"suggestion.{body.state}",
            school_id=row.school_id,
            person_id=actor.person_id,
            subject=row.id,
            now=now,
        )
    return _out(session, row)


def any_new(session: Session, school_id: uuid.UUID) -> bool:
    statement = select(Suggestion.id).where(Suggestion.school_id == school_id, Suggestion.state == SuggestionState.NEW)
    return session.exec(statement.limit(1)).first() is not None


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school that has some forget the old ones, each in a transaction of its own; again in a day."""
    with_some = select(School.id).where(exists().where(col(Suggestion.school_id) == col(School.id)))
    queue.enqueue_for_each(session, FORGET, session.exec(with_some), now=now, once=now.date())
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def forget(session: Session, item: Item, now: dt.datetime) -> None:
    """Erase what has been kept for as long as the school says, unless a legal hold keeps it. Safe to repeat."""
    school = session.get_one(School, item.subject)
    holds.shut_out(session, school.id)
    before = hour_of(now) - dt.timedelta(days=schools.policies_of(school).suggestions_kept_days)
    old = select(Suggestion).where(Suggestion.school_id == school.id, col(Suggestion.received_hour) < before)
    rows = session.exec(old.limit(1000)).all()
    if rows and not schools.is_held(session, school.id):
        for row in rows:
            session.delete(row)


def _visible(actor: Actor) -> Any:
    actor.require(*READERS)
    return select(Suggestion).where(Suggestion.school_id == actor.require_school())


def _out(session: Session, row: Suggestion) -> SuggestionOut:
    return SuggestionOut(
        id=row.id,
        text=columns.SUGGESTION.unseal(session, row, school_id=row.school_id),
        state=row.state,
        received_hour=row.received_hour,
        settled_by=row.settled_by,
        settled_hour=row.settled_hour,
    )
