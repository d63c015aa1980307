"""What a school says over the shipped content: changes, pieces of its own, and what it does not want to show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound, PreconditionRequired
from app.guidance import changes
from app.guidance import override_checks as checks
from app.guidance.library import ContentOrigin, ContentTrouble, Library, Local, result_of, version_of
from app.guidance.override_schemas import (
    ContentOverrideOut,
    ContentOverridePage,
    ContentOverridePut,
    ContentOverrideSaved,
)
from app.guidance.shelf import local_of, locals_of, school_language
from app.guidance.sorts import Sort
from app.identity.actors import Actor
from app.models import LocalPiece, School
from app.schools import service as schools
from app.vocabulary import Role

READERS = (Role.COORDINATOR, Role.SPONSOR)
# Of one school: far more than are shipped.
MOST = 500


class TooManyPieces(Conflict):
    code, title = "too_many_pieces", "The school has very many pieces of its own"
    default_detail = f"There are {MOST} already. Take one away first."


def page(session: Session, actor: Actor, library: Library, request: PageRequest) -> ContentOverridePage:
    """What the school says, in the order in which it was first said."""
    actor.require(*READERS)
    school = session.get_one(School, actor.require_school())
    statement = request.slice(
        select(LocalPiece).where(LocalPiece.school_id == school.id),
        at=col(LocalPiece.created_at),
        row_id=col(LocalPiece.id),
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return ContentOverridePage(items=[_out(row, library, school) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, library: Library, sort: Sort, piece_id: str) -> ContentOverrideOut:
    """Raises NotFound."""
    actor.require(*READERS)
    school = session.get_one(School, actor.require_school())
    return _out(_find(session, school, sort, piece_id), library, school)


def put(
    session: Session,
    actor: Actor,
    library: Library,
    sort: Sort,
    piece_id: str,
    body: ContentOverridePut,
    *,
    version: Version,
) -> tuple[ContentOverrideSaved, bool]:
    """What the school says then, and whether it is the first time. What it has said before is named by its version.

    Raises NotFound for a version of what was never said and for changes of a piece that is not shipped,
    PreconditionRequired or PreconditionFailed, IdTaken, TooManyPieces, and what `override_checks` raises.
    """
    actor.require(Role.COORDINATOR)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    row = _stored(session, school, piece_id, lock=True)
    if row is not None and row.sort != sort:
        raise checks.IdTaken
    if row is not None:
        version.check(_out(row, library, school))
    elif version.if_match is not None:
        raise NotFound
    language = body.language or school_language(school, library)
    base = library.piece(piece_id, language)
    fields = checks.fields_of(session, library, school, sort, piece_id, body, base=None if base is None else base[0])
    made = row is None
    if row is None:
        _check_room(session, school)
        row = LocalPiece(
            school_id=school.id,
            sort=sort,
            piece_id=piece_id,
            language=language,
            fields={},
            reviewed_on=body.reviewed_on,
            review_by=body.review_by,
            reviewed_by=actor.person_id,
            created_at=now,
            updated_at=now,
        )
    else:
        row.version += 1
    row.language, row.fields, row.hidden_reason = language, fields, body.hidden_reason
    row.base_version = None if base is None else version_of(base[0])
    row.reviewed_on, row.review_by, row.reviewed_by = body.reviewed_on, body.review_by, actor.person_id
    row.updated_at = now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        # Somebody else has said something of it in this moment: the same answer as a moment later.
        raise PreconditionRequired from exc
    _record(session, actor, row, action="content.said" if body.hidden_reason is None else "content.hidden", now=now)
    changes.keep(session, library, school, locals_of(session, school.id), now=now)
    shown = _out(row, library, school)
    return ContentOverrideSaved(**shown.__dict__, suggestions=checks.suggestions_of(body)), made


def remove(session: Session, actor: Actor, library: Library, sort: Sort, piece_id: str, *, version: Version) -> None:
    """What was shipped is shown again; a piece of the school's own is gone.

    Raises NotFound, PreconditionRequired or PreconditionFailed.
    """
    actor.require(Role.COORDINATOR)
    school = session.get_one(School, actor.require_school())
    row = _find(session, school, sort, piece_id, lock=True)
    version.check(_out(row, library, school))
    now = clock.now()
    _record(session, actor, row, action="content.taken_back", now=now)
    session.delete(row)
    session.flush()
    changes.keep(session, library, school, locals_of(session, school.id), now=now)


def _stored(session: Session, school: School, piece_id: str, *, lock: bool = False) -> LocalPiece | None:
    statement = select(LocalPiece).where(LocalPiece.school_id == school.id, LocalPiece.piece_id == piece_id)
    return session.exec(statement.with_for_update() if lock else statement).one_or_none()


def _find(session: Session, school: School, sort: Sort, piece_id: str, *, lock: bool = False) -> LocalPiece:
    row = _stored(session, school, piece_id, lock=lock)
    if row is None or row.sort != sort:
        raise NotFound
    return row


def _check_room(session: Session, school: School) -> None:
    held = session.exec(select(LocalPiece.id).where(LocalPiece.school_id == school.id).limit(MOST)).all()
    if len(held) >= MOST:
        raise TooManyPieces


def _record(session: Session, actor: Actor, row: LocalPiece, *, action: str, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def _out(row: LocalPiece, library: Library, school: School) -> ContentOverrideOut:
    local = local_of(row)
    base = None if local.own else library.piece(row.piece_id, row.language)
    today = clock.now().astimezone(schools.zone_of(school)).date()
    return ContentOverrideOut(
        sort=local.sort,
        id=row.piece_id,
        origin=None if local.hidden else ContentOrigin.OWN if local.own else ContentOrigin.CHANGED,
        language=row.language,
        fields=_in_order(row.fields),
        hidden_reason=row.hidden_reason,
        base_version=row.base_version,
        base_changed=base is not None and version_of(base[0]) != row.base_version,
        broken=_broken(library, local),
        review_overdue=row.review_by < today,
        reviewed_on=row.reviewed_on,
        review_by=row.review_by,
        reviewed_by=row.reviewed_by,
        version=row.version,
        updated_at=row.updated_at,
    )


def _broken(library: Library, local: Local) -> ContentTrouble | None:
    """Why what a school says of a piece does not count, None while it does."""
    result = result_of(library, local)
    return result if isinstance(result, ContentTrouble) else None


def _in_order(value: Any) -> Any:
    """By name: one of the databases keeps the members of an object in an order of its own."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(each) for each in value] if isinstance(value, list) else value
