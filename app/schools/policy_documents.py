"""The policies and procedures that a programme goes by: where they are, and when somebody has to look again.

Only addresses are kept. What a document says is its owner's to say.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound, PreconditionRequired
from app.events import outbox
from app.events.fields import MOST_NAMED
from app.events.keeping import ContentReviewOverdue, OverduePiece
from app.identity.actors import Actor, people_with
from app.models import PolicyDocument, School
from app.schools import service as schools
from app.schools.profile_schemas import MOST_DOCUMENTS, PolicyDocumentOut, PolicyDocumentPage, PolicyDocumentPut
from app.vocabulary import Role
from app.work import queue
from app.work.queue import Item

LOOK = "policy_documents.look"
LOOK_EVERY = dt.timedelta(hours=1)
SORT = "policy_document"
KEEPERS = (Role.COORDINATOR, Role.SCHOOL_IT)
READERS = (*KEEPERS, Role.SPONSOR)


class TooManyDocuments(Conflict):
    code, status, title = "too_many_documents", 409, "There are too many policy documents"
    default_detail = f"A school has {MOST_DOCUMENTS} at the most: delete what nobody goes by any more."


def of_school(session: Session, school: School, *, now: dt.datetime) -> list[PolicyDocumentOut]:
    """All of them, by their codes."""
    statement = select(PolicyDocument).where(PolicyDocument.school_id == school.id).order_by(col(PolicyDocument.code))
    today = schools.today(school, now=now)
    return [_out(row, today) for row in session.exec(statement.limit(MOST_DOCUMENTS))]


def page(session: Session, actor: Actor, request: PageRequest) -> PolicyDocumentPage:
    """In the order in which they were made."""
    actor.require(*READERS)
    school = session.get_one(School, actor.require_school())
    statement = select(PolicyDocument).where(PolicyDocument.school_id == school.id)
    statement = request.slice(statement, at=col(PolicyDocument.created_at), row_id=col(PolicyDocument.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    today = schools.today(school, now=clock.now())
    return PolicyDocumentPage(items=[_out(row, today) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, code: str) -> PolicyDocumentOut:
    """Raises NotFound."""
    actor.require(*READERS)
    return _shown(session, _find(session, actor, code))


def put(
    session: Session, actor: Actor, code: str, body: PolicyDocumentPut, *, version: Version
) -> tuple[PolicyDocumentOut, bool]:
    """The document as it is then, and whether it was made. One that is there must be named by its version.

    Raises NotFound for a version of one that is not there, PreconditionRequired, PreconditionFailed, TooManyDocuments.
    """
    actor.require(*KEEPERS)
    school_id, now = actor.require_school(), clock.now()
    row = _stored(session, school_id, code, lock=True)
    made = row is None
    if row is not None:
        version.check(_shown(session, row))
        row.version += 1
    else:
        if version.if_match is not None:
            raise NotFound
        _require_room(session, school_id)
        row = PolicyDocument(school_id=school_id, code=code, created_at=now, updated_at=now, **_columns(body))
    for name, value in _columns(body).items():
        setattr(row, name, value)
    row.updated_at = now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        # Somebody else has made it in this moment: the same answer as a moment later.
        raise PreconditionRequired from exc
    _record(session, actor, row, "policy_document.created" if made else "policy_document.changed", now=now)
    return _shown(session, row), made


def remove(session: Session, actor: Actor, code: str, *, version: Version) -> None:
    """Raises NotFound, PreconditionRequired or PreconditionFailed."""
    actor.require(*KEEPERS)
    row = _find(session, actor, code, lock=True)
    version.check(_shown(session, row))
    _record(session, actor, row, "policy_document.deleted", now=clock.now())
    session.delete(row)


def overdue(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> list[str]:
    """The codes of those that somebody should have looked at by now."""
    school = session.get_one(School, school_id)
    return [each.code for each in of_school(session, school, now=now) if each.review_overdue]


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Tell of what is overdue, once for each date of review, and come again in an hour. Safe to repeat."""
    told = col(PolicyDocument.told_overdue)
    # A day more than UTC: it is tomorrow already at schools in the east.
    statement = select(PolicyDocument).where(
        col(PolicyDocument.review_by) < now.date() + dt.timedelta(days=1),
        or_(told.is_(None), told != col(PolicyDocument.review_by)),
    )
    late: dict[uuid.UUID, list[PolicyDocument]] = {}
    for row in session.exec(statement.order_by(col(PolicyDocument.id)).with_for_update()).all():
        late.setdefault(row.school_id, []).append(row)
    for school_id, rows in late.items():
        school = session.get_one(School, school_id)
        today = schools.today(school, now=now)
        pieces = []
        for row in rows:
            if row.review_by < today:
                row.told_overdue = row.review_by
                session.add(row)
                pieces.append(OverduePiece(sort=SORT, piece_id=row.code, due_on=row.review_by))
        if pieces:
            data = ContentReviewOverdue(school=school.slug, overdue=len(pieces), pieces=pieces[:MOST_NAMED])
            who = people_with(session, school.id, *KEEPERS)
            outbox.emit(session, "content.review_overdue", data, school_id=school.id, now=now, tell=who)
    queue.enqueue(session, LOOK, item.subject, due_at=now + LOOK_EVERY, now=now, key=LOOK)


def _columns(body: PolicyDocumentPut) -> dict[str, Any]:
    return body.model_dump(exclude={"version"}) | {"document_version": body.version}


def _require_room(session: Session, school_id: uuid.UUID) -> None:
    statement = select(func.count()).select_from(PolicyDocument).where(PolicyDocument.school_id == school_id)
    if session.exec(statement).one() >= MOST_DOCUMENTS:
        raise TooManyDocuments


def _stored(session: Session, school_id: uuid.UUID, code: str, *, lock: bool = False) -> PolicyDocument | None:
    statement = select(PolicyDocument).where(PolicyDocument.school_id == school_id, PolicyDocument.code == code)
    return session.exec(statement.with_for_update() if lock else statement).one_or_none()


def _find(session: Session, actor: Actor, code: str, *, lock: bool = False) -> PolicyDocument:
    row = _stored(session, actor.require_school(), code, lock=lock)
    if row is None:
        raise NotFound
    return row


def _record(session: Session, actor: Actor, row: PolicyDocument, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def _shown(session: Session, row: PolicyDocument) -> PolicyDocumentOut:
    return _out(row, schools.today(session.get_one(School, row.school_id), now=clock.now()))


def _out(row: PolicyDocument, today: dt.date) -> PolicyDocumentOut:
    return PolicyDocumentOut(
        code=row.code,
        owner=row.owner,
        title=row.title,
        url=row.url,
        version=row.document_version,
        review_by=row.review_by,
        review_overdue=row.review_by < today,
    )
