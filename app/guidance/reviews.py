"""Reviews that are overdue are told of, once for each piece and day (STUDY D05, journey J18); and what is shown is kept
as a state that somebody can go on from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from sqlmodel import Session, col, select

from app.events import outbox
from app.events.fields import MOST_NAMED
from app.events.keeping import ContentReviewOverdue, OverduePiece
from app.guidance import changes
from app.guidance.content import ObligationsCard
from app.guidance.library import Library, Local, load_library, resolve
from app.guidance.shelf import jurisdictions_of, local_of, school_language
from app.guidance.showing import is_overdue
from app.guidance.sorts import Sort
from app.identity.actors import people_with
from app.models import LocalPiece, ReviewNotice, School
from app.schools import published
from app.schools import service as schools
from app.vocabulary import Role
from app.work import queue
from app.work.queue import Item

SWEEP = "content.sweep"
LOOK = "content.look"
SWEEP_EVERY = dt.timedelta(hours=6)
# A piece that is due: its sort and id, and the last day on which its review was in time.
Due = tuple[Sort, str, dt.date]


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school looked at, each in a transaction of its own, and come again. Safe to repeat."""
    published.forget(session, now=now)
    queue.enqueue_for_each(session, LOOK, session.exec(select(School.id)), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime, *, library: Library | None = None) -> None:
    """Tell a school of what it shows, or hides, whose review is overdue, and keep what it shows. Safe to repeat."""
    library, school = library or load_library(), session.get(School, item.subject)
    if school is None:
        return
    rows = session.exec(
        select(LocalPiece).where(LocalPiece.school_id == school.id).order_by(col(LocalPiece.piece_id))
    ).all()
    notices = session.exec(select(ReviewNotice).where(ReviewNotice.school_id == school.id))
    told = {(each.piece_id, each.due_on) for each in notices}
    today = now.astimezone(schools.zone_of(school)).date()
    found = [due for due in overdue(library, school, rows, today=today) if due[1:] not in told]
    if found:
        _tell(session, school, found, now=now)
    changes.keep(session, library, school, [local_of(row) for row in rows], now=now)


def overdue(library: Library, school: School, rows: Iterable[LocalPiece], *, today: dt.date) -> Iterator[Due]:
    """Shipped pieces count as well, and so does a reason to hide one."""
    locals_ = list[Local]()
    for row in rows:
        locals_.append(local_of(row))
        if row.hidden_reason is not None and row.review_by < today:
            yield Sort(row.sort), row.piece_id, row.review_by
    there = jurisdictions_of(school.country, school.region)
    for placed in resolve(library, locals_, language=school_language(school, library)).placed:
        piece = placed.piece
        if is_overdue(piece, today) and not (isinstance(piece, ObligationsCard) and piece.jurisdiction not in there):
            yield placed.sort, piece.id, piece.review_by


def warning(library: Library, *, today: dt.date) -> str | None:
    """What to say of what is shipped, once it is overdue: it is shown all the same, with a warning. None while it is
    not."""
    late = sorted(piece.review_by for pack in library.packs.values() for piece in pack.pieces.values())
    late = [day for day in late if day < today]
    if not late:
        return None
    return (
        f"{len(late)} pieces of the shipped content are overdue for review, the first since {late[0]}: update Peerline."
    )


def _tell(session: Session, school: School, found: Sequence[Due], *, now: dt.datetime) -> None:
    """All of one look together: what is shipped is due on one day."""
    for _, piece_id, day in found:
        session.add(ReviewNotice(school_id=school.id, piece_id=piece_id, due_on=day, told_at=now))
    pieces = [OverduePiece(sort=sort, piece_id=piece_id, due_on=day) for sort, piece_id, day in found[:MOST_NAMED]]
    data = ContentReviewOverdue(school=school.slug, overdue=len(found), pieces=pieces)
    who = people_with(session, school.id, Role.COORDINATOR)
    outbox.emit(session, "content.review_overdue", data, school_id=school.id, now=now, tell=who)
