"""What is forgotten of sign-ins: when somebody went on with one says when they were at work, and nobody needs it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.core.ids import earliest_id
from app.models import LegalHold, Person, RefreshToken, SignIn
from app.work import queue
from app.work.queue import Item

FORGET = "sign_ins.forget"
# As long as a refresh token can be good (app/settings.py): what is older opens nothing, used or not.
KEEP = dt.timedelta(days=90)
BATCH = 1000


def forget(session: Session, item: Item, now: dt.datetime) -> None:
    """Drop tokens that have expired, then the sign-ins that are left without one; again in an hour, or at once where
    there is more. Each person keeps their newest sign-in: readiness asks whether somebody has ever come in."""
    made_before = earliest_id(now - KEEP)
    tokens = (
        select(RefreshToken.id)
        .join(SignIn, col(SignIn.id) == col(RefreshToken.sign_in_id))
        .where(col(RefreshToken.id) < made_before, col(RefreshToken.expires_at) <= now, _not_held())
    )
    newer = aliased(SignIn)
    sign_ins = select(SignIn.id).where(
        col(SignIn.id) < made_before,
        ~sa.exists().where(col(RefreshToken.sign_in_id) == col(SignIn.id)),
        sa.exists().where(col(newer.person_id) == col(SignIn.person_id), col(newer.id) > col(SignIn.id)),
        _not_held(),
    )
    more = any([_drop(session, RefreshToken, tokens), _drop(session, SignIn, sign_ins)])
    due = now if more else now + dt.timedelta(hours=1)
    queue.enqueue(session, FORGET, item.subject, due_at=due, now=now, key=FORGET)


def _drop(session: Session, table: type[RefreshToken] | type[SignIn], statement: Any) -> bool:
    """Whether there may be more."""
    found = session.exec(statement.order_by(col(table.id)).limit(BATCH)).all()
    if found:
        session.connection().execute(sa.delete(table).where(col(table.id).in_(found)))
    return len(found) == BATCH


def _not_held() -> sa.ColumnElement[bool]:
    """Whose school has no legal hold on everything of it."""
    held = sa.exists().where(
        col(Person.id) == col(SignIn.person_id),
        col(LegalHold.school_id) == col(Person.school_id),
        col(LegalHold.report_id).is_(None),
        col(LegalHold.released_hour).is_(None),
    )
    return ~held
